"""Functions of the plane that are worth a look: surfaces with hills and saddles, and maps that bend a grid.

All act along the last axis, (..., 2) -> (...) or (..., 2), on arrays and Tensors alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from foundations.autodiff import Tensor, ops
from foundations.gradients_jacobians.checks import Function

Window = tuple[tuple[float, float], tuple[float, float]]


@dataclass(frozen=True)
class Surface:
    """A function from the plane to numbers.

    Attributes:
        name: what it is called.
        formula: in LaTeX.
        f: (..., 2) -> (...).
        window: the part of the plane that shows it, ((x from, x to), (y from, y to)).
    """

    name: str
    formula: str
    f: Function
    window: Window


@dataclass(frozen=True)
class PlaneMap:
    """A function from the plane to the plane.

    Attributes:
        name: what it is called.
        formula: in LaTeX.
        f: (..., 2) -> (..., 2).
        window: the part of the plane that shows it.
        image: the part of the plane that holds the image of the window.
    """

    name: str
    formula: str
    f: Function
    window: Window
    image: Window


def bowl(x: Any) -> Any:
    """Return x² + xy + y²: a quadratic function, which is its own quadratic model everywhere."""
    a, b = x[..., 0], x[..., 1]
    return a * a + a * b + b * b


def saddle(x: Any) -> Any:
    """Return x² - y²: up along one axis, down along the other."""
    a, b = x[..., 0], x[..., 1]
    return a * a - b * b


def monkey_saddle(x: Any) -> Any:
    """Return x³ - 3xy²: three ways up and three down, and a Hessian that is 0 at the origin."""
    a, b = x[..., 0], x[..., 1]
    return a * a * a - 3 * a * b * b


HILLS = ((1.0, -0.9, -0.5, 0.7), (0.8, 0.9, 0.7, 0.6), (-0.9, 0.5, -0.9, 0.6))
"""Height, centre (x, y) and width of each Gaussian of `hills`."""


def hills(x: Any) -> Any:
    """Return a sum of Gaussians, two hills and a hollow, h exp(-((x - a)² + (y - b)²) / 2w²)."""
    total = 0.0
    for height, a, b, width in HILLS:
        p, q = x[..., 0] - a, x[..., 1] - b
        total = total + height * ops.exp(-(p * p + q * q) / (2 * width * width))
    return total


def himmelblau(x: Any) -> Any:
    """Return (x² + y - 11)² + (x + y² - 7)²: four minima at height 0, four saddles, one maximum.

    Source: Himmelblau 1972, Applied Nonlinear Programming.
    """
    a, b = x[..., 0], x[..., 1]
    first, second = a * a + b - 11, a + b * b - 7
    return first * first + second * second


def rosenbrock(x: Any) -> Any:
    """Return (1 - x)² + 100 (y - x²)²: a curved valley with a nearly flat floor.

    Source: Rosenbrock 1960, The Computer Journal 3:175-184.
    """
    a, b = x[..., 0], x[..., 1]
    left, over = 1 - a, b - a * a
    return left * left + 100 * over * over


def _pair(first: Any, second: Any) -> Any:
    """Join two coordinates along a new last axis; complex numbers, which no Tensor holds, stay arrays."""
    join = ops.stack if isinstance(first, Tensor) else np.stack
    return join([first, second], axis=-1)


def shear(x: Any) -> Any:
    """Return (x + y/2, x/4 + y): a linear map, which is its own linear model everywhere."""
    a, b = x[..., 0], x[..., 1]
    return _pair(a + 0.5 * b, 0.25 * a + b)


def polar(x: Any) -> Any:
    """Return (r cos θ, r sin θ) from (r, θ)."""
    r, theta = x[..., 0], x[..., 1]
    return _pair(r * ops.cos(theta), r * ops.sin(theta))


def square(x: Any) -> Any:
    """Return (x² - y², 2xy), the square of the complex number x + iy: angles stay, except at 0."""
    a, b = x[..., 0], x[..., 1]
    return _pair(a * a - b * b, 2 * a * b)


def swirl(x: Any) -> Any:
    """Return the point turned about 0 by the angle 2 exp(-x² - y²): areas stay, shapes do not."""
    a, b = x[..., 0], x[..., 1]
    angle = 2 * ops.exp(-(a * a + b * b))
    c, s = ops.cos(angle), ops.sin(angle)
    return _pair(a * c - b * s, a * s + b * c)


def waves(x: Any) -> Any:
    """Return (x + sin(2y)/2, y + sin(2x)/2)."""
    a, b = x[..., 0], x[..., 1]
    return _pair(a + 0.5 * ops.sin(2 * b), b + 0.5 * ops.sin(2 * a))


def fold(x: Any) -> Any:
    """Return (x, y² - x/2): the plane folded along y = 0, where the Jacobian has no inverse."""
    a, b = x[..., 0], x[..., 1]
    return _pair(a, b * b - 0.5 * a)


def _box(reach: float) -> Window:
    return (-reach, reach), (-reach, reach)


SURFACES: Mapping[str, Surface] = MappingProxyType(
    {
        one.name: one
        for one in (
            Surface("hills", r"\sum_k h_k e^{-\lVert x - c_k\rVert^2/2w_k^2}", hills, _box(2.2)),
            Surface("bowl", "x^2 + xy + y^2", bowl, _box(2)),
            Surface("saddle", "x^2 - y^2", saddle, _box(2)),
            Surface("monkey saddle", "x^3 - 3xy^2", monkey_saddle, _box(1.5)),
            Surface("Himmelblau", "(x^2 + y - 11)^2 + (x + y^2 - 7)^2", himmelblau, _box(5)),
            Surface("Rosenbrock", "(1 - x)^2 + 100 (y - x^2)^2", rosenbrock, ((-1.6, 1.6), (-0.8, 2.4))),
        )
    }
)

MAPS: Mapping[str, PlaneMap] = MappingProxyType(
    {
        one.name: one
        for one in (
            PlaneMap("swirl", r"R(2e^{-\lVert x\rVert^2})\,x", swirl, _box(2), _box(2.4)),
            PlaneMap(
                "polar coordinates",
                r"(r\cos\theta, r\sin\theta)",
                polar,
                ((0.0, 2.0), (0.0, 3.0)),
                ((-2.1, 2.1), (-1.6, 2.6)),
            ),
            PlaneMap("complex square", "(x^2 - y^2, 2xy)", square, _box(1.5), _box(4.6)),
            PlaneMap("waves", r"(x + \tfrac12\sin 2y, y + \tfrac12\sin 2x)", waves, _box(2), _box(2.6)),
            PlaneMap("fold", r"(x, y^2 - \tfrac12 x)", fold, _box(1.5), ((-2.2, 2.2), (-1.4, 3.0))),
            PlaneMap("shear", r"(x + \tfrac12 y, \tfrac14 x + y)", shear, _box(2), _box(3.1)),
        )
    }
)
