"""Scaled dot-product attention."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from foundations.autodiff import Tensor, fused, is_recording, ops
from foundations.autodiff.tensor import Array, values
from foundations.errors import DTypeError, GraphError, ShapeError
from foundations.nn.arguments import array, flag, floats, generator, number
from foundations.nn.functional.activations import softmax
from foundations.nn.functional.linear import dropout_mask
from foundations.nn.kernels import attention as kernels


def attention_definition(
    q: Array,
    k: Array,
    v: Array,
    bias: Array,
    noise: Any,
    scale: float,
) -> Any:
    """Compute softmax(q k^T scale + bias) v as the paper writes it."""
    scores = q @ k.mT * scale  # (..., T, S)
    if bias is not None:
        scores = scores + bias  # -inf where a key is hidden
    weights = softmax(scores)  # (..., T, S): each row sums to 1
    if noise is not None:
        weights = weights * noise
    return weights @ v  # (..., T, D)


_attention = fused(
    kernels.forward, kernels.backward, attention_definition, name="scaled_dot_product_attention"
)


def attention_bias(mask: Any, causal: bool, shape: tuple[int, ...], dtype: Any) -> Any:
    """Turn masks into what is added to the scores: 0 where a key may be seen, -inf where not.

    Args:
        mask: Booleans, True where a query may look at a key; or numbers to add; broadcastable to `shape`.
        causal: Whether query i sees keys 0 to i only (aligned at the first key).
        shape: Shape of the scores, (..., T, S).
        dtype: Type of the scores.

    Returns:
        Array that broadcasts to `shape`, or None where everything is visible; a Tensor where the mask is
        one that requires gradients.

    Raises:
        ShapeError: If the mask does not broadcast to the scores.
        DTypeError: If the mask is neither boolean nor floating-point.
    """
    bias = None
    if mask is not None:
        mask = array("attention", "mask", mask)
        try:
            fits = np.broadcast_shapes(mask.shape, shape) == shape
        except ValueError:
            fits = False
        if not fits:
            raise ShapeError(
                f"an attention mask broadcasts to the scores, shape {shape} (..., queries, keys), "
                f"got {mask.shape}: insert axes of length one, as in mask[:, None, None, :] for keys"
            )
        if mask.dtype == bool:
            bias = np.where(values(mask), 0, -np.inf).astype(dtype)
        elif mask.dtype.kind == "f":
            learned = isinstance(mask, Tensor) and mask.requires_grad
            bias = ops.astype(mask, dtype) if learned else values(mask).astype(dtype, copy=False)
        else:
            raise DTypeError(
                f"an attention mask is boolean (True: may look) or floating-point (added), got {mask.dtype}: "
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
    q: Array,
    k: Array,
    v: Array,
    *,
    mask: Array | None = None,
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
            to (..., T, S). A query that may look nowhere gets zeros. Numbers in a Tensor that requires
            gradients are learned with the rest: a bias by relative position, as in T5 and Swin.
        causal: Whether query i sees only keys 0 to i.
        dropout_p: Probability of dropping an attention weight, in [0, 1].
        scale: Factor of the scores; 1 / sqrt(d_k) by default.
        rng: Source of the dropout noise.

    Returns:
        Shape (..., T, d_v).

    Raises:
        ShapeError: If the shapes or the mask do not fit together.
        DTypeError: If q, k or v is not floating-point, or the mask neither boolean nor floating-point.
        ValueRangeError: If dropout_p is not a probability.
        GraphError: If the scale requires gradients.

    Source: Vaswani et al. 2017, arXiv:1706.03762, equation 1.

    Example:
        >>> x = np.array([[0.0, 0.0], [0.0, 0.0]])
        >>> scaled_dot_product_attention(x, x, np.array([[1.0], [3.0]]))
        array([[2.],
               [2.]])
    """
    name = "scaled_dot_product_attention"
    q, k, v = (floats(name, what, x) for what, x in (("q", q), ("k", k), ("v", v)))
    if min(q.ndim, k.ndim, v.ndim) < 2 or q.shape[-1] != k.shape[-1] or k.shape[-2] != v.shape[-2]:
        raise ShapeError(
            "attention expects q (..., T, d_k), k (..., S, d_k), v (..., S, d_v), got "
            f"{q.shape}, {k.shape}, {v.shape}: q and k share their width, k and v their number of rows"
        )
    if scale is None:
        scale = 1 / math.sqrt(q.shape[-1]) if q.shape[-1] else 1.0
    elif isinstance(scale, Tensor) and scale.requires_grad and is_recording():
        raise GraphError(
            "attention takes its scale as a constant, got a Tensor that requires gradients: "
            "multiply q by it and pass scale=1.0"
        )
    scale = number(name, "scale", scale)
    try:
        batch = np.broadcast_shapes(q.shape[:-2], k.shape[:-2], v.shape[:-2])
    except ValueError:
        raise ShapeError(
            f"attention expects leading axes that broadcast, got q {q.shape}, k {k.shape}, v {v.shape}: "
            "reshape one, or insert an axis of length one"
        ) from None
    shape = (*batch, q.shape[-2], k.shape[-2])
    bias = attention_bias(mask, flag(name, "causal", causal), shape, q.dtype)
    dropout_p = number(name, "dropout_p", dropout_p, 0, 1)
    generator(name, rng)
    noise = dropout_mask(shape, dropout_p, dtype=q.dtype, rng=rng) if dropout_p else None
    if mask is None or bias is None:
        return _attention(q, k, v, bias, noise, scale=scale)
    blind = np.isneginf(values(bias)).all(axis=-1, keepdims=True)  # queries that may look nowhere
    if not blind.any():
        return _attention(q, k, v, bias, noise, scale=scale)
    y = _attention(q, k, v, ops.where(blind, 0.0, bias), noise, scale=scale)
    return ops.where(blind, 0.0, y)
