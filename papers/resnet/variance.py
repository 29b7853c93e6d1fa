"""Noise sent through a network at its start: the argument for He's first weights, checked."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from foundations.autodiff import no_grad
from foundations.errors import ValueRangeError
from foundations.nn import functional as F
from foundations.nn import init


class Passed(NamedTuple):
    """Mean squares of a chain of layers at its start.

    Attributes:
        forward: Of every layer's sums, shape (depth,).
        backward: Of the gradient with respect to them, shape (depth,).
    """

    forward: np.ndarray
    backward: np.ndarray


@no_grad()
def propagate(
    depth: int,
    channels: int,
    *,
    gain: float = 2.0,
    residual: bool = False,
    rng: np.random.Generator,
) -> Passed:
    """Send noise through 3 × 3 convolutions with ReLUs, wrapped around at the edges, and a gradient back.

    Var w = gain / (9 · channels). A layer multiplies the mean square of its sums by gain / 2, both ways; a
    residual chain x + w ∗ relu(x) multiplies it by 1 + gain / 2.

    Args:
        depth: Layers.
        channels: Of every layer.
        gain: 2 is He's.
        residual: Whether every layer is added to what it was given.
        rng: Source of weights and noise.

    Raises:
        ValueRangeError: If there is no layer, channel or gain.

    Source: He et al. 2015, arXiv:1502.01852, section 2.2.
    """
    if depth < 1 or channels < 1 or gain <= 0:
        got = f"{depth}, {channels} and {gain}"
        raise ValueRangeError(f"layers, channels and gain are above 0, got {got}")
    shape = (channels, channels, 3, 3)
    spread = (gain / (9 * channels)) ** 0.5
    weights = [init.normal(shape, spread, rng=rng) for _ in range(depth)]
    x = rng.standard_normal((8, channels, 8, 8)).astype(np.float32)
    sums = []
    for w in weights:
        y = _convolved(np.maximum(x, 0), w)  # y_l = w_l ∗ relu(y_{l−1})
        x = x + y if residual else y
        sums.append(x)
    g = rng.standard_normal(x.shape).astype(np.float32)
    back = [float((g**2).mean())]
    for w, before in zip(weights[:0:-1], sums[-2::-1], strict=True):
        turned = w.transpose(1, 0, 2, 3)[:, :, ::-1, ::-1]  # the transpose
        sent = _convolved(g, np.ascontiguousarray(turned)) * (before > 0)
        g = g + sent if residual else sent
        back.append(float((g**2).mean()))
    return Passed(np.array([float((s**2).mean()) for s in sums]), np.array(back[::-1]))


def _convolved(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Convolve images that go on at the opposite edge, so that every pixel has nine neighbours."""
    framed = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), mode="wrap")
    return np.asarray(getattr(y := F.conv2d(framed, w), "data", y))
