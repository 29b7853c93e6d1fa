"""Derivatives from values: forward and central differences, the complex step, and second differences.

Each takes a function from points of shape (n,) to a number or an array and returns one derivative for each
coordinate, in the last axis: the gradient of a number, the Jacobian of a vector.
"""

from __future__ import annotations

import warnings

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

COMPLEX_STEP = 1e-20  # its square, the truncation error, vanishes beside 1


def forward_difference(f: Function, x: ArrayLike, step: float | None = None) -> np.ndarray:
    r"""Estimate derivatives by $(f(x + h e_j) - f(x))/h$: n + 1 values, error $O(h) + O(\varepsilon/h)$.

    Args:
        f: from a point, shape (n,), to a number or an array.
        x: shape (n,).
        step: $h$, the same for all coordinates; None for $\sqrt\varepsilon\,\max(1, |x_j|)$.

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
    columns = []
    for j, h in enumerate(steps):
        ahead, h = _moved(x, j, h)
        columns.append((value_at(f, ahead, "forward_difference") - start) / h)
    return np.stack(columns, axis=-1)


def central_difference(f: Function, x: ArrayLike, step: float | None = None) -> np.ndarray:
    r"""Estimate derivatives by $(f(x + h e_j) - f(x - h e_j))/2h$: 2n values, $O(h^2) + O(\varepsilon/h)$.

    Args:
        f: from a point, shape (n,), to a number or an array.
        x: shape (n,).
        step: $h$, the same for all coordinates; None for $\varepsilon^{1/3}\max(1, |x_j|)$.

    Returns:
        Shape (*f(x).shape, n).

    Raises:
        ShapeError, DTypeError, ValueRangeError: if the point, the step or a value of f is unfit.

    Example:
        >>> central_difference(lambda x: x[0] * x[0] * x[1], [2.0, 3.0], step=0.5)
        array([12.,  4.])
    """
    x, steps = _start(x, step, EPS ** (1 / 3), "central_difference")
    columns = []
    for j, h in enumerate(steps):
        (ahead, right), (behind, left) = _moved(x, j, h), _moved(x, j, -h)
        change = value_at(f, ahead, "central_difference") - value_at(f, behind, "central_difference")
        columns.append(change / (right - left))
    return np.stack(columns, axis=-1)


def complex_step(f: Function, x: ArrayLike, step: float = COMPLEX_STEP) -> np.ndarray:
    r"""Compute derivatives by $\operatorname{Im} f(x + ih e_j)/h$: nothing is subtracted, so h can be tiny.

    f has to be analytic and to be computed so: arithmetic, exp, sin and their like are; abs, max, real, conj
    and comparisons are not. One central difference, along the diagonal, tells whether it was.

    Args:
        f: from a point, shape (n,), real or complex, to a number or an array.
        x: shape (n,).
        step: $h$.

    Returns:
        Shape (*f(x).shape, n).

    Raises:
        DTypeError: if f refuses complex numbers or returns real ones.
        ValueRangeError: if the result disagrees with a central difference.

    Example:
        >>> complex_step(lambda x: np.exp(x[0]) * x[1], [0.0, 3.0])
        array([3., 1.])

    Source: Squire & Trapp 1998.
    """
    x, (step, *_) = _start(x, step, COMPLEX_STEP, "complex_step")
    columns = []
    for j in range(x.size):
        z = x.astype(np.complex128)
        z[j] += 1j * step
        columns.append(np.imag(_complex_value(f, z)) / step)
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
        step: $h$, the same for all coordinates; None for $\varepsilon^{1/4}\max(1, |x_j|)$.

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

    along = np.diag([_moved(x, j, h)[1] for j, h in enumerate(steps)])  # row j is a = h_j e_j
    hessian = np.empty((x.size, x.size))
    start = at()
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
    lost = (x + steps == x) & (caller != "complex_step")
    if lost.any():
        j = int(np.argmax(lost))
        raise ValueRangeError(
            f"{caller} expects a step that moves the point, got {steps[j]:g} beside x[{j}] = {x[j]:g}: "
            f"take {EPS * abs(x[j]):.1g} or more"
        )
    return x, steps


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
    """Compare with a central difference along a direction that no symmetry of f singles out."""
    v = np.sqrt(2.0 + np.arange(x.size)) / np.sqrt(x.size)

    def along(t: np.ndarray) -> np.ndarray:
        return value_at(f, x + t[0] * v, "complex_step")

    h = EPS ** (1 / 2) * max(1.0, float(np.abs(x).max()))
    expected = central_difference(along, [0.0], h)[..., 0]
    got = np.imag(_complex_value(f, x + 1j * COMPLEX_STEP * v)) / COMPLEX_STEP
    scale = np.abs(got) + np.abs(along(np.zeros(1))) + 1e-300
    worst = float((np.abs(expected - got) / scale).max(initial=0.0))
    if not worst <= 1e-4:
        raise ValueRangeError(
            f"complex_step expects an analytic function, got a derivative that is off by {worst:.1g} of its "
            "size: abs, max, real, conj or a comparison in f? use central_difference"
        )
