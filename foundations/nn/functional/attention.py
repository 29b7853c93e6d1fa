"""Scaled dot-product attention."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from foundations.autodiff import fused, ops
from foundations.autodiff.tensor import values
from foundations.errors import DTypeError, ShapeError
from foundations.nn.functional.activations import softmax
from foundations.nn.functional.linear import dropout_mask
from foundations.nn.functional.rows import row_dot, row_sum
from foundations.runtime import map_rows


def attention_definition(q: Any, k: Any, v: Any, bias: Any, noise: Any, scale: float) -> Any:
    """Compute softmax(q k^T scale + bias) v as the paper writes it."""
    scores = q @ k.mT * scale  # (..., T, S)
    if bias is not None:
        scores = scores + bias  # -inf where a key is hidden
    weights = softmax(scores)  # (..., T, S): each row sums to 1
    if noise is not None:
        weights = weights * noise
    return weights @ v  # (..., T, D)


# Kernels: the scores of a few sequences at a time stay in a core's cache, from the product that makes them to
# the one that uses them.

_LOG2_E = math.log2(
    math.e
)  # e^x = 2^(x log2 e); exp2 is twice as fast as exp, where nothing over- or underflows
_SAFE = 60.0  # e^60 and e^-60 are far from the limits of float32


def _attention_forward(
    q: np.ndarray,
    k: np.ndarray,
    v: np.ndarray,
    bias: np.ndarray | None,
    noise: np.ndarray | None,
    scale: float,
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    batch = np.broadcast_shapes(q.shape[:-2], k.shape[:-2], v.shape[:-2])
    dtype = np.result_type(q, k, v, np.float16)
    weights = np.empty((*batch, q.shape[-2], k.shape[-2]), dtype)
    y = _empty_like_heads(q, (*weights.shape[:-1], v.shape[-1]), dtype)
    factor, largest = None, 0.0
    if bias is not None:
        factor = np.exp(bias)  # e^(score + bias) = e^score e^bias
        largest = float(np.abs(np.where(np.isneginf(bias), 0, bias)).max(initial=0))

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


def _attention_backward(
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


_attention = fused(
    _attention_forward, _attention_backward, attention_definition, name="scaled_dot_product_attention"
)


def attention_bias(mask: Any, causal: bool, shape: tuple[int, ...], dtype: Any) -> np.ndarray | None:
    """Turn masks into what is added to the scores: 0 where a key may be seen, -inf where not.

    Args:
        mask: Booleans, True where a query may look at a key; or numbers to add; broadcastable to `shape`.
        causal: Whether query i sees keys 0 to i only (aligned at the first key).
        shape: Shape of the scores, (..., T, S).
        dtype: Type of the scores.

    Returns:
        Array that broadcasts to `shape`, or None where everything is visible.

    Raises:
        ShapeError: If the mask does not broadcast to the scores.
        DTypeError: If the mask is neither boolean nor floating-point.
    """
    bias = None
    if mask is not None:
        data = values(mask)
        try:
            fits = np.broadcast_shapes(data.shape, shape) == shape
        except ValueError:
            fits = False
        if not fits:
            raise ShapeError(
                f"an attention mask broadcasts to the scores, shape {shape} (..., queries, keys), "
                f"got {data.shape}: insert axes of length one, as in mask[:, None, None, :] for keys"
            )
        if data.dtype == bool:
            bias = np.where(data, 0, -np.inf).astype(dtype)
        elif data.dtype.kind == "f":
            bias = data.astype(dtype, copy=False)
        else:
            raise DTypeError(
                f"an attention mask is boolean (True: may look) or floating-point (added), got {data.dtype}: "
                "convert it with .astype(bool)"
            )
    if causal:
        hidden = _after_the_query(shape[-2], shape[-1], np.dtype(dtype))
        bias = hidden if bias is None else bias + hidden
    return bias


@lru_cache(maxsize=16)
def _after_the_query(t: int, s: int, dtype: np.dtype) -> np.ndarray:
    """Return -inf where key j comes after query i and 0 elsewhere, shape (t, s); not to be changed."""
    bias = np.where(np.tri(t, s, dtype=bool), 0, -np.inf).astype(dtype)
    bias.flags.writeable = False
    return bias


def scaled_dot_product_attention(
    q: Any,
    k: Any,
    v: Any,
    *,
    mask: Any = None,
    causal: bool = False,
    dropout_p: float = 0.0,
    scale: float | None = None,
    rng: np.random.Generator | None = None,
) -> Any:
    """Mix values by how well their keys match each query: softmax(Q K^T / sqrt(d_k)) V.

    Args:
        q: Queries, shape (..., T, d_k).
        k: Keys, shape (..., S, d_k).
        v: Values, shape (..., S, d_v).
        mask: True where a query may look at a key, or numbers to add to the scores; broadcastable
            to (..., T, S). A query that may look nowhere gets zeros.
        causal: Whether query i sees only keys 0 to i.
        dropout_p: Probability of dropping an attention weight, in [0, 1).
        scale: Factor of the scores; 1 / sqrt(d_k) by default.
        rng: Source of the dropout noise.

    Returns:
        Shape (..., T, d_v).

    Raises:
        ShapeError: If the shapes or the mask do not fit together.

    Source: Vaswani et al. 2017, arXiv:1706.03762, equation 1.

    Example:
        >>> x = np.array([[0.0, 0.0], [0.0, 0.0]])
        >>> scaled_dot_product_attention(x, x, np.array([[1.0], [3.0]]))
        array([[2.],
               [2.]])
    """
    if q.ndim < 2 or q.shape[-1] != k.shape[-1] or k.shape[-2:-1] != v.shape[-2:-1]:
        raise ShapeError(
            "attention expects q (..., T, d_k), k (..., S, d_k), v (..., S, d_v), got "
            f"{q.shape}, {k.shape}, {v.shape}: q and k share their width, k and v their number of rows"
        )
    scale = 1 / math.sqrt(q.shape[-1]) if scale is None else float(scale)
    batch = np.broadcast_shapes(q.shape[:-2], k.shape[:-2], v.shape[:-2])
    shape = (*batch, q.shape[-2], k.shape[-2])
    bias = attention_bias(mask, causal, shape, q.dtype)
    noise = dropout_mask(shape, dropout_p, dtype=q.dtype, rng=rng) if dropout_p else None
    if mask is None or bias is None:
        return _attention(q, k, v, bias, noise, scale=scale)
    blind = np.isneginf(bias).all(axis=-1, keepdims=True)  # queries that may look nowhere
    if not blind.any():
        return _attention(q, k, v, bias, noise, scale=scale)
    y = _attention(q, k, v, np.where(blind, 0, bias), noise, scale=scale)
    return ops.where(blind, 0.0, y)
