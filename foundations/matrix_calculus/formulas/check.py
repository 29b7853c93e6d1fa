"""Hold the typeset formulas of a row to its code, at a random point.

The letters of the formulas are the row's arguments, its value, their changes and gradients. What else there
is, the row's text defines ("with $r=b-Ax$"), or `letters` says it. Then every equation must hold: the
function's, the differential's with the change that the code computes, each gradient's with the code's.
"""

from __future__ import annotations

import inspect
import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from foundations.errors import FoundationsError
from foundations.matrix_calculus.formulas.evaluate import Scope, UnknownLetterError, elastic, evaluate, free
from foundations.matrix_calculus.formulas.grammar import FormulaSyntaxError, parse
from foundations.matrix_calculus.formulas.letters import SYMMETRIC_GRADIENT, letters_of, renamed
from foundations.matrix_calculus.formulas.trees import (
    Group,
    Node,
    Number,
    Power,
    Product,
    Relation,
    Symbol,
    walk,
)
from foundations.matrix_calculus.formulas.values import FormulaValueError, column
from foundations.matrix_calculus.row import Row
from foundations.matrix_calculus.spaces import symmetrise

TOLERANCE = 1e-8
"""The largest relative difference between the two sides of an equation."""

ONLY_IN_WORDS = {
    r"F_{ij}=1/(\lambda_j-\lambda_i)": "off the diagonal",
    "a=b": "a special case",
    "p=1": "a special case",
    r"t_i=\pm1": "two values, not one",
    r"\varphi=\sin": "an example",
    r"\bar A=\bar f A^{-1}": "for a symmetric A",
}
"""Equations in the text of a row that hold under the condition that the words beside them name."""


class FormulaMismatchError(FoundationsError, AssertionError):
    """Raise when a typeset formula does not say what the code of its row computes."""


def check_formulas(slug: str, row: Row, rng: np.random.Generator) -> int:
    """Hold the formulas of a row to its code, at a random point.

    Args:
        slug: The row's name in the table.
        row: The row.
        rng: Source of the point, the changes and the gradient of the value.

    Returns:
        How many equations were held to the code.

    Raises:
        FormulaMismatchError: A formula is in no grammar, uses a letter that nothing explains, or is wrong.

    Example:
        >>> from foundations.matrix_calculus import TABLE
        >>> check_formulas("matrix-product", TABLE["matrix-product"], np.random.default_rng(0))
        4
    """
    known = _known(row, rng, symmetric=slug in SYMMETRIC_GRADIENT)
    scope = Scope(letters_of(slug, known))
    waiting: list[Node] = []
    for formula in (*_told(row.about), *row.formulas):
        try:
            waiting += parse(formula)
        except FormulaSyntaxError as error:
            raise FormulaMismatchError(f"{row.name}: {error}") from error
    if lost := [one for one in waiting if not isinstance(one, Relation)]:
        raise FormulaMismatchError(f"{row.name}: {_shown(lost[0])} is no equation: write one")
    letters = {node.name for one in waiting for node in walk(one) if isinstance(node, Symbol)}
    for name in known:
        if " " in name and not {renamed(slug, name), renamed(slug, name).lower()} & letters:
            raise FormulaMismatchError(f"{row.name}: no formula has {name}: add one")
    scope, equations = _defined(waiting, scope)
    for equation in equations:
        _hold(row.name, equation, scope)
    return len(equations)


def _hold(name: str, equation: Relation, scope: Scope) -> None:
    if len(set(equation.parts)) < len(equation.parts):
        raise FormulaMismatchError(f"{name}: {_shown(equation)} says the same twice: correct it")
    try:
        difference = _difference(equation, scope)
    except (UnknownLetterError, ValueError) as error:
        raise FormulaMismatchError(f"{name}: no value for {_shown(equation)}: {error}") from error
    if not difference <= TOLERANCE:
        raise FormulaMismatchError(
            f"{name}: the sides of {_shown(equation)} differ by {difference:.1e}, "
            f"expected at most {TOLERANCE:.0e}: correct the formula"
        )


def _known(row: Row, rng: np.random.Generator, *, symmetric: bool) -> dict[str, Any]:
    """Return what the code computes at a random point, by letter: `X`, `d X`, `bar X`."""
    xs = row.sample(rng)
    value_name, *names = list(inspect.signature(row.vjp).parameters)[1:]
    moving = [i for i, x in enumerate(xs) if isinstance(x, np.ndarray) and x.dtype.kind == "f"]
    changes = [rng.standard_normal(xs[i].shape) for i in moving]
    changes = [row.spaces[i](dx) if i in row.spaces else dx for i, dx in zip(moving, changes, strict=True)]
    y = np.asarray(row.value(*xs))
    g = rng.standard_normal(y.shape)
    g = symmetrise(g) if symmetric else g
    pulled = row.vjp(g, y, *xs)
    pulled = pulled if isinstance(pulled, tuple) else (pulled,)
    known: dict[str, Any] = dict(zip(names, xs, strict=True))
    known |= {value_name: y, f"bar {value_name}": g, f"d {value_name}": row.differential(*xs, *changes)}
    for i, dx, gradient in zip(moving, changes, pulled, strict=True):
        known |= {f"d {names[i]}": dx, f"bar {names[i]}": gradient}
    return known


