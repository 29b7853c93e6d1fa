"""Activations with a kernel of their own; the plain elementwise ones stand in the engine's table."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from foundations.autodiff import fused, ops
from foundations.autodiff.tensor import Array, ArrayT
from foundations.nn.arguments import axis_of, choice, floats
from foundations.nn.kernels import gates
from foundations.nn.kernels.softmax import softmax_array, softmax_vjp
from foundations.runtime import map_elements

# ---------------------------------------------------------------------- softmax


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


def softmax(x: ArrayT, axis: int = -1) -> ArrayT:
    """Turn scores into probabilities, y_i = e^{x_i} / sum_j e^{x_j}.

    Its Jacobian is diag(y) - y y^T.

    Args:
        x: Scores, any shape; -inf gives probability 0.
        axis: The axis that sums to 1.

    Returns:
        Probabilities, shape of x. Adding a constant along the axis changes nothing.

    Raises:
        DTypeError: If x is not floating-point.
        ShapeError: If there is no such axis.

    Example:
        >>> import numpy as np
        >>> softmax(np.array([0.0, np.log(3.0)]))
        array([0.25, 0.75])
    """
    x = floats("softmax", "x", x)
    return _softmax(x, axis=axis_of("softmax", axis, x.ndim))


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


def log_softmax(x: ArrayT, axis: int = -1) -> ArrayT:
    """Logarithm of the softmax, x_i - log sum_j e^{x_j}, in nats; exact where the softmax underflows.

    Args:
        x: Scores, any shape.
        axis: The axis that is normalised.

    Returns:
        Log-probabilities, shape of x.

    Raises:
        DTypeError: If x is not floating-point.
        ShapeError: If there is no such axis.
    """
    x = floats("log_softmax", "x", x)
    return _log_softmax(x, axis=axis_of("log_softmax", axis, x.ndim))


# ---------------------------------------------------------------------- gates

_PARALLEL_BYTES = 1 << 20  # of x, y and slope; a kernel passes over them some twenty times


def _gate(kernel: Callable[[np.ndarray, np.ndarray, np.ndarray], None], definition: Any, name: str) -> Any:
    """Make a fused elementwise function whose slope is found along with its value.

    Args:
        kernel: `kernel(x, y, slope)` writes the value and its derivative; it sees blocks that stay in cache.
        definition: The function in primitives.
        name: Name used in errors.
    """

    def forward(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        y, slope = np.empty_like(x), np.empty_like(x)
        map_elements(kernel, x, y, slope, parallel_from=_PARALLEL_BYTES)
        return y, slope

    return fused(forward, lambda g, slope, _needs, _x: (g * slope,), definition, name=name)


def _through(gate: Any, x: Any) -> Any:
    x = floats(gate.__name__, "x", x)
    if x.ndim == 0:  # NumPy turns a lone number into a scalar, which nothing can be written into
        return ops.reshape(gate(ops.reshape(x, 1)), ())
    return gate(x)


_gelu = _gate(gates.gelu, lambda x: x * (0.5 * (1 + ops.erf(x * math.sqrt(0.5)))), name="gelu")


_gelu_tanh = _gate(
    gates.gelu_tanh,
    lambda x: x * (0.5 * (1 + ops.tanh(gates.TANH_SCALE * (x + gates.TANH_CUBIC * (x * x * x))))),
    name="gelu",
)


def gelu(x: ArrayT, approximate: str = "none") -> ArrayT:
    """Gaussian error linear unit, x Phi(x), with Phi the standard normal distribution function.

    Args:
        x: Values, any shape.
        approximate: "none" for the exact function, "tanh" for
            x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2, which GPT-2 used.

    Returns:
        Shape of x.

    Raises:
        ValueRangeError: If `approximate` is neither.
        DTypeError: If x is not floating-point.

    Source: Hendrycks & Gimpel 2016, arXiv:1606.08415.
    """
    exact = choice("gelu", "approximate", approximate, ("none", "tanh")) == "none"
    return _through(_gelu if exact else _gelu_tanh, x)


_silu = _gate(gates.silu, lambda x: x * ops.sigmoid(x), name="silu")


def silu(x: ArrayT) -> ArrayT:
    """Sigmoid linear unit, x / (1 + e^-x), also called swish.

    Args:
        x: Values, any shape.

    Returns:
        Shape of x.

    Raises:
        DTypeError: If x is not floating-point.

    Source: Hendrycks & Gimpel 2016, arXiv:1606.08415, section 4.
    """
    return _through(_silu, x)


def leaky_relu(x: Array, negative_slope: Array | float = 0.01) -> Any:
    """Return x where positive, `negative_slope` x elsewhere.

    Args:
        x: Values, any shape.
        negative_slope: Slope for negative x; a Tensor that requires gradients is learned (PReLU).

    Returns:
        Shape of x.

    Raises:
        DTypeError: If x is not floating-point.

    Source: Maas, Hannun & Ng 2013, section 2.
    """
    x = floats("leaky_relu", "x", x)
    return ops.where(ops.greater(x, 0), x, ops.multiply(x, negative_slope))


def elu(x: Array, alpha: Array | float = 1.0) -> Any:
    """Exponential linear unit: x where positive, alpha (e^x - 1) elsewhere.

    Args:
        x: Values, any shape.
        alpha: What is approached, with the other sign, for x far below 0; may require gradients.

    Returns:
        Shape of x. The slope at 0 is alpha, that of the piece below.

    Raises:
        DTypeError: If x is not floating-point.

    Source: Clevert, Unterthiner & Hochreiter 2016, arXiv:1511.07289, equation 15.

    Example:
        >>> elu(np.array([-np.log(2.0), 3.0]))
        array([-0.5,  3. ])
    """
    x = floats("elu", "x", x)
    positive = ops.greater(x, 0)
    below = ops.expm1(ops.where(positive, 0.0, x))  # e^x would overflow where it is not used
    return ops.where(positive, x, ops.multiply(below, alpha))


def logsigmoid(x: ArrayT) -> ArrayT:
    """Logarithm of the sigmoid, log(1 / (1 + e^-x)) = -softplus(-x); exact where the sigmoid underflows.

    Args:
        x: Values, any shape.

    Returns:
        Shape of x, in nats.

    Raises:
        DTypeError: If x is not floating-point.

    Source: the terms of skip-gram with negative sampling, Mikolov et al. 2013, arXiv:1310.4546, equation 4.

    Example:
        >>> logsigmoid(np.array([0.0, -1000.0]))
        array([-6.93147181e-01, -1.00000000e+03])
    """
    return -ops.softplus(-floats("logsigmoid", "x", x))
