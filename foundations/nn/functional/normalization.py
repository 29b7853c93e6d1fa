"""Normalisation over the last axes: layer norm and its mean-free variant."""

from __future__ import annotations

from typing import Any

from foundations.autodiff import fused, ops
from foundations.autodiff.tensor import Array
from foundations.errors import ShapeError
from foundations.nn.arguments import floats, number
from foundations.nn.functional.batch_norm import vector
from foundations.nn.kernels import normalization as kernels


def _layer_norm_definition(x: Any, weight: Any, bias: Any, eps: float) -> Any:
    centred = x - ops.mean(x, -1, keepdims=True)
    x_hat = centred / ops.sqrt(ops.mean(centred * centred, -1, keepdims=True) + eps)
    y = x_hat if weight is None else x_hat * weight
    return y if bias is None else y + bias


_layer_norm = fused(
    kernels.layer_norm_forward, kernels.layer_norm_backward, _layer_norm_definition, name="layer_norm"
)


def layer_norm(x: Array, weight: Array | None = None, bias: Array | None = None, eps: float = 1e-5) -> Any:
    """Standardise the last axis, then scale and shift it: (x - mean) / sqrt(var + eps) * w + b.

    The variance divides by n, and eps stands under the root. With h the standardised values and d the
    gradient that reaches them: dx = (d - mean(d) - h mean(d h)) / sqrt(var + eps).

    Args:
        x: Shape (..., n).
        weight: Shape (n,), or None for 1.
        bias: Shape (n,), or None for 0.
        eps: Keeps the root from 0.

    Returns:
        Shape of x.

    Raises:
        ShapeError: If weight or bias does not have the length of the last axis.

    Source: Ba, Kiros & Hinton 2016, arXiv:1607.06450, equations 3 and 4.
    """
    x, weight, bias = _checked("layer_norm", x, weight, bias)
    return _layer_norm(x, weight, bias, eps=number("layer_norm", "eps", eps, 0))


def _rms_definition(x: Any, weight: Any, eps: float) -> Any:
    y = x / ops.sqrt(ops.mean(x * x, -1, keepdims=True) + eps)
    return y if weight is None else y * weight


_rms_norm = fused(kernels.rms_norm_forward, kernels.rms_norm_backward, _rms_definition, name="rms_norm")


def rms_norm(x: Array, weight: Array | None = None, eps: float = 1e-6) -> Any:
    """Divide the last axis by its root mean square: x / sqrt(mean(x^2) + eps) * w.

    Args:
        x: Shape (..., n).
        weight: Shape (n,), or None for 1.
        eps: Keeps the root from 0.

    Returns:
        Shape of x.

    Raises:
        ShapeError: If the weight does not have the length of the last axis.

    Source: Zhang & Sennrich 2019, arXiv:1910.07467, equation 4.
    """
    x, weight, _ = _checked("rms_norm", x, weight, None)
    return _rms_norm(x, weight, eps=number("rms_norm", "eps", eps, 0))


def _checked(name: str, x: Any, weight: Any, bias: Any) -> tuple[Any, Any, Any]:
    x, weight, bias = floats(name, "x", x), vector(name, "weight", weight), vector(name, "bias", bias)
    if x.ndim < 1:
        raise ShapeError(f"{name} normalises the last axis of x, got a single number: give it an axis")
    for label, p in (("weight", weight), ("bias", bias)):
        if p is not None and p.shape != x.shape[-1:]:
            raise ShapeError(
                f"{name} normalises the last axis of x, shape {x.shape}, so its {label} has shape "
                f"{x.shape[-1:]}, got {p.shape}: build the layer with that width"
            )
    return x, weight, bias
