"""Elementwise functions: each line is a value and its derivatives.

Every function broadcasts as NumPy does. A derivative may have the broadcast shape; the engine sums it back.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from foundations.autodiff.operands import as_array
from foundations.autodiff.ops.axes import dtype_of
from foundations.autodiff.ops.comparisons import equal, floor_divide, sign
from foundations.autodiff.primitive import constant, primitive
from foundations.autodiff.tensor import Array, ArrayT, Tensor
from foundations.errors import DTypeError, ShapeError
from foundations.runtime import blockwise

real = partial(primitive, floating=True)  # real-valued: booleans and integers become float32 first

# ---------------------------------------------------------------------- arithmetic

add = primitive(blockwise(np.add), lambda g, _y, _a, _b: g, lambda g, _y, _a, _b: g, doc="a + b")
subtract = primitive(blockwise(np.subtract), lambda g, _y, _a, _b: g, lambda g, _y, _a, _b: -g, doc="a - b")
multiply = primitive(
    blockwise(np.multiply),
    lambda g, _y, _a, b: g * b,
    lambda g, _y, a, _b: g * a,
    doc="a b",
)
divide = real(
    np.true_divide,
    lambda g, _y, _a, b: g / b,
    lambda g, y, _a, b: -g * y / b,
    name="divide",
    doc="a / b",
)
remainder = primitive(
    np.remainder,
    lambda g, _y, _a, _b: g,
    lambda g, _y, a, b: -g * floor_divide(a, b),
    doc="a - b floor(a / b), with the sign of b; its slopes are those beside the jumps",
)
negative = primitive(np.negative, lambda g, _y, _x: -g, doc="-x")


def _power(x: Any, p: Any) -> Any:
    if type(p) in (int, float):  # np.power is 30 times slower than these
        if isinstance(x, np.ndarray) and x.dtype == bool:
            return np.power(x, p)
        if p == 2:
            return x * x
        if p == 3:
            return x * x * x
        if p == 0.5:
            return np.sqrt(x)
    return np.power(x, p)


def _power_base_vjp(g: Any, _y: Any, x: Any, p: Any) -> Any:
    if type(p) in (int, float):
        if p == 2:  # the square's slope without a power
            return g * (2 * x)
        return g * (p * power(x, p - 1)) if p != 0 else g * 0.0
    flat = equal(p, 0)  # x^0 is constant in x, at x = 0 too
    return g * where(flat, 0.0, p * power(x, where(flat, 1.0, p - 1)))


def _power_exponent_vjp(g: Any, y: Any, x: Any, _p: Any) -> Any:
    return g * y * log(where(equal(x, 0), 1.0, x))  # 0^p stays 0 as p moves


power = primitive(_power, _power_base_vjp, _power_exponent_vjp, name="power", doc="x to the power p")

# ---------------------------------------------------------------------- exponentials and roots

exp = real(blockwise(np.exp), lambda g, y, _x: g * y, doc="e^x")
expm1 = real(np.expm1, lambda g, y, _x: g * (y + 1), doc="e^x - 1, exact near 0")
log = real(np.log, lambda g, _y, x: g / x, doc="natural logarithm")
log2 = real(np.log2, lambda g, _y, x: g / (x * math.log(2)), doc="logarithm to the base 2")
log1p = real(np.log1p, lambda g, _y, x: g / (1 + x), doc="log(1 + x), exact near 0")
sqrt = real(np.sqrt, lambda g, y, _x: g / (2 * y), doc="square root")
square = primitive(np.square, lambda g, _y, x: g * 2 * x, doc="x^2")
reciprocal = real(np.reciprocal, lambda g, y, _x: -g * y * y, doc="1 / x")

# ---------------------------------------------------------------------- trigonometric and hyperbolic

sin = real(np.sin, lambda g, _y, x: g * cos(x), doc="sine of x in radians")
cos = real(np.cos, lambda g, _y, x: -g * sin(x), doc="cosine of x in radians")
tan = real(np.tan, lambda g, y, _x: g * (1 + y * y), doc="tangent of x in radians")
arcsin = real(np.arcsin, lambda g, _y, x: g / sqrt(1 - x * x), doc="inverse sine, in radians")
arccos = real(np.arccos, lambda g, _y, x: -g / sqrt(1 - x * x), doc="inverse cosine, in radians")
arctan = real(np.arctan, lambda g, _y, x: g / (1 + x * x), doc="inverse tangent, in radians")
sinh = real(np.sinh, lambda g, _y, x: g * cosh(x), doc="hyperbolic sine")
cosh = real(np.cosh, lambda g, _y, x: g * sinh(x), doc="hyperbolic cosine")
tanh = real(
    blockwise(np.tanh),
    lambda g, y, _x: g * (1 - y * y),
    doc="hyperbolic tangent",
)
arcsinh = real(np.arcsinh, lambda g, _y, x: g / sqrt(1 + x * x), doc="inverse hyperbolic sine")
arccosh = real(np.arccosh, lambda g, _y, x: g / sqrt(x * x - 1), doc="inverse hyperbolic cosine")
arctanh = real(np.arctanh, lambda g, _y, x: g / (1 - x * x), doc="inverse hyperbolic tangent")


# ---------------------------------------------------------------------- squashing, without overflow


def _sigmoid(x: Any) -> Any:
    """1 / (1 + e^-x). Where e^-x overflows, 1 / inf = 0 is meant; tiny values keep all their digits."""
    with np.errstate(over="ignore"):
        y = np.exp(np.negative(x))
    y += 1
    return np.divide(1, y, out=y if isinstance(y, np.ndarray) else None)


def _softplus(x: Any) -> Any:
    """log(1 + e^x) = max(x, 0) + log(1 + e^-|x|)."""
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def _erf(x: Any) -> Any:
    from scipy.special import erf as error_function  # half of what importing all of this takes

    y = error_function(x)
    return y.astype(x.dtype, copy=False) if isinstance(x, np.ndarray) else y  # SciPy widens float16


erf = real(
    _erf,
    lambda g, _y, x: g * (2 / math.sqrt(math.pi)) * exp(-x * x),
    name="erf",
    doc="error function: 2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x",
)
sigmoid = real(_sigmoid, lambda g, y, _x: g * (y * (1 - y)), name="sigmoid")
softplus = real(_softplus, lambda g, _y, x: g * sigmoid(x), name="softplus")


def _rectify(x: Any, out: np.ndarray | None = None) -> Any:
    return np.maximum(x, 0, out=out)


def _where_positive(g: Any, y: Any, out: np.ndarray | None = None) -> Any:
    return np.multiply(g, np.greater(y, 0), out=out)


_pass = primitive(blockwise(_where_positive), lambda g, _y, _g, y: _pass(g, y), None, name="relu")
relu = primitive(
    blockwise(_rectify), lambda g, y, _x: _pass(g, y), name="relu", doc="max(x, 0); slope 0 at 0"
)

# ---------------------------------------------------------------------- which branch a kink took

_wins = constant(  # 1 where a is taken over b, 1/2 at a tie: what max and min hand back
    lambda a, b, dtype: np.where(a == b, 0.5, np.logical_not(a < b)).astype(dtype), name="maximum"
)


def _below(a: Any, b: Any) -> Any:
    return False if a is None or b is None else np.less(a, b)


# which of clip's arguments is the value; where the bounds cross, the upper one wins
_is_low = constant(
    lambda x, low, high: np.logical_and(_below(x, low), np.logical_not(_below(high, low))), name="clip"
)
_is_high = constant(lambda x, low, high: np.logical_or(_below(high, x), _below(high, low)), name="clip")
_is_inside = constant(
    lambda x, low, high: np.logical_not(np.logical_or(_below(x, low), _below(high, x))), name="clip"
)


# ---------------------------------------------------------------------- kinks: where two branches meet

abs = primitive(np.abs, lambda g, _y, x: g * sign(x), name="abs", doc="|x|; slope 0 at 0")
maximum = primitive(
    np.maximum,
    lambda g, y, a, b: g * _wins(a, b, dtype=y.dtype),
    lambda g, y, a, b: g * _wins(b, a, dtype=y.dtype),
    doc="the larger of a and b; a tie shares the gradient equally",
)
minimum = primitive(
    np.minimum,
    lambda g, y, a, b: g * _wins(b, a, dtype=y.dtype),
    lambda g, y, a, b: g * _wins(a, b, dtype=y.dtype),
    doc="the smaller of a and b; a tie shares the gradient equally",
)
_clip = primitive(
    np.clip,
    lambda g, _y, x, low, high: g * _is_inside(x, low, high),
    lambda g, _y, x, low, high: g * _is_low(x, low, high),
    lambda g, _y, x, low, high: g * _is_high(x, low, high),
    name="clip",
)


def _where(condition: Any, a: Any, b: Any) -> np.ndarray:
    if not isinstance(condition, bool) and np.asarray(condition).dtype != bool:
        raise DTypeError(
            f"where needs a boolean condition, got {np.asarray(condition).dtype}: compare, as in x != 0"
        )
    return np.where(condition, a, b)


where = primitive(
    _where,
    None,
    lambda g, _y, condition, _a, _b: where(condition, g, 0.0),
    lambda g, _y, condition, _a, _b: where(condition, 0.0, g),
    name="where",
    doc="a where the condition holds, b elsewhere",
)


_convert = primitive(
    lambda x, dtype, back: np.asarray(x).astype(dtype, copy=False),
    lambda g, _y, _x, dtype, back: astype(g, back),
    name="astype",
)
_convert_exactly = constant(lambda x, dtype: np.asarray(x).astype(dtype, copy=False), name="astype")


def astype(x: ArrayT, dtype: DTypeLike) -> ArrayT:
    """Convert x to another type. The gradient is converted back; integers and booleans have none.

    Args:
        x: Values, any shape.
        dtype: The type, as NumPy names it: floating, integer or bool.

    Returns:
        The converted values; x's own memory where it has that type already.

    Raises:
        DTypeError: If that is no type of real numbers.
    """
    to = dtype_of(dtype, "astype")
    if not isinstance(x, Tensor):
        x = as_array(x)
    if to.kind != "f":
        return _convert_exactly(x, dtype=to)
    return _convert(x, dtype=to, back=x.dtype if isinstance(x, Tensor) else to)


def clip(x: Array, low: Any = None, high: Any = None) -> Any:
    """Limit x to [low, high]; either bound may be None. Beyond a bound the gradient is the bound's.

    Args:
        x: Values, any shape.
        low: Lower bound, broadcastable against x.
        high: Upper bound, broadcastable against x.

    Returns:
        min(max(x, low), high), the shape of x.
    """
    return _clip(x, low, high)


def masked_fill(x: Array, mask: Array, value: Any) -> Any:
    """Put `value` where the mask is true: `masked_fill(scores, hidden, -np.inf)`.

    Args:
        x: Values, any shape.
        mask: Booleans, broadcastable to the shape of x.
        value: Number, or Tensor that broadcasts to it and gets the gradient of what it fills.

    Returns:
        x with the value where the mask is true, in the shape of x.

    Raises:
        DTypeError: If the mask is not boolean.
        ShapeError: If mask or value do not broadcast to the shape of x.
    """
    x, mask, value = as_array(x), as_array(mask), value if isinstance(value, float | int) else as_array(value)
    for what, other in (("mask", mask), ("value", value)):
        try:
            fits = np.broadcast_shapes(np.shape(other), x.shape) == x.shape
        except ValueError:
            fits = False
        if not fits:
            raise ShapeError(
                f"masked_fill needs a {what} that broadcasts to shape {x.shape}, got {np.shape(other)}: "
                "reshape it, or insert axes of length one"
            )
    return where(mask, value, x)
