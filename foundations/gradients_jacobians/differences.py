"""Derivatives from values: forward and central differences, the complex step, and second differences.

Each takes a function from points of shape (n,) to a number or an array and returns one derivative for each
coordinate, in the last axis: the gradient of a number, the Jacobian of a vector.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from foundations.autodiff import Tensor
from foundations.errors import DTypeError, FoundationsError, ValueRangeError
from foundations.gradients_jacobians.checks import (
    EPS,
    Function,
    as_point,
    as_step,
    number_at,
    value_at,
)
from foundations.gradients_jacobians.extrapolation import slope_along

COMPLEX_STEP = 1e-20  # of the size of a coordinate: its square, the truncation error, vanishes beside 1
SMALLEST_STEP = 1e-290


def forward_difference(f: Function, x: ArrayLike, step: float | None = None) -> np.ndarray:
    r"""Estimate derivatives by $(f(x + h e_j) - f(x))/h$: n + 1 values, error $O(h) + O(\varepsilon/h)$.

    Args:
        f: from a point, shape (n,), to a number or an array.
        x: shape (n,).
        step: $h$, the same for all coordinates; None for $\sqrt\varepsilon\,\max(1, |x_j|)$ or, where
            $|x_j| < 1$ and it errs less, $\sqrt\varepsilon\,|x_j|$, which takes four more values.

    Returns:
        Shape (*f(x).shape, n).

    Raises:
        ShapeError, DTypeError, ValueRangeError: if the point, the step or a value of f is unfit.

    Example:
        >>> forward_difference(lambda x: x[0] * x[1], [2.0, 3.0], step=0.5)
        array([3., 2.])
    """
    x, steps = _start(x, step, EPS ** (1 / 2), "forward_difference")
    start = value_at(f, x, "forward_difference")

    def along(j: int, h: float) -> np.ndarray:
        ahead, h = _moved(x, j, h)
        return (value_at(f, ahead, "forward_difference") - start) / h

    return np.stack(_with_best_steps(along, start, x, steps, chosen=step is not None, order=1), axis=-1)


def central_difference(f: Function, x: ArrayLike, step: float | None = None) -> np.ndarray:
    r"""Estimate derivatives by $(f(x + h e_j) - f(x - h e_j))/2h$: 2n values, $O(h^2) + O(\varepsilon/h)$.

    Args:
        f: from a point, shape (n,), to a number or an array.
        x: shape (n,).
        step: $h$, the same for all coordinates; None for $\varepsilon^{1/3}\max(1, |x_j|)$ or, where
            $|x_j| < 1$ and it errs less, $\varepsilon^{1/3}|x_j|$, which takes six more values.

    Returns:
        Shape (*f(x).shape, n).

    Raises:
        ShapeError, DTypeError, ValueRangeError: if the point, the step or a value of f is unfit.

    Example:
        >>> central_difference(lambda x: x[0] * x[0] * x[1], [2.0, 3.0], step=0.5)
        array([12.,  4.])
    """
    x, steps = _start(x, step, EPS ** (1 / 3), "central_difference")

    def along(j: int, h: float) -> np.ndarray:
        (ahead, right), (behind, left) = _moved(x, j, h), _moved(x, j, -h)
        change = value_at(f, ahead, "central_difference") - value_at(f, behind, "central_difference")
        return change / (right - left)

    start = None if step is not None else value_at(f, x, "central_difference")
    return np.stack(_with_best_steps(along, start, x, steps, chosen=step is not None, order=1), axis=-1)


def complex_step(f: Function, x: ArrayLike, step: float | None = None) -> np.ndarray:
    r"""Compute derivatives by $\operatorname{Im} f(x + ih e_j)/h$: nothing is subtracted, so h can be tiny.

    f has to be analytic and to be computed so: arithmetic, exp, sin and their like are; abs, max, real, conj
    and comparisons are not. Differences of values along one direction, extrapolated, tell whether it was:
    the two must agree within what the differences can tell.

    Args:
        f: from a point, shape (n,), real or complex, to a number or an array.
        x: shape (n,).
        step: $h$, the same for all coordinates; None for $10^{-20}|x_j|$, and $10^{-20}$ where $x_j = 0$.

    Returns:
        Shape (*f(x).shape, n).

    Raises:
        DTypeError: if f refuses complex numbers or returns real ones.
        ValueRangeError: if the result disagrees with differences of values.

    Example:
        >>> complex_step(lambda x: np.exp(x[0]) * x[1], [0.0, 3.0])
        array([3., 1.])

    Source: Squire & Trapp 1998.
    """
    x = as_point(x, "complex_step")
    steps = COMPLEX_STEP * _sizes(x) if step is None else np.full(x.size, as_step(step, "complex_step"))
    steps = np.maximum(steps, SMALLEST_STEP)
    columns = []
    for j, h in enumerate(steps):
        z = x.astype(np.complex128)
        z[j] += 1j * h
        columns.append(np.imag(_complex_value(f, z)) / h)
    derivative = np.stack(columns, axis=-1)
    if not np.isfinite(derivative).all():
        raise ValueRangeError("complex_step expects f to stay finite, got NaN or infinity: move the point")
    _check_analytic(f, x)
    return derivative


def second_difference(f: Function, x: ArrayLike, step: float | None = None) -> np.ndarray:
    r"""Estimate the Hessian of a number from values only, error $O(h^2) + O(\varepsilon/h^2)$.

    $H_{jk} \approx [f(x + a + b) - f(x + a - b) - f(x - a + b) + f(x - a - b)]/4h_jh_k$ with
    $a = h_je_j$, $b = h_ke_k$; on the diagonal $[f(x + a) - 2f(x) + f(x - a)]/h_j^2$.

    Args:
        f: from a point, shape (n,), to a number.
        x: shape (n,).
        step: $h$, the same for all coordinates; None for $\varepsilon^{1/4}\max(1, |x_j|)$ or, where
            $|x_j| < 1$ and it errs less, $\varepsilon^{1/4}|x_j|$.

    Returns:
        Shape (n, n), symmetric.

    Raises:
        ShapeError, DTypeError, ValueRangeError: if the point, the step or a value of f is unfit.

    Example:
        >>> second_difference(lambda x: x[0] * x[0] * x[1], [2.0, 3.0], step=0.5)
        array([[6., 4.],
               [4., 0.]])
    """
    x, steps = _start(x, step, EPS ** (1 / 4), "second_difference")

    def at(*moves: np.ndarray) -> float:
        return number_at(f, x + sum(moves), "second_difference")

    def curvature(j: int, h: float) -> np.ndarray:
        a = np.zeros(x.size)
        a[j] = _moved(x, j, h)[1]
        return np.array((at(a) - 2 * start + at(-a)) / a[j] ** 2)

    start = at()
    if step is None:
        steps = _best_steps(curvature, np.array(start), x, steps, order=2)
    along = np.diag([_moved(x, j, h)[1] for j, h in enumerate(steps)])  # row j is a = h_j e_j
    hessian = np.empty((x.size, x.size))
    for j, a in enumerate(along):
        hessian[j, j] = (at(a) - 2 * start + at(-a)) / a[j] ** 2
        for k, b in enumerate(along[:j]):
            change = at(a, b) - at(a, -b) - at(-a, b) + at(-a, -b)
            hessian[j, k] = hessian[k, j] = change / (4 * a[j] * b[k])
    return hessian


def _start(x: ArrayLike, step: float | None, best: float, caller: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the point and a step for each coordinate."""
    x = as_point(x, caller)
    steps = best * np.maximum(1, np.abs(x)) if step is None else np.full(x.size, as_step(step, caller))
    lost = x + steps == x
    if lost.any():
        j = int(np.argmax(lost))
        raise ValueRangeError(
            f"{caller} expects a step that moves the point, got {steps[j]:g} beside x[{j}] = {x[j]:g}: "
            f"take {EPS * abs(x[j]):.1g} or more"
        )
    return x, steps


