"""From a number to a row of features: what makes a linear model curve."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import ShapeError, ValueRangeError


def polynomial_basis(x: ArrayLike, degree: int) -> np.ndarray:
    """Return $1, x, x^2, …, x^{degree}$ for each x.

    Args:
        x: shape (n,).
        degree: highest power, 0 or more.

    Returns:
        Shape (n, degree + 1).

    Raises:
        ShapeError: if x is not one-dimensional.
        ValueRangeError: if the degree is negative.

    Example:
        >>> polynomial_basis([0.0, 2.0], 3)
        array([[1., 0., 0., 0.],
               [1., 2., 4., 8.]])
    """
    if degree < 0:
        raise ValueRangeError(f"polynomial_basis expects a degree of 0 or more, got {degree}")
    return _flat(x, "polynomial_basis")[:, None] ** np.arange(degree + 1)


def gaussian_basis(x: ArrayLike, centres: ArrayLike, width: float) -> np.ndarray:
    r"""Return 1 and $\exp\bigl(-(x - c_j)^2/2w^2\bigr)$ for each centre.

    Args:
        x: shape (n,).
        centres: where the bumps stand, shape (m,), in units of x.
        width: their standard deviation w, in units of x.

    Returns:
        Shape (n, m + 1).

    Raises:
        ShapeError: if x or centres are not one-dimensional.
        ValueRangeError: if the width is not positive.

    Example:
        >>> gaussian_basis([0.0], [0.0, 1.0], 1.0).round(3)
        array([[1.   , 1.   , 0.607]])

    Source: Bishop 2006, equation 3.4.
    """
    if not width > 0:
        raise ValueRangeError(f"gaussian_basis expects a width > 0, got {width}")
    x, centres = _flat(x, "gaussian_basis"), _flat(centres, "gaussian_basis")
    bumps = np.exp(-(((x[:, None] - centres) / width) ** 2) / 2)  # (n, m)
    return np.hstack([np.ones((len(x), 1)), bumps])


def _flat(x: ArrayLike, caller: str) -> np.ndarray:
    array = np.asarray(x, dtype=np.float64)
    if array.ndim != 1:
        raise ShapeError(f"{caller} expects numbers of shape (n,), got {array.shape}: use x.ravel()")
    return array
