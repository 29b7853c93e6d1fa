"""Attention on arrays, and its gradients.

The scores of a few sequences at a time stay in a core's cache, from the product that makes them to the one
that uses them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from foundations.nn.kernels.rows import row_dot, row_sum
from foundations.runtime import map_rows

_LOG2_E = math.log2(
    math.e
)  # e^x = 2^(x log2 e); exp2 is twice as fast as exp, where nothing over- or underflows


_SAFE = 60.0  # e^60 and e^-60 are far from the limits of float32


def forward(
    q: np.ndarray,
    k: np.ndarray,
    v: np.ndarray,
    bias: np.ndarray | None,
    noise: np.ndarray | None,
    scale: float,
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Return softmax(q k^T scale + bias) v, and (weights, y).

    Args:
        q: Shape (..., T, d_k).
        k: Shape (..., S, d_k).
        v: Shape (..., S, d_v).
        bias: Broadcasts to the scores (..., T, S), or None; -inf hides a key.
        noise: Factors of the weights, of the shape of the scores, or None.
        scale: Factor of q k^T.
    """
    batch = np.broadcast_shapes(q.shape[:-2], k.shape[:-2], v.shape[:-2])
    dtype = np.result_type(q, k, v, np.float16)
    weights = np.empty((*batch, q.shape[-2], k.shape[-2]), dtype)
    y = _empty_like_heads(q, (*weights.shape[:-1], v.shape[-1]), dtype)
    factor, largest = None, 0.0
    if bias is not None:
        largest = float(np.abs(np.where(np.isneginf(bias), 0, bias)).max(initial=0))
        if largest < _SAFE:
            factor = np.exp(bias)  # e^(score + bias) = e^score e^bias

    def attend(q: Any, k: Any, v: Any, bias: Any, factor: Any, noise: Any, w: Any, y: Any) -> None:
        if _are_small(q, k, scale, largest):
            np.exp2(np.matmul(q * (scale * _LOG2_E), k.mT, out=w), out=w)  # (..., T, S)
            if factor is not None:
                w *= factor
        else:
            np.matmul(q * scale, k.mT, out=w)
            if bias is not None:
                w += bias
            top = w.max(axis=-1, keepdims=True)
            w -= np.where(np.isneginf(top), 0, top)
            np.exp(w, out=w)
        total = row_sum(w)
        w *= np.divide(1, total, out=np.zeros_like(total), where=total != 0)  # 0: may look nowhere
        np.matmul(w if noise is None else w * noise, v, out=y)

    _by_sequence(attend, weights.shape, (q, k, v), (bias, factor, noise), (weights, y))
    return y, (weights, y)


def backward(
    g: np.ndarray,
    residuals: tuple[np.ndarray, np.ndarray],
    needs: tuple[bool, ...],
    q: np.ndarray,
    k: np.ndarray,
    v: np.ndarray,
    _bias: np.ndarray | None,
    noise: np.ndarray | None,
    scale: float,
) -> tuple[np.ndarray | None, ...]:
    """Return the gradients of q, k, v and the bias, where they are needed; see `forward`."""
    weights, y = residuals
    grads = [
        _empty_like_heads(x, (*weights.shape[:-2], *x.shape[-2:]), weights.dtype) if needed else None
        for x, needed in zip((q, k, v), needs, strict=False)
    ]
    dbias = np.empty_like(weights) if needs[3] else None

    def send_back(
        q: Any, k: Any, v: Any, g: Any, w: Any, y: Any, noise: Any, *out: np.ndarray | None
    ) -> None:
        dq, dk, dv, dbias = out
        if dv is not None:
            np.matmul((w if noise is None else w * noise).mT, g, out=dv)
        ds = np.matmul(g, v.mT, out=dbias)  # (..., T, S)
        if noise is not None:
            ds *= noise
        ds -= row_dot(g, y)  # a row of weights dotted with its gradient is the row of y dotted with g
        ds *= w
        if dq is not None:
            np.matmul(ds, k * scale, out=dq)
        if dk is not None:
            np.matmul(ds.mT, q * scale, out=dk)

    _by_sequence(send_back, weights.shape, (q, k, v, g, weights, y), (noise,), (*grads, dbias))
    return (*grads, dbias)


def _empty_like_heads(like: np.ndarray, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """Return an empty array laid out in memory as `like`: heads that lie side by side there do so here."""
    if like.ndim < len(shape):
        return np.empty(shape, dtype)
    return np.empty_like(like, dtype, shape=shape)


def _are_small(q: np.ndarray, k: np.ndarray, scale: float, bias: float) -> bool:
    """Whether no score can be so large that the maximum of its row has to be taken out.

    Nothing needs to be looked at but the lengths of the vectors: |q . k| <= |q| |k|.
    """
    longest = [float(row_dot(x, x).max(initial=0)) for x in (q, k)]
    return abs(scale) * math.sqrt(longest[0] * longest[1]) + bias < _SAFE


def _by_sequence(
    kernel: Any,
    scores: tuple[int, ...],
    inputs: tuple[np.ndarray, ...],
    of_scores: tuple[np.ndarray | None, ...],
    outputs: tuple[np.ndarray | None, ...],
) -> None:
    """Call a kernel on the arrays of a few sequences at a time.

    Args:
        kernel: Called with blocks of the inputs, of those that broadcast to the scores, and of the outputs.
        scores: Shape of the scores, (..., T, S).
        inputs: Shape (..., n, d), whose leading axes broadcast to those of the scores.
        of_scores: Arrays that broadcast to the scores, or None.
        outputs: As the inputs, with all leading axes, or None.
    """
    batch = scores[:-2]
    arrays = [np.broadcast_to(a, (*batch, *a.shape[-2:])) for a in inputs]
    arrays += [None if a is None else np.broadcast_to(a, scores) for a in of_scores]
    arrays += outputs
    first = next((i for i, n in enumerate(batch) if n != 1), len(batch))  # the axis to take blocks of
    present = [
        a.reshape(a.shape[first:] if first < len(batch) else (1, *a.shape[-2:]))
        for a in arrays
        if a is not None
    ]

    def one(*blocks: np.ndarray) -> None:
        block = iter(blocks)
        kernel(*[None if a is None else next(block) for a in arrays])

    map_rows(one, *present)