def _sizes(x: np.ndarray) -> np.ndarray:
    """Return |x_j|, and 1 where it is 0: the steps that a coordinate can take."""
    return np.where(x != 0, np.abs(x), 1.0)


def _with_best_steps(
    along: Callable[[int, float], np.ndarray],
    start: np.ndarray | None,
    x: np.ndarray,
    steps: np.ndarray,
    *,
    chosen: bool,
    order: int,
) -> list[np.ndarray]:
    """Return the quotient of every coordinate, with the given steps or the better of two."""
    if not chosen and start is not None:
        steps = _best_steps(along, start, x, steps, order=order)
    return [along(j, h) for j, h in enumerate(steps)]


def _best_steps(
    along: Callable[[int, float], np.ndarray],
    start: np.ndarray,
    x: np.ndarray,
    steps: np.ndarray,
    *,
    order: int,
) -> np.ndarray:
    """Return for every coordinate below 1 the long step, or a short one in proportion to the coordinate.

    f may vary over lengths of 1 or of |x_j|, and only its values tell which. The estimate of the error is
    what halving the step changes, and the rounding of the values over the step.
    """
    best = steps.copy()
    for j in np.flatnonzero((np.abs(x) < 1) & (x != 0)).tolist():
        short = steps[j] * abs(x[j])
        errors = []
        for h in (steps[j], short):
            try:
                with np.errstate(all="ignore"):
                    quotient, halved = along(j, h), along(j, h / 2)
            except (ValueError, ArithmeticError):
                errors.append(np.inf)
                continue
            noise = EPS * float(np.abs(start).max(initial=0.0)) / h**order
            errors.append(float(np.abs(quotient - halved).max(initial=0.0)) + noise)
        if x[j] + short / 2 != x[j] and errors[1] < errors[0]:
            best[j] = short
    return best


