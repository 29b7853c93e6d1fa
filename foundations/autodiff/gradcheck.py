"""Check derivatives against finite differences, in random directions and element by element.

In one random direction v, the change of a random combination u . f of the outputs must be u^T J v. One
evaluation on either side checks the whole Jacobian with probability one; only when it disagrees is the
element at fault looked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from foundations.autodiff.gradients import gradients
from foundations.autodiff.recording import enable_grad
from foundations.autodiff.tensor import Tensor
from foundations.errors import DTypeError, FoundationsError


class GradientMismatchError(FoundationsError, AssertionError):
    """Raise when an analytic derivative disagrees with the finite difference."""


def gradcheck(
    f: Callable[..., Any],
    *xs: Any,
    rng: np.random.Generator,
    order: int = 1,
    eps: float = 1e-5,
    rtol: float = 1e-5,
    atol: float = 1e-7,
) -> None:
    """Check the derivatives of f at a point, in float64.

    The central difference (u.f(x + h v) - u.f(x - h v)) / 2h is compared with u^T J v, for a random u and a
    random v per argument. With `order=2` the gradient itself is checked as a function in the same way, which
    tests the derivative of the derivative; and an ordinary pass must give the gradient of a recorded one,
    which holds a fused kernel to its definition.

    Args:
        f: Function of Tensors that returns a Tensor of any shape.
        xs: Points; each is taken as float64. All are differentiated.
        rng: Source of the directions.
        order: 1 for first derivatives, 2 for second derivatives too.
        eps: Step h of the difference.
        rtol: Relative tolerance. The difference itself errs by about h^2 f''' + 1e-16 f / h.
        atol: Absolute tolerance.

    Raises:
        GradientMismatchError: Naming the argument and the index that disagree most.
        DTypeError: If f does not stay in float64.

    Example:
        >>> from foundations.autodiff import ops
        >>> rng = np.random.default_rng(0)
        >>> gradcheck(lambda x: ops.exp(x * x), np.array([0.3, -1.0]), rng=rng, order=2)
    """
    points = [np.array(x.data if isinstance(x, Tensor) else x, dtype=np.float64) for x in xs]
    u = rng.standard_normal(np.shape(_value(f, points)))
    first = _check(lambda *vs: (f(*vs) * u).sum(), points, rng, eps, rtol, atol, "derivative")
    if order >= 2:
        ws = [rng.standard_normal(p.shape) for p in points]

        def recorded(*vs: Tensor) -> tuple[Tensor, ...]:
            return gradients((f(*vs) * u).sum(), vs, create_graph=True, allow_unused=True)

        def slope(*vs: Tensor) -> Tensor:
            terms = [(g * w).sum() for g, w in zip(recorded(*vs), ws, strict=True)]
            return sum(terms[1:], start=terms[0])

        with enable_grad():
            second = [g.data for g in recorded(*_variables(points))]
        _compare_ways(first, second, rtol, atol)
        _check(slope, points, rng, eps, rtol, atol, "second derivative")


def _variables(points: Sequence[np.ndarray]) -> list[Tensor]:
    return [Tensor(p, requires_grad=True) for p in points]


def _compare_ways(
    arrays: Sequence[np.ndarray], tensors: Sequence[np.ndarray], rtol: float, atol: float
) -> None:
    """Hold the gradient of an ordinary pass (a kernel's) to that of a recorded one (the definition's)."""
    for i, (plain, recorded) in enumerate(zip(arrays, tensors, strict=True)):
        off = np.abs(plain - recorded)
        if not (off <= atol + rtol * np.abs(plain)).all():
            worst = np.unravel_index(np.argmax(off), off.shape)
            raise GradientMismatchError(
                f"the derivative with respect to argument {i} depends on the way: at index "
                f"{[int(j) for j in worst]} it is {plain[worst]:.6g} in an ordinary pass and "
                f"{recorded[worst]:.6g} under create_graph: make the definition agree with the kernel"
            )


def _value(f: Callable[..., Any], points: Sequence[np.ndarray]) -> np.ndarray:
    with enable_grad():
        y = f(*_variables(points))
    if not isinstance(y, Tensor):
        raise DTypeError(
            f"gradients are checked of functions that return a Tensor, got {type(y).__name__}: "
            "compute it with the functions of foundations.autodiff"
        )
    if y.dtype != np.float64:
        raise DTypeError(
            f"gradients are checked in float64, but the function returned {y.dtype}: "
            "look for a float32 constant or conversion in it"
        )
    return y.numpy()


def _check(
    f: Callable[..., Tensor],
    points: list[np.ndarray],
    rng: np.random.Generator,
    eps: float,
    rtol: float,
    atol: float,
    what: str,
) -> list[np.ndarray]:
    variables = _variables(points)
    with enable_grad():
        y = f(*variables)
        analytic = (
            [g.numpy() for g in gradients(y, variables, allow_unused=True)]
            if y.requires_grad
            else [np.zeros_like(p) for p in points]
        )
    for i, p in enumerate(points):
        direction = rng.standard_normal(p.shape)

        def along(v: np.ndarray, i: int = i) -> float:
            moved = [*points[:i], points[i] + eps * v, *points[i + 1 :]]
            back = [*points[:i], points[i] - eps * v, *points[i + 1 :]]
            return (float(_value(f, moved)) - float(_value(f, back))) / (2 * eps)

        want, got = along(direction), float((analytic[i] * direction).sum())
        allowed = atol + rtol * max(abs(want), abs(got))
        if not abs(want - got) <= allowed:  # NaN fails too
            raise GradientMismatchError(_locate(along, analytic[i], i, what, want, got))
    return analytic


def _locate(
    along: Callable[[np.ndarray], float], analytic: np.ndarray, i: int, what: str, want: float, got: float
) -> str:
    """Say which element of argument i is furthest from its own finite difference."""
    numeric = np.zeros_like(analytic)
    for index in np.ndindex(analytic.shape):
        unit = np.zeros_like(analytic)
        unit[index] = 1
        numeric[index] = along(unit)
    worst = np.unravel_index(np.argmax(np.abs(numeric - analytic)), analytic.shape)
    place = [int(j) for j in worst]
    return (
        f"the {what} with respect to argument {i} is {got:.6g} along a random direction, expected "
        f"{want:.6g}; "
        f"at index {place} it is {analytic[worst]:.6g}, expected {numeric[worst]:.6g}: correct that VJP"
    )
