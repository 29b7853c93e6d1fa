"""Functions to try a method on: the classics in two dimensions, quadratics, and losses with real data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np

from foundations.autodiff import Tensor, ops
from foundations.autodiff.tensor import ArrayT
from foundations.errors import DTypeError, ShapeError, ValueRangeError
from foundations.optimization import checks
from foundations.optimization.minimization import Function


class Surface(Protocol):
    """A function of a point, shape (n,), or of many, shape (..., n): an array for an array, as of Tensors."""

    def __call__(self, x: ArrayT, /) -> ArrayT: ...  # noqa: D102


def _point(x: Any, n: int | None = None) -> Any:
    """Return points as a Tensor, if they are one, else as an array of float64."""
    if not isinstance(x, Tensor):
        x = checks.real_array("x", x)
    elif x.dtype.kind not in "iuf":
        raise DTypeError(f"x is a point of numbers, got {x.dtype}")
    if not x.ndim or (x.shape[-1] < 2 if n is None else x.shape[-1] != n):
        raise ShapeError(f"expected points of shape (..., {n or 'n >= 2'}), got {x.shape}")
    return x


def rosenbrock(x: ArrayT) -> ArrayT:
    """Return sum_i 100 (x_{i+1} - x_i^2)^2 + (1 - x_i)^2: a curved valley with a flat floor.

    Args:
        x: Point, shape (n,) with n >= 2, or many of them, shape (..., n).

    Returns:
        The value, 0 at (1, ..., 1); shape (...).

    Source: Rosenbrock 1960, The Computer Journal 3:175-184, for n = 2.
    """
    points = _point(x)
    a, b = points[..., :-1], points[..., 1:]
    over = b - a * a
    left = 1 - a
    return (100 * over * over + left * left).sum(-1)


def beale(x: ArrayT) -> ArrayT:
    """Return sum_{k=1..3} (c_k - x_1 (1 - x_2^k))^2, c = (1.5, 2.25, 2.625): plateaus with steep walls.

    Args:
        x: Point, shape (2,), or many of them, shape (..., 2).

    Returns:
        The value, 0 at (3, 0.5); shape (...).

    Source: Moré, Garbow & Hillstrom 1981, ACM TOMS 7:17-41, problem 5.
    """
    points = _point(x, 2)
    a, b = points[..., 0], points[..., 1]
    r1, r2, r3 = 1.5 - a * (1 - b), 2.25 - a * (1 - b * b), 2.625 - a * (1 - b * b * b)
    return r1 * r1 + r2 * r2 + r3 * r3


def himmelblau(x: ArrayT) -> ArrayT:
    """Return (x_1^2 + x_2 - 11)^2 + (x_1 + x_2^2 - 7)^2: four minima of equal depth.

    Args:
        x: Point, shape (2,), or many of them, shape (..., 2).

    Returns:
        The value, 0 at (3, 2) and three other points; shape (...).

    Source: Himmelblau 1972, Applied Nonlinear Programming.
    """
    points = _point(x, 2)
    a, b = points[..., 0], points[..., 1]
    first, second = a * a + b - 11, a + b * b - 7
    return first * first + second * second


def saddle(x: ArrayT) -> ArrayT:
    """Return x_1^2 / 2 - x_2^2 / 2 + x_2^4 / 4: a saddle at 0 between two minima at (0, 1) and (0, -1).

    Args:
        x: Point, shape (2,), or many of them, shape (..., 2).

    Returns:
        The value, -1/4 at the minima; shape (...).
    """
    points = _point(x, 2)
    a, b = points[..., 0], points[..., 1]
    return 0.5 * a * a - 0.5 * b * b + 0.25 * b * b * b * b


def quadratic(a: np.ndarray, b: np.ndarray | None = None) -> Surface:
    """Return the function x -> x^T A x / 2 - b^T x, whose gradient is A x - b.

    Args:
        a: A, symmetric, shape (n, n).
        b: Shape (n,); zeros by default.

    Returns:
        A function of a point of shape (n,), or of many, shape (..., n).

    Raises:
        ShapeError: If A is not square or b does not fit it.
    """
    a = checks.real_array("A", a)
    b = np.zeros(a.shape[:1]) if b is None else checks.real_array("b", b)
    if a.shape != (b.size, b.size):
        raise ShapeError(f"expected A of shape (n, n) and b of shape (n,), got {a.shape} and {b.shape}")

    def value(x: ArrayT) -> ArrayT:
        points: Any = x if isinstance(x, Tensor) else checks.real_array("x", x)
        return (points * (0.5 * (points @ a) - b)).sum(-1)

    return value


def spectrum(n: int, condition: float, *, rng: np.random.Generator) -> np.ndarray:
    """Return a random symmetric matrix with eigenvalues spread evenly, in ratio, from 1 / condition to 1.

    Args:
        n: Its size, at least 2.
        condition: Ratio of the largest eigenvalue to the smallest, at least 1.
        rng: Chooses the eigenvectors.

    Returns:
        Shape (n, n).

    Raises:
        ValueRangeError: If n is below 2 or condition below 1.
    """
    n, condition = checks.whole("n", n), checks.number("condition", condition)
    checks.generator("rng", rng)
    if n < 2 or not 1 <= condition < np.inf:
        raise ValueRangeError(f"expected n >= 2 and condition >= 1, got {n} and {condition}")
    q, _ = np.linalg.qr(rng.standard_normal((n, n)))
    a = (q * condition ** -np.linspace(0, 1, n)) @ q.T
    return (a + a.T) / 2


def chain(n: int, smoothness: float = 1.0) -> Surface:
    """Return Nesterov's hardest convex function: (L/4) ((x_1^2 + sum_i (x_i - x_{i+1})^2 + x_n^2) / 2 - x_1).

    From x = 0, a method that moves in the span of the gradients it has seen reaches one coordinate more with
    every step, so that none does well before it has taken about n / 2 steps. The minimum lies at
    x_i = 1 - i / (n + 1), with the value (L/8) (1 / (n + 1) - 1).

    Args:
        n: Number of coordinates.
        smoothness: L, the Lipschitz constant of the gradient.

    Returns:
        A function of a point of shape (n,), or of many, shape (..., n).

    Source: Nesterov 2004, section 2.1.2.
    """
    n, smoothness = checks.whole("n", n, least=1), checks.positive("smoothness", smoothness)
    a = 2 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1)
    return quadratic(smoothness / 4 * a, smoothness / 4 * np.eye(n)[0])


def logistic_loss(features: np.ndarray, labels: np.ndarray, ridge: float = 0.0) -> Function:
    """Return the function w -> mean_i log(1 + exp(-y_i a_i^T w)) + (ridge / 2) |w|^2.

    Args:
        features: One example a_i a row, shape (N, D).
        labels: y_i, -1 or 1, shape (N,).
        ridge: Factor of the penalty, at least 0.

    Returns:
        A function of a Tensor of shape (D,).

    Raises:
        ShapeError: If there is not one label an example.
        ValueRangeError: If a label is neither -1 nor 1, or ridge is negative.
    """
    features, labels = checks.real_array("features", features), checks.real_array("labels", labels)
    if features.ndim != 2 or labels.shape != features.shape[:1]:
        raise ShapeError(f"expected features (N, D) and labels (N,), got {features.shape} and {labels.shape}")
    if not np.isin(labels, (-1, 1)).all():
        raise ValueRangeError("labels are -1 or 1: map 0 and 1 by 2 y - 1")
    if not np.isfinite(features).all():
        raise ValueRangeError("features hold values that are not finite: replace them")
    ridge = checks.at_least_zero("ridge", ridge)
    signed = -labels[:, None] * features  # (N, D)

    def value(w: Tensor) -> Tensor:
        return ops.softplus(signed @ w).mean() + 0.5 * ridge * (w * w).sum()

    return value


@dataclass(frozen=True)
class Landscape:
    """A function of two variables with what is known of it.

    Attributes:
        f: The function, of a point or of many, shape (..., 2).
        start: Where to begin, shape (2,).
        minima: All its minima, shape (n, 2).
        least: The value there.
        window: Part of the plane worth looking at: (x_1 from, to, x_2 from, to).
    """

    f: Surface
    start: tuple[float, float]
    minima: tuple[tuple[float, float], ...]
    least: float
    window: tuple[float, float, float, float]


LANDSCAPES: Mapping[str, Landscape] = MappingProxyType(
    {
        "rosenbrock": Landscape(rosenbrock, (-1.2, 1.0), ((1.0, 1.0),), 0.0, (-1.8, 1.6, -0.6, 1.9)),
        "beale": Landscape(beale, (1.0, 1.6), ((3.0, 0.5),), 0.0, (-0.6, 4.0, -1.2, 2.0)),
        "himmelblau": Landscape(
            himmelblau,
            (0.0, -0.5),
            (
                (3.0, 2.0),
                (-2.8051180869527448, 3.1313125182505730),
                (-3.7793102533777469, -3.2831859912861694),
                (3.5844283403304917, -1.8481265269644036),
            ),
            0.0,
            (-5.0, 5.0, -5.0, 5.0),
        ),
        "saddle": Landscape(saddle, (1.4, 0.02), ((0.0, 1.0), (0.0, -1.0)), -0.25, (-1.6, 1.6, -1.5, 1.5)),
        "ill-conditioned": Landscape(
            quadratic(np.diag([1.0, 30.0])), (-4.0, 1.0), ((0.0, 0.0),), 0.0, (-4.6, 1.6, -1.6, 1.6)
        ),
    }
)
"""The classics, by name."""