def _moved(x: np.ndarray, j: int, h: float) -> tuple[np.ndarray, float]:
    """Return the point moved along axis j, and by how much it really moved: x + h is rounded."""
    moved = x.copy()
    moved[j] += h
    return moved, float(moved[j] - x[j])


def _complex_value(f: Function, z: np.ndarray) -> np.ndarray:
    remedy = "use central_difference, or write f with arithmetic, exp, sin and their like"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "error", np.exceptions.ComplexWarning
            )  # float(z), or z put into a real array
            y = f(z)
    except (TypeError, FoundationsError, np.exceptions.ComplexWarning) as error:
        raise DTypeError(f"complex_step expects f to take complex numbers, got {error}: {remedy}") from error
    if isinstance(y, Tensor) or np.asarray(y).dtype.kind != "c":
        kind = y.dtype if isinstance(y, Tensor) else np.asarray(y).dtype
        raise DTypeError(f"complex_step expects f to keep the imaginary part, got {kind} from it: {remedy}")
    return np.asarray(y)


def _check_analytic(f: Function, x: np.ndarray) -> None:
    """Compare with differences of values along a direction that no symmetry of f singles out."""
    v = np.maximum(
        _sizes(x) * np.sqrt(2.0 + np.arange(x.size)) / np.sqrt(2.0 + x.size), SMALLEST_STEP / COMPLEX_STEP
    )
    expected, error = slope_along(f, x, v, "complex_step")
    got = np.imag(_complex_value(f, x + 1j * COMPLEX_STEP * v)) / COMPLEX_STEP
    excess = np.abs(expected - got) - 10 * error - 1e-6 * np.maximum(np.abs(got), np.abs(expected))
    if excess.size and not excess.max() <= 0:
        worst = int(np.argmax(excess))
        raise ValueRangeError(
            f"complex_step expects an analytic function, got a slope of {got.ravel()[worst]:.6g} where "
            f"values say {expected.ravel()[worst]:.6g}: abs, max, real, conj or a comparison in f? use "
            "central_difference"
        )
