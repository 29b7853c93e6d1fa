"""Simulated quantisation: rounded in the forward pass, passed straight through in the backward pass."""

from __future__ import annotations

from typing import Any

import numpy as np

from foundations.autodiff.primitive import primitive
from foundations.autodiff.tensor import values
from papers.quantization.affine import AffineQuantizer, round_half_away

SLACK = 1e-3
"""What counts as inside, in steps beyond the ends: max |w| / (max |w| / 127) may be 127.00001."""


def _forward(x: np.ndarray, *, quantizer: AffineQuantizer) -> np.ndarray:
    scale, zero = quantizer.spread(x.ndim)
    scale, zero = scale.astype(x.dtype), zero.astype(x.dtype)
    q = round_half_away(x / scale)
    np.clip(q, quantizer.low - zero, quantizer.high - zero, out=q)
    return np.multiply(q, scale, out=q)  # (13), its sign mended


def _straight_through(g: Any, _y: Any, x: Any, *, quantizer: AffineQuantizer) -> Any:
    x = values(x)
    scale, zero = quantizer.spread(x.ndim)
    steps = x / scale + zero
    inside = (steps >= quantizer.low - SLACK) & (steps <= quantizer.high + SLACK)
    return g * inside.astype(x.dtype)  # (14)-(15)


_fake_quantize = primitive(_forward, _straight_through, name="fake_quantize", floating=True)


def fake_quantize(x: Any, quantizer: AffineQuantizer) -> Any:
    r"""Round to the grid but stay real: what integers would say, with a gradient that passes through.

    Forward $S\,(\operatorname{clamp}(\text{low},\text{high},\operatorname{round}(x/S)+Z)-Z)$. The derivative
    of rounding is 0 almost everywhere, so the gradient is that of clamping alone: 1 inside the range, both
    ends included, 0 outside (*straight-through estimator*).

    Args:
        x: Tensor or array of finite real numbers, any shape.
        quantizer: The grid; a constant.

    Returns:
        Of the same shape and type.

    Example:
        >>> from foundations.autodiff import Tensor
        >>> x = Tensor([-2.0, 0.6, 1.1], requires_grad=True)
        >>> y = fake_quantize(x, AffineQuantizer.affine(-1, 3, bits=2))
        >>> y.sum().backward()
        >>> y.numpy(), x.grad.numpy()
        (array([-1.3333334,  0.       ,  1.3333334], dtype=float32), array([0., 1., 1.], dtype=float32))

    Source: Krishnamoorthi 2018, equations 12-15; Bengio et al. 2013.
    Deviation: (13) is printed with - z inside the clamp and without - z outside, against (1)-(3).
    """
    return _fake_quantize(x, quantizer=quantizer)
