"""How large activations and gradients are, layer by layer, at the start: by theory and by measurement."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from foundations.errors import ValueRangeError

SCHEMES = ("unit", "lecun", "glorot", "he")
"""Variance of a weight: 1, 1 / fan_in, 2 / (fan_in + fan_out), 2 / fan_in."""


class Passed(NamedTuple):
    """Second moments of a deep network at its start.

    Attributes:
        forward: Mean square of the activations before the nonlinearity, by layer, shape (depth,).
        backward: Mean square of the gradients with respect to them, shape (depth,).
    """

    forward: np.ndarray
    backward: np.ndarray


def weight_variance(scheme: str, fan_in: int, fan_out: int) -> float:
    """Return the variance that a scheme gives the initial weights.

    Raises:
        ValueRangeError: If there is no such scheme.

    Example:
        >>> weight_variance("he", 50, 100)
        0.04

    Source: LeCun et al. 1998; Glorot & Bengio 2010, equation 12; He et al. 2015, arXiv:1502.01852,
        equation 10.
    """
    if scheme not in SCHEMES:
        raise ValueRangeError(f"there is no scheme {scheme!r}: expected one of {', '.join(SCHEMES)}")
    return {
        "unit": 1.0,
        "lecun": 1 / fan_in,
        "glorot": 2 / (fan_in + fan_out),
        "he": 2 / fan_in,
    }[scheme]


def predicted(scheme: str, widths: Sequence[int]) -> Passed:
    r"""Return what theory says of a network of ReLUs whose input has mean square 1.

    Half of what comes in is negative and dropped, so a layer multiplies the mean square by
    $\tfrac12 n_{in} \operatorname{Var} w$; the first, whose input is not rectified, by
    $n_{in}\operatorname{Var} w$; backwards a layer multiplies it by $\tfrac12 n_{out}\operatorname{Var} w$.

    Args:
        scheme: One of `SCHEMES`.
        widths: Of the input and of every layer, (depth + 1,).

    Returns:
        Mean squares; the backward ones start from 1 at the last layer.

    Source: He et al. 2015, arXiv:1502.01852, equations 9 and 14.
    """
    variances = [weight_variance(scheme, into, out) for into, out in pairwise(widths)]
    forward, backward = [widths[0] * variances[0]], [1.0]
    for into, variance in zip(widths[1:], variances[1:], strict=False):
        forward.append(forward[-1] * into * variance / 2)
    for out, variance in zip(widths[:1:-1], variances[:0:-1], strict=False):
        backward.append(backward[-1] * out * variance / 2)
    return Passed(np.array(forward), np.array(backward[::-1]))


def measured(scheme: str, widths: Sequence[int], *, samples: int = 256, rng: np.random.Generator) -> Passed:
    """Draw a network of ReLUs and return the mean squares that pass through it.

    Args:
        scheme: One of `SCHEMES`.
        widths: Of the input and of every layer, (depth + 1,).
        samples: Inputs, standard normal.
        rng: Source of weights, inputs and the gradient that comes back, standard normal.

    Returns:
        Mean squares by layer, over samples and units.
    """
    x = rng.standard_normal((samples, widths[0]))
    weights, sums = [], []
    for into, out in pairwise(widths):
        weights.append(rng.normal(0, weight_variance(scheme, into, out) ** 0.5, (into, out)))
        sums.append(x @ weights[-1])  # (samples, out)
        x = np.maximum(sums[-1], 0)
    g = rng.standard_normal(sums[-1].shape)
    backward = [float((g**2).mean())]
    for weight, before in zip(weights[:0:-1], sums[-2::-1], strict=False):
        g = (g @ weight.T) * (before > 0)
        backward.append(float((g**2).mean()))
    return Passed(np.array([float((s**2).mean()) for s in sums]), np.array(backward[::-1]))