def _told(about: str) -> list[str]:
    """Return the equations in the text of a row that must hold."""
    formulas = re.findall(r"\$([^$]+)\$", about)
    return [formula for formula in formulas if "=" in formula and formula not in ONLY_IN_WORDS]


def _defined(waiting: list[Node], scope: Scope) -> tuple[Scope, list[Relation]]:
    """Return the scope with the letters that equations define, and the equations that are left."""
    relations = [one for one in waiting if isinstance(one, Relation)]
    while True:
        for position, relation in enumerate(relations):
            if (made := _definition(relation, scope)) is not None:
                scope = Scope({**scope.letters, **made})
                del relations[position]
                break
        else:
            return scope, relations


def _definition(relation: Relation, scope: Scope) -> dict[str, Any] | None:
    """Return the letter that an equation defines, with its value; None if it defines none as yet."""
    left, right = relation.parts[0], relation.parts[-1]
    try:
        match left:
            case Symbol(name) if name not in scope.letters:
                return {name: _one_value(right, scope)}
            case Power(Symbol(name), Number(2)) if name not in scope.letters:
                return {name: np.sqrt(_one_value(right, scope))}
            case Product((Symbol(name), Group((Symbol(variable),)))) if name not in scope.letters:
                return {name: _by_elements(right, variable, scope)}
    except (UnknownLetterError, ValueError):
        return None
    return None


def _by_elements(body: Node, variable: str, scope: Scope) -> Callable[[np.ndarray], np.ndarray]:
    """Return the function of a number that a formula defines, applied to every element."""

    def function(x: np.ndarray) -> np.ndarray:
        each = [evaluate(body, Scope({**scope.letters, variable: column(one)})).item() for one in x.flat]
        return np.array(each).reshape(x.shape)

    return function


def _one_value(node: Node, scope: Scope) -> Any:
    found = [evaluate(node, sized) for sized in _sized(node, scope) if _fits(node, sized)]
    if len(found) != 1:
        raise FormulaValueError(f"{len(found)} sizes of I and of ones fit, expected one")
    return found[0]


def _fits(node: Node, scope: Scope) -> bool:
    try:
        evaluate(node, scope)
    except ValueError:
        return False
    return True


def _sized(node: Node, scope: Scope) -> Iterator[Scope]:
    """Yield the scope with every choice of sizes for the identities and the ones of a formula."""
    stretched = elastic(node, scope)
    shapes = [value.shape for value in scope.letters.values() if isinstance(value, np.ndarray)]
    known = sorted({size for shape in shapes for size in shape[-2:] if size > 1}) or [2]
    for sizes in itertools.product(known, repeat=len(stretched)):
        yield Scope(scope.letters, scope.indices, dict(zip(map(id, stretched), sizes, strict=True)))


def _difference(equation: Relation, scope: Scope) -> float:
    """Return the largest relative difference between the sides, over the sizes that fit and all free indices.

    Raises:
        FormulaValueError: No sizes fit.
    """
    found, why = [], ""
    for sized in _sized(equation, scope):
        try:
            found.append(_largest(equation, sized))
        except ValueError as error:  # of ours, or NumPy's for shapes that do not fit
            why = str(error)
    if not found:
        raise FormulaValueError(why)
    return min(found)


def _largest(equation: Relation, scope: Scope) -> float:
    runs = free(equation, scope)
    sides: list[list[np.ndarray]] = [[] for _ in equation.parts]
    for at in itertools.product(*runs.values()):
        inner = scope.at(**dict(zip(runs, at, strict=True)))
        for side, part in zip(sides, equation.parts, strict=True):
            side.append(evaluate(part, inner))
    first = sides[0]
    distances = []
    for side in sides[1:]:
        for a, b in zip(first, side, strict=True):
            if a.shape != b.shape:
                raise FormulaValueError(f"shapes {a.shape} and {b.shape} on the two sides")
        distances.append(_length([a - b for a, b in zip(first, side, strict=True)]))
    return float(np.max(distances)) / max(_length(first), np.finfo(float).tiny)  # NaN stays NaN


def _length(arrays: list[np.ndarray]) -> float:
    return float(np.sqrt(sum(np.square(one).sum() for one in arrays)))


def _shown(node: Node) -> str:
    """Return a formula in a short form for messages."""
    match node:
        case Relation(parts, sign):
            return f" {sign} ".join(_shown(part) for part in parts)
        case Symbol(name):
            return name
        case _:
            return "…"
