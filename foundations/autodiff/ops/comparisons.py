"""Functions whose derivative is 0 wherever it exists: comparisons, logic, rounding. None has a gradient."""

from __future__ import annotations

import numpy as np

from foundations.autodiff.ops.axes import integer_of
from foundations.autodiff.primitive import constant
from foundations.autodiff.tensor import ArrayT

equal = constant(np.equal, doc="a == b")
not_equal = constant(np.not_equal, doc="a != b")
less = constant(np.less, doc="a < b")
less_equal = constant(np.less_equal, doc="a <= b")
greater = constant(np.greater, doc="a > b")
greater_equal = constant(np.greater_equal, doc="a >= b")

logical_and = constant(np.logical_and, doc="a and b")
logical_or = constant(np.logical_or, doc="a or b")
logical_xor = constant(np.logical_xor, doc="a or b, not both")
logical_not = constant(np.logical_not, doc="not x")
bitwise_and = constant(np.bitwise_and, doc="a & b: logical for booleans, bit by bit for integers")
bitwise_or = constant(np.bitwise_or, doc="a | b: logical for booleans, bit by bit for integers")
bitwise_xor = constant(np.bitwise_xor, doc="a ^ b: logical for booleans, bit by bit for integers")
bitwise_not = constant(np.invert, name="bitwise_not", doc="~x: logical for booleans, bit by bit for integers")

isfinite = constant(np.isfinite, doc="neither infinite nor NaN")
isinf = constant(np.isinf, doc="positive or negative infinity")
isnan = constant(np.isnan, doc="not a number")

sign = constant(np.sign, doc="-1, 0 or 1")
floor = constant(np.floor, doc="the largest integer not above x")
ceil = constant(np.ceil, doc="the smallest integer not below x")
trunc = constant(np.trunc, doc="the integer part of x: rounded towards 0")
_round = constant(np.round)
floor_divide = constant(np.floor_divide, combined=0b11, doc="the largest integer not above a / b")


def round(x: ArrayT, decimals: int = 0) -> ArrayT:
    """Nearest number with that many decimal places, ties to even; has no gradient."""
    return _round(x, decimals=integer_of(decimals, "round", "a number of decimals"))
