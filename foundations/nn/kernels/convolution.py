"""The convolution and its transpose on arrays, each with the gradient of the weight.

Images are (batch, height, width, channels) here; the weight is (out, in / groups, height, width).
"""

from __future__ import annotations

import math

import numpy as np

from foundations.nn.kernels import winograd
from foundations.nn.kernels.correlation import correlate
from foundations.nn.kernels.layout import Pair
from foundations.nn.kernels.unrolling import Windows


def correlate_windows(
    source: np.ndarray,
    windows: Windows,
    *,
    groups: int,
    weight: np.ndarray | None = None,
    out: np.ndarray | None = None,
    bias: np.ndarray | None = None,
    partner: np.ndarray | None = None,
) -> np.ndarray | None:
    """Multiply the windows with a weight and a partner, by the faster way."""
    others = min(a.shape[3] for a in (out, partner) if a is not None)
    if winograd.suits(windows, groups, source.shape[3], others):
        return winograd.correlate(source, windows, weight=weight, out=out, bias=bias, partner=partner)
    return correlate(source, windows, groups=groups, weight=weight, out=out, bias=bias, partner=partner)


def convolve(
    x: np.ndarray,
    weight: np.ndarray,
    windows: Windows,
    groups: int,
    *,
    bias: np.ndarray | None = None,
    partner: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the convolution of x and, with a partner of its shape, the gradient of the weight."""
    n_out = len(weight)
    out = np.empty((len(x), *windows.count, n_out), x.dtype)
    by_group = weight.reshape(groups, n_out // groups, *weight.shape[1:]).transpose(0, 3, 4, 2, 1)
    product = correlate_windows(
        x, windows, groups=groups, weight=by_group, out=out, bias=bias, partner=partner
    )
    return out, None if product is None else as_weight(product.transpose(0, 4, 3, 1, 2), weight.shape)


def convolve_transposed(
    g: np.ndarray,
    weight: np.ndarray,
    windows: Windows,
    groups: int,
    size: Pair,
    *,
    bias: np.ndarray | None = None,
    partner: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the transpose of `convolve` applied to g and, with a partner, the gradient of the weight.

    A pixel y of the result meets tap i of window o where y - offset = o s + i d. For stride 1 that is a
    convolution with the kernel turned round. For stride s the pixels fall into s classes by y mod s; those
    of one class meet taps that are evenly spaced, and are again a convolution of stride 1.

    Args:
        g: Shape (batch, *windows.count, out).
        weight: Shape (out, in / groups, kernel height, kernel width).
        windows: The windows of the convolution.
        groups: Groups of channels.
        size: Height and width of the result.
        bias: Added to the result; shape (in,).
        partner: What the result is multiplied with for the gradient of the weight: shape of the result.
    """
    n_out, c, *_ = weight.shape
    out = np.empty((len(g), *size, groups * c), g.dtype)
    by_group = weight.reshape(groups, n_out // groups, *weight.shape[1:]).transpose(0, 3, 4, 1, 2)
    gradient = None if partner is None else np.zeros_like(by_group)
    (sy, sx), (dy, dx) = windows.stride, windows.dilation
    for y in range(min(sy, size[0])):
        rows, top = _taps(y, windows, 0)
        for x in range(min(sx, size[1])):
            columns, left = _taps(x, windows, 1)
            pixels = out[:, y::sy, x::sx]
            if not (rows and columns):
                pixels[...] = 0 if bias is None else bias
                continue
            product = correlate_windows(
                g,
                Windows(
                    (len(rows), len(columns)),
                    (1, 1),
                    (dy // math.gcd(sy, dy), dx // math.gcd(sx, dx)),
                    (top, left),
                    (pixels.shape[1], pixels.shape[2]),
                ),
                groups=groups,
                weight=by_group[:, rows][:, :, columns],
                out=pixels,
                bias=bias,
                partner=None if partner is None else partner[:, y::sy, x::sx],
            )
            if gradient is not None:
                gradient[:, np.array(rows)[:, None], columns] = product
    if gradient is None:
        return out, None
    return out, as_weight(gradient.transpose(0, 3, 4, 1, 2), weight.shape)


def _taps(y: int, windows: Windows, axis: int) -> tuple[list[int], int]:
    """Return the taps that meet pixels y, y + s, ..., last first, and in which window the first does."""
    k, s, d, offset = (getattr(windows, name)[axis] for name in ("kernel", "stride", "dilation", "offset"))
    taps = [i for i in reversed(range(k)) if (y - offset - i * d) % s == 0]
    return taps, (y - offset - taps[0] * d) // s if taps else 0


def as_weight(gradient: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return (groups, out / groups, in / groups, height, width) in the shape of the weight."""
    return np.ascontiguousarray(gradient).reshape(shape)
