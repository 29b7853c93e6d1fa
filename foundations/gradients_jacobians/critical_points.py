"""Critical points, where the gradient vanishes, and what the Hessian's eigenvalues say of them."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from foundations.autodiff import grad, hessian
from foundations.errors import ConvergenceError, SingularError, ValueRangeError
from foundations.gradients_jacobians.checks import Function, as_finite, as_point, value_and_gradient
from foundations.gradients_jacobians.newton import newton
from foundations.matrix_decomposition import eigh_jacobi


class Kind(StrEnum):
    """What a critical point is, as far as second derivatives can tell."""

    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    SADDLE = "saddle"
    DEGENERATE = "degenerate"


class CriticalPoint(NamedTuple):
    """A point where the gradient vanishes.

    Attributes:
        point: shape (n,).
        value: of f there.
        kind: minimum, maximum, saddle, or degenerate: an eigenvalue is 0 and higher orders decide.
        eigenvalues: of the Hessian, rising, shape (n,).
        eigenvectors: in columns, orthonormal, shape (n, n).
    """

    point: np.ndarray
    value: float
    kind: Kind
    eigenvalues: np.ndarray
    eigenvectors: np.ndarray


class Search(NamedTuple):
    """What a search for critical points found.

    Attributes:
        found: distinct critical points, by rising value.
        lost: how many starts led nowhere.
    """

    found: tuple[CriticalPoint, ...]
    lost: int


def classify(eigenvalues: ArrayLike, *, negligible: float | None = None) -> Kind:
    r"""Tell the kind of a critical point from the eigenvalues of its Hessian.

    Along an eigenvector $q_i$ the function is $f + \tfrac12\lambda_it^2 + O(t^3)$: signs decide, and a zero
    decides nothing. Two opposite signs make a saddle whatever the others are.

    Args:
        eigenvalues: shape (n,).
        negligible: what is smaller in size counts as 0; None for 1e-8 of the largest.

    Example:
        >>> classify([-1.0, 3.0]).value, classify([0.0, 3.0]).value
        ('saddle', 'degenerate')
    """
    values = as_point(eigenvalues, "classify")
    floor = 1e-8 * float(np.abs(values).max()) if negligible is None else negligible
    up, down = (values > floor).any(), (values < -floor).any()
    if up and down:
        return Kind.SADDLE
    if (np.abs(values) <= floor).any():
        return Kind.DEGENERATE
    return Kind.MINIMUM if up else Kind.MAXIMUM


def critical_point(
    f: Function, x: ArrayLike, *, tolerance: float = 1e-6, negligible: float | None = None
) -> CriticalPoint:
    r"""Describe the critical point at x.

    Args:
        f: from a Tensor of shape (n,) to a number.
        x: shape (n,).
        tolerance: on $\lVert\nabla f\rVert$, relative to $\lVert H\rVert_F\,(1 + \lVert x\rVert)$: how far
            away a point without slope can be, which no factor of f changes.
        negligible: curvatures below this count as 0, as in `classify`.

    Raises:
        ValueRangeError: if the gradient is not 0 there.

    Example:
        >>> critical_point(lambda x: x[0] * x[1], [0.0, 0.0]).kind.value
        'saddle'
    """
    x = as_point(x, "critical_point")
    value, gradient = value_and_gradient(f, x, "critical_point")
    curvature = hessian(f, x).numpy()
    curvature = as_finite(curvature, "critical_point expects the Hessian to hold", "move the point")
    slope = float(np.linalg.norm(gradient))
    if slope > tolerance * float(np.linalg.norm(curvature)) * (1 + float(np.linalg.norm(x))):
        raise ValueRangeError(
            f"critical_point expects a gradient of 0, got one of length {slope:.3g} at {x}: "
            "find one with critical_points"
        )
    values, vectors = eigh_jacobi(curvature)
    return CriticalPoint(x, value, classify(values, negligible=negligible), values, vectors)


def critical_points(
    f: Function, starts: Iterable[ArrayLike], *, apart: float = 1e-4, max_steps: int = 100
) -> Search:
    r"""Look for critical points by Newton's method on $\nabla f = 0$ from many starts.

    Newton's method is drawn to saddles and maxima as much as to minima, which is what is wanted here. It
    finds what its starts lead to: there is no promise that this is all. What counts as zero, of slopes and of
    curvatures, goes by the largest curvature at a start. A slope that is small only because f flattens out
    towards infinity is no find: beside the curvature there it is not small.

    Args:
        f: from a Tensor of shape (n,) to a number.
        starts: points, shape (n,) each.
        apart: two finds nearer than this are one.
        max_steps: bound for each start.

    Returns:
        Search(found, lost).

    Example:
        >>> double_well = lambda x: x[0] * x[0] * (x[0] * x[0] - 2) + x[1] * x[1]
        >>> search = critical_points(double_well, [[-2.0, 1.0], [0.1, 1.0], [2.0, 1.0]])
        >>> [f"{one.kind} at {abs(one.point[0]):.0f}" for one in search.found]
        ['minimum at 1', 'minimum at 1', 'saddle at 0']
    """
    slope = grad(f)
    points = [as_point(start, "critical_points") for start in starts]
    size = max((float(np.linalg.norm(hessian(f, x).numpy())) for x in points), default=0.0)
    found: list[CriticalPoint] = []
    lost = 0
    for start in points:
        try:
            path = newton(slope, start, tolerance=1e-13 * (size or 1), max_steps=max_steps, damped=True).path
        except (ConvergenceError, SingularError):
            lost += 1
            continue
        try:
            here = critical_point(f, path[-1], tolerance=apart, negligible=1e-5 * size)
        except ValueRangeError:
            lost += 1
            continue
        if all(np.linalg.norm(here.point - other.point) > apart for other in found):
            found.append(here)
    return Search(tuple(sorted(found, key=lambda one: (one.value, *one.point))), lost)
