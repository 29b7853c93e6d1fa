"""One result of matrix calculus, in formulas and in code, and the check that the two say the same.

A row has a function, its differential (the Jacobian times a small change) and its VJP (the transposed
Jacobian times a gradient). `check` holds them to each other, to finite differences and to the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from foundations.autodiff import GradientMismatchError, vjp
from foundations.autodiff.tensor import values

Projection = Callable[[np.ndarray], np.ndarray]

TOLERANCE = 1e-8
"""The largest relative error that `check` and `verify` accept, in float64."""

STEP = 1e-3
"""Step of the finite differences along a direction of length 1: their error is about STEP^4."""


@dataclass(frozen=True)
class Row:
    """One result.

    Arguments that are plain numbers or arrays of integers (an exponent, labels) are constants. Of the code,
    `value(*xs)`, `differential(*xs, *dxs)` and `vjp(g, y, *xs)` are NumPy; `engine(*xs)` is the same function
    in the engine's operations, in another way where there is one.

    Attributes:
        name: What it is called: its heading, and what it is found by.
        about: What the letters are, with shapes and conditions; Markdown.
        formulas: The function, its differential, and its VJP for every argument; LaTeX.
        value: The function.
        differential: Its change, to first order, when the arguments change by dxs.
        vjp: Gradients with respect to the arguments, given g with respect to the value y; one, or a tuple.
        engine: The function as the engine computes it.
        sample: Draws arguments to check it at.
        derived: Anchor of the section of the notes that derives it.
        sources: Keys of the bibliography.
        spaces: For an argument that is structured (symmetric, triangular): what projects onto its space.
    """

    name: str
    about: str
    formulas: tuple[str, ...]
    value: Callable[..., Any]
    differential: Callable[..., Any]
    vjp: Callable[..., Any]
    engine: Callable[..., Any]
    sample: Callable[[np.random.Generator], tuple[Any, ...]]
    derived: str
    sources: tuple[str, ...] = ()
    spaces: Mapping[int, Projection] = field(default_factory=dict)


@dataclass(frozen=True)
class Errors:
    """Relative errors of one check, each divided by the size of the derivative.

    Attributes:
        differences: Of the differential against finite differences, in a random direction.
        adjoint: Between <g, dy> and <x_bar, dx>: differential and VJP are transposes of each other.
        engine: Of the VJP against the engine's.
    """

    differences: float
    adjoint: float
    engine: float

    @property
    def worst(self) -> float:
        """The largest of them; not a number if one is."""
        return float(np.max([self.differences, self.adjoint, self.engine]))


def check(row: Row, rng: np.random.Generator) -> Errors:
    """Hold a row to finite differences and to the engine, at a random point.

    Along a random direction dx of length 1, the differential must be what a five-point difference of the
    value gives; its product with a random g must be that of the VJP with dx; and the VJP must be the
    engine's, whose value must be the row's. Structured arguments move within their space.

    Args:
        row: The result.
        rng: Source of point, direction and g.

    Returns:
        The errors, all at most `TOLERANCE`.

    Raises:
        GradientMismatchError: If one is larger, or a shape is wrong.

    Example:
        >>> from foundations.matrix_calculus import TABLE
        >>> check(TABLE["log-determinant"], np.random.default_rng(0)).worst < 1e-8
        True
    """
    xs = row.sample(rng)
    y = np.asarray(row.value(*xs))
    _agree(row.name, "the engine's value", values(row.engine(*xs)), y)
    errors = _errors(
        row.name, row.value, row.engine, row.vjp, xs, rng, row.spaces, differential=row.differential
    )
    return _accept(row.name, errors)


def verify(
    function: Callable[..., Any],
    pull: Callable[..., Any],
    *xs: Any,
    rng: np.random.Generator,
    spaces: Mapping[int, Projection] | None = None,
) -> Errors:
    """Hold a VJP derived by hand to the engine's, and to finite differences in a random direction.

    Args:
        function: Written in the engine's operations, which take arrays and Tensors alike.
        pull: `pull(g, y, *xs)`: the gradient with respect to the argument, or a tuple of one for each.
        xs: Point; arrays of floats are differentiated, plain numbers and arrays of integers are constants.
        rng: Source of the direction and of g.
        spaces: For the index of a structured argument: what projects onto its space.

    Returns:
        The errors, all at most `TOLERANCE`.

    Raises:
        GradientMismatchError: If one is larger, or a shape is wrong.

    Example:
        >>> A, rng = np.array([[2.0, 1.0], [0.0, 3.0]]), np.random.default_rng(0)
        >>> verify(lambda A: A @ A, lambda g, y, A: g @ A.T + A.T @ g, A, rng=rng).worst < 1e-8
        True
    """
    return _accept("the VJP", _errors("the VJP", function, function, pull, xs, rng, spaces or {}))


def slope(function: Callable[..., Any], xs: tuple[Any, ...], dxs: tuple[np.ndarray, ...]) -> np.ndarray:
    """Return the derivative of a function along a direction, by a five-point difference.

    (f(x - 2h) - 8 f(x - h) + 8 f(x + h) - f(x + 2h)) / 12h, which is exact for polynomials of degree 4.

    Args:
        function: Of arrays or Tensors.
        xs: Point.
        dxs: Direction, for the arguments that are not constants.

    Returns:
        Shape of the value.
    """
    moving = _moving(xs)

    def at(step: float) -> np.ndarray:
        moved = list(xs)
        for i, dx in zip(moving, dxs, strict=True):
            moved[i] = xs[i] + step * dx
        return np.asarray(values(function(*moved)))

    return (at(-2 * STEP) - 8 * at(-STEP) + 8 * at(STEP) - at(2 * STEP)) / (12 * STEP)


def _moving(xs: tuple[Any, ...]) -> list[int]:
    """Return which arguments are differentiated: arrays of floats."""
    return [i for i, x in enumerate(xs) if isinstance(x, np.ndarray) and x.dtype.kind == "f"]


def _errors(
    name: str,
    value: Callable[..., Any],
    engine: Callable[..., Any],
    pull: Callable[..., Any],
    xs: tuple[Any, ...],
    rng: np.random.Generator,
    spaces: Mapping[int, Projection],
    *,
    differential: Callable[..., Any] | None = None,
) -> Errors:
    moving = _moving(xs)
    dxs = [rng.standard_normal(xs[i].shape) for i in moving]
    dxs = [spaces[i](dx) if i in spaces else dx for i, dx in zip(moving, dxs, strict=True)]
    length = _norm(dxs)
    dxs = tuple(dx / length for dx in dxs)

    y = np.asarray(values(value(*xs)))
    g = rng.standard_normal(y.shape)
    pulled = pull(g, y, *xs)
    pulled = pulled if isinstance(pulled, tuple) else (pulled,)
    _shapes(name, "VJP", pulled, [xs[i].shape for i in moving])

    differences = slope(value, xs, dxs)
    dy = differences if differential is None else np.asarray(differential(*xs, *dxs))
    _shapes(name, "differential", (dy,), [y.shape])

    size = max(_norm([dy]), _norm(pulled) / _norm([g]), np.finfo(float).tiny)
    adjoint = float((g * dy).sum()) - sum(float((a * b).sum()) for a, b in zip(pulled, dxs, strict=True))
    return Errors(
        differences=_norm([differences - dy]) / size,
        adjoint=abs(adjoint) / (size * _norm([g])),
        engine=_from_engine(engine, g, xs, moving, pulled, spaces) / (size * _norm([g])),
    )


def _from_engine(
    engine: Callable[..., Any],
    g: np.ndarray,
    xs: tuple[Any, ...],
    moving: list[int],
    pulled: tuple[np.ndarray, ...],
    spaces: Mapping[int, Projection],
) -> float:
    """Return the distance of a VJP from the engine's, both within the space of each argument."""

    def function(*tensors: Any) -> Any:
        arguments = list(xs)
        for i, tensor in zip(moving, tensors, strict=True):
            arguments[i] = tensor
        return engine(*arguments)

    gradients = [x.numpy() for x in vjp(function, *(xs[i] for i in moving))[1](g)]
    gradients = [spaces[i](x) if i in spaces else x for i, x in zip(moving, gradients, strict=True)]
    return _norm([a - b for a, b in zip(pulled, gradients, strict=True)])


def _norm(arrays: Any) -> float:
    return float(np.sqrt(sum(np.square(a).sum() for a in arrays)))


def _shapes(name: str, what: str, arrays: tuple[Any, ...], shapes: list[tuple[int, ...]]) -> None:
    got = [np.shape(a) for a in arrays]
    if got != shapes:
        raise GradientMismatchError(f"{name}: the {what} has shapes {got}, expected {shapes}: correct it")


def _agree(name: str, what: str, got: Any, want: np.ndarray) -> None:
    if np.shape(got) != want.shape or not _norm([got - want]) <= TOLERANCE * max(1.0, _norm([want])):
        raise GradientMismatchError(f"{name}: {what} is not that of the row: correct one of the two")


def _accept(name: str, errors: Errors) -> Errors:
    if not errors.worst <= TOLERANCE:  # NaN fails too
        raise GradientMismatchError(
            f"{name}: relative errors of {errors.differences:.1e} against finite differences, "
            f"{errors.adjoint:.1e} between differential and VJP, {errors.engine:.1e} against the engine, "
            f"expected at most {TOLERANCE:.0e}: correct the formula"
        )
    return errors
