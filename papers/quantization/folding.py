"""Batch normalisation folded into the weights before it: once trained, and while training goes on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from foundations.errors import ShapeError, ValueRangeError


class Norm(NamedTuple):
    """Batch normalisation of C channels.

    Attributes:
        gamma: Scale, shape (C,).
        beta: Shift, shape (C,).
        mean: Running mean, shape (C,).
        variance: Running variance, shape (C,).
        eps: Added to the variance under the root.
    """

    gamma: np.ndarray
    beta: np.ndarray
    mean: np.ndarray
    variance: np.ndarray
    eps: float = 1e-5


def fold_batch_norm(
    weight: np.ndarray, norm: Norm, bias: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    r"""Return weight and bias of the one layer that computes a layer and its batch normalisation.

    With $\sigma=\sqrt{\text{variance}+\epsilon}$ an output channel becomes
    $\gamma(w\cdot x+b-\mu)/\sigma+\beta=(\gamma w/\sigma)\cdot x+\beta+\gamma(b-\mu)/\sigma$.

    Args:
        weight: Output channels first, shape (C, ...).
        norm: With running statistics.
        bias: Of the layer, shape (C,); none by default.

    Returns:
        Weight, of the same shape and type, and bias, shape (C,).

    Raises:
        ShapeError: If something is not one a channel.
        ValueRangeError: If a variance is negative or a number not finite.

    Example:
        >>> norm = Norm(*(np.array([one]) for one in (2.0, 1.0, 3.0, 4.0)), eps=0.0)
        >>> fold_batch_norm(np.array([[5.0, 7.0]]), norm)  # 2 (5 x + 7 y - 3) / 2 + 1
        (array([[5., 7.]]), array([-2.]))

    Source: Krishnamoorthi 2018, equations 20-21; Jacob et al. 2018, equation 14.
    """
    gamma, beta, mean, variance = (np.asarray(one) for one in norm[:4])
    bias = np.zeros_like(beta) if bias is None else bias
    given = (gamma, beta, mean, variance, bias)
    shapes = [one.shape for one in given]
    if any(shape != weight.shape[:1] for shape in shapes):
        raise ShapeError(f"expected {weight.shape[0]} channels, got {shapes}")
    finite = all(np.isfinite(one).all() for one in (weight, *given))
    if not finite or (variance < 0).any():
        raise ValueRangeError("folding needs finite numbers and variances of 0 or more")
    factor = gamma / np.sqrt(variance + norm.eps)  # (C,)
    per_channel = factor.reshape(-1, *[1] * (weight.ndim - 1))
    folded = (weight * per_channel).astype(weight.dtype)  # (20)
    return folded, (beta + factor * (bias - mean)).astype(weight.dtype)  # (21)


def correction(norm: Norm, batch_variance: np.ndarray) -> np.ndarray:
    r"""Return $c=\sigma_B/\sigma$ a channel, by which training keeps folded weights from jumping.

    While batch statistics normalise, the weight to quantise would be $\gamma w/\sigma_B$, another at every
    batch. Instead $c\,\gamma w/\sigma_B=\gamma w/\sigma$ is quantised and the output divided by c.

    Args:
        norm: With running statistics.
        batch_variance: Of the present batch, shape (C,).

    Source: Krishnamoorthi 2018, section 3.2.2.
    """
    return np.sqrt((batch_variance + norm.eps) / (norm.variance + norm.eps))
