"""Activations with a kernel of their own; the plain elementwise ones stand in the engine's table."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.special import erf

from foundations.autodiff import fused, ops
from foundations.autodiff.primitive import primitive
from foundations.errors import ValueRangeError

# ---------------------------------------------------------------------- softmax


def softmax_array(x: np.ndarray, axis: int = -1) -> np.ndarray:
    """Return the softmax of an array, shifted by its maximum so that no exponential overflows."""
    y = x - x.max(axis=axis, keepdims=True)
    np.exp(y, out=y)
    y /= y.sum(axis=axis, keepdims=True)
    return y


def softmax_vjp(g: np.ndarray, y: np.ndarray, axis: int = -1) -> np.ndarray:
    """Return y * (g - sum_j g_j y_j): the Jacobian diag(y) - y y^T applied to g."""
    gy = g * y
    gy -= y * gy.sum(axis=axis, keepdims=True)
    return gy


def _softmax_definition(x: Any, axis: int) -> Any:
    e = ops.exp(x - ops.max(x, axis, keepdims=True).detach())
    return e / ops.sum(e, axis, keepdims=True)


def _softmax_forward(x: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    y = softmax_array(x, axis)
    return y, y


_softmax = fused(
    _softmax_forward,
    lambda g, y, _needs, _x, axis: (softmax_vjp(g, y, axis),),
    _softmax_definition,
    name="softmax",
)


def softmax(x: Any, axis: int = -1) -> Any:
    """Turn scores into probabilities, y_i = e^{x_i} / sum_j e^{x_j}.

    Its Jacobian is diag(y) - y y^T.

    Args:
        x: Scores, any shape; -inf gives probability 0.
        axis: The axis that sums to 1.

    Returns:
        Probabilities, shape of x. Adding a constant along the axis changes nothing.

    Example:
        >>> import numpy as np
        >>> softmax(np.array([0.0, np.log(3.0)]))
        array([0.25, 0.75])
    """
    return _softmax(x, axis=axis)


def _log_softmax_forward(x: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    y = x - x.max(axis=axis, keepdims=True)
    y -= np.log(np.exp(y).sum(axis=axis, keepdims=True))
    return y, y


_log_softmax = fused(
    _log_softmax_forward,
    lambda g, y, _needs, _x, axis: (g - np.exp(y) * g.sum(axis=axis, keepdims=True),),
    lambda x, axis: x - ops.logsumexp(x, axis, keepdims=True),
    name="log_softmax",
)


def log_softmax(x: Any, axis: int = -1) -> Any:
    """Logarithm of the softmax, x_i - log sum_j e^{x_j}, in nats; exact where the softmax underflows.

    Args:
        x: Scores, any shape.
        axis: The axis that is normalised.

    Returns:
        Log-probabilities, shape of x.
    """
    return _log_softmax(x, axis=axis)


# ---------------------------------------------------------------------- gates

_erf = primitive(erf, lambda g, _y, x: g * (2 / math.sqrt(math.pi)) * ops.exp(-x * x), name="erf")


def _gelu_definition(x: Any) -> Any:
    return x * (0.5 * (1 + _erf(x * math.sqrt(0.5))))


def _gelu_forward(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    cdf = erf(x * math.sqrt(0.5))
    cdf += 1
    cdf *= 0.5
    return x * cdf, cdf


def _gelu_backward(g: np.ndarray, cdf: np.ndarray, _needs: Any, x: np.ndarray) -> tuple[np.ndarray]:
    slope = x * x  # d/dx x Phi(x) = Phi(x) + x phi(x)
    slope *= -0.5
    np.exp(slope, out=slope)
    slope *= x
    slope *= 1 / math.sqrt(2 * math.pi)
    slope += cdf
    slope *= g
    return (slope,)


_gelu = fused(_gelu_forward, _gelu_backward, _gelu_definition, name="gelu")

_TANH_SCALE = math.sqrt(2 / math.pi)
_TANH_CUBIC = 0.044715


def _gelu_tanh_definition(x: Any) -> Any:
    return x * (0.5 * (1 + ops.tanh(_TANH_SCALE * (x + _TANH_CUBIC * (x * x * x)))))


def _gelu_tanh_forward(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    t = x * x
    t *= _TANH_CUBIC
    t += 1
    t *= x
    t *= _TANH_SCALE
    np.tanh(t, out=t)
    y = t + 1
    y *= x
    y *= 0.5
    return y, t


def _gelu_tanh_backward(g: np.ndarray, t: np.ndarray, _needs: Any, x: np.ndarray) -> tuple[np.ndarray]:
    slope = x * x  # y = x (1 + t) / 2, with dt/dx = (1 - t^2) s (1 + 3 c x^2)
    slope *= 3 * _TANH_CUBIC
    slope += 1
    slope *= _TANH_SCALE
    slope *= x
    slope *= 1 - t * t
    slope += t
    slope += 1
    slope *= 0.5
    slope *= g
    return (slope,)


_gelu_tanh = fused(_gelu_tanh_forward, _gelu_tanh_backward, _gelu_tanh_definition, name="gelu")


def gelu(x: Any, approximate: str = "none") -> Any:
    """Gaussian error linear unit, x Phi(x), with Phi the standard normal distribution function.

    Args:
        x: Values, any shape.
        approximate: "none" for the exact function, "tanh" for
            x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2, which GPT-2 used.

    Returns:
        Shape of x.

    Raises:
        ValueRangeError: If `approximate` is neither.

    Source: Hendrycks & Gimpel 2016, arXiv:1606.08415.
    """
    if approximate not in ("none", "tanh"):
        raise ValueRangeError(f"gelu is 'none' (exact) or 'tanh', got {approximate!r}")
    kernel = _gelu if approximate == "none" else _gelu_tanh
    if x.ndim == 0:  # NumPy turns a lone number into a scalar, which nothing can be written into
        return ops.reshape(kernel(ops.reshape(x, 1)), ())
    return kernel(x)


def _silu_forward(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    s = ops.sigmoid(x)
    return x * s, s


def _silu_backward(g: np.ndarray, s: np.ndarray, _needs: Any, x: np.ndarray) -> tuple[np.ndarray]:
    slope = 1 - s  # d/dx x s = s (1 + x (1 - s))
    slope *= x
    slope += 1
    slope *= s
    slope *= g
    return (slope,)


_silu = fused(_silu_forward, _silu_backward, lambda x: x * ops.sigmoid(x), name="silu")


def silu(x: Any) -> Any:
    """Sigmoid linear unit, x / (1 + e^-x), also called swish."""
    return _silu(x)


def leaky_relu(x: Any, negative_slope: float = 0.01) -> Any:
    """Return x where positive, `negative_slope` x elsewhere."""
    return ops.where(ops.greater(x, 0), x, x * negative_slope)
