"""Compute a formula with numbers: its letters are given, sums and free indices run over what fits."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np

from foundations.matrix_calculus.formulas import values
from foundations.matrix_calculus.formulas.trees import (
    Apply,
    Big,
    Binary,
    Group,
    Index,
    Marked,
    Node,
    Number,
    Power,
    Product,
    Relation,
    Sum,
    Symbol,
    walk,
)
from foundations.matrix_calculus.formulas.values import FormulaValueError, Indexed, column

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(20)
_BINARY: Mapping[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "odot": values.odot,
    "otimes": np.kron,
    "star": values.correlate,
    "/": values.divide,
}


class UnknownLetterError(LookupError):
    """Raise for a letter that stands for nothing."""


@dataclass(frozen=True)
class Scope:
    """What the letters of a formula stand for.

    Attributes:
        letters: By name: an array, a function, an `Indexed`, or a range that an index runs over.
        indices: The whole numbers that indices have just now, from 0.
        sizes: Of each identity matrix and vector of ones, which are as large as fits: by `id` of the node.
    """

    letters: Mapping[str, Any]
    indices: Mapping[str, int] = field(default_factory=dict)
    sizes: Mapping[int, int] = field(default_factory=dict)

    def at(self, **indices: int) -> Scope:
        """Return the scope in which indices have these values."""
        return replace(self, indices={**self.indices, **indices})

    def look_up(self, name: str) -> Any:
        """Return what a letter stands for.

        Raises:
            UnknownLetterError: It stands for nothing.
        """
        if name in self.indices:
            return column(self.indices[name])
        if name in self.letters:
            return self.letters[name]
        if name == "pi":
            return column(np.pi)
        raise UnknownLetterError(name)


def elastic(node: Node, scope: Scope) -> list[Node]:
    """Return the identity matrices and vectors of ones in a formula: what is as large as fits."""
    return [
        one
        for one in walk(node)
        if isinstance(one, Symbol) and one.name in ("I", "ones") and one.name not in scope.letters
    ]


def free(node: Node, scope: Scope) -> dict[str, range]:
    """Return the indices of a formula that nothing sums over, and what they run over."""
    found: dict[str, range] = {}
    for child in node.children():
        found |= free(child, scope)
    if isinstance(node, Big):
        return {name: run for name, run in found.items() if Symbol(name) not in node.over}
    if isinstance(node, Index):
        for place, at in enumerate(node.at):
            for letter in walk(at):
                if isinstance(letter, Symbol) and letter.name not in scope.indices:
                    known = scope.letters.get(letter.name)
                    if isinstance(known, range):
                        found[letter.name] = known
                    elif known is None and letter is at:
                        found[letter.name] = range(_extent(node, place, scope))
    return found


def _extent(node: Index, place: int, scope: Scope) -> int:
    held, _ = _indexed(node, scope)
    if isinstance(held, Indexed):
        return held.sizes[place]
    return held.shape[place - 2]


def _indexed(node: Index, scope: Scope) -> tuple[Any, bool]:
    """Return what an index picks from, and whether rows: x_i is row i of X where x stands for nothing."""
    if not isinstance(node.of, Symbol):
        return evaluate(node.of, scope), False
    name = node.of.name + ("()" if node.grouped else "")
    if name in scope.letters:
        return scope.letters[name], False
    *marks, letter = name.split()
    return scope.look_up(" ".join([*marks, letter.upper()])), True


def evaluate(node: Node, scope: Scope) -> Any:
    """Return the value of a formula: an array of at least two axes, or a function.

    Raises:
        UnknownLetterError: A letter stands for nothing.
        FormulaValueError: Its parts do not fit each other.
    """
    match node:
        case Number(value):
            return column(value)
        case Symbol(name):
            return _symbol(node, name, scope)
        case Group((inside,)):
            return evaluate(inside, scope)
        case Sum(terms, signs):
            parts = [sign * _array(term, scope) for term, sign in zip(terms, signs, strict=True)]
            return _fold(values.total, parts)
        case Product(factors):
            return _product(factors, scope)
        case Binary(operator, left, right):
            return _BINARY[operator](_array(left, scope), _array(right, scope))
        case Power(Symbol("e"), exponent) if "e" not in scope.letters:
            return values.exponential(_array(exponent, scope))
        case Power(base, exponent):
            return values.power(_array(base, scope), _array(exponent, scope))
        case Marked(base, mark):
            return values.mark(_array(base, scope), mark)
        case Index():
            return _element(node, scope)
        case Relation(parts, sign):
            return _relation([_array(part, scope) for part in parts], sign)
        case Apply("norm", (argument, Symbol(kind))) if kind in ("F", "2", r"\ast"):
            return values.norm(_array(argument, scope), kind)
        case Apply("indicator", (relation,)):
            return evaluate(relation, scope)
        case Apply(name, arguments):
            function = scope.letters.get(name) or values.FUNCTIONS.get(name)
            if function is None:
                raise UnknownLetterError(name)
            return _call(name, function, arguments, scope)
        case Big():
            return _big(node, scope)
    raise FormulaValueError(f"{node} has no value")


def _array(node: Node, scope: Scope) -> np.ndarray:
    value = evaluate(node, scope)
    if not isinstance(value, np.ndarray):
        raise FormulaValueError(f"{node} is no matrix")
    return value


def _call(name: Any, function: Callable[..., np.ndarray], arguments: tuple[Node, ...], scope: Scope) -> Any:
    given = [_array(argument, scope) for argument in arguments]
    try:
        return function(*given)
    except TypeError as error:
        raise FormulaValueError(f"{name} does not take {len(given)} arguments") from error


def _symbol(node: Node, name: str, scope: Scope) -> Any:
    if id(node) in scope.sizes:
        size = scope.sizes[id(node)]
        return np.eye(size) if name == "I" else np.ones((size, 1))
    return scope.look_up(name)


def _fold(function: Callable[[np.ndarray, np.ndarray], np.ndarray], parts: list[np.ndarray]) -> np.ndarray:
    if not parts:
        raise FormulaValueError("a sum of nothing")
    result = parts[0]
    for part in parts[1:]:
        result = function(result, part)
    return result


def _product(factors: tuple[Node, ...], scope: Scope) -> np.ndarray:
    """Return a product; a letter that stands for a function is applied to what follows it in parentheses."""
    parts: list[np.ndarray] = []
    waiting = iter(factors)
    for factor in waiting:
        value = evaluate(factor, scope)
        if callable(value):
            group = next(waiting, None)
            if not isinstance(group, Group):
                raise FormulaValueError(f"{factor} is a function without an argument")
            value = _call(factor, cast(Callable[..., np.ndarray], value), group.parts, scope)
        if not isinstance(value, np.ndarray):
            raise FormulaValueError(f"{factor} is no factor")
        parts.append(value)
    return _fold(values.product, parts)


def _element(node: Index, scope: Scope) -> np.ndarray:
    held, of_rows = _indexed(node, scope)
    at = [one.value - 1 if isinstance(one, Number) else _whole(one, scope) for one in node.at]
    shape = held.sizes if isinstance(held, Indexed) else np.shape(held)[-2:]
    if any(not 0 <= i < size for i, size in zip(at, shape, strict=False)):
        raise FormulaValueError(f"{node.of} has no element {at}")
    if isinstance(held, Indexed):
        if len(at) != len(held.sizes):
            raise FormulaValueError(f"{node.of} has {len(held.sizes)} indices, got {len(at)}")
        return held.get(*at)
    if isinstance(held, np.ndarray) and held.ndim == 3 and held.shape[2] == len(at) == 1:
        return held[:, at[0] : at[0] + 1]  # of every vector of a batch
    if not isinstance(held, np.ndarray) or held.ndim != 2 or len(at) > 2:
        raise FormulaValueError(f"{node.of} has no elements")
    if len(at) == 2:
        return column(held[at[0], at[1]])
    is_vector = held.shape[1] == 1
    if is_vector and of_rows:
        raise FormulaValueError(f"{node.of} has no rows")
    return column(held[at[0]])  # of a vector a number, of a matrix the row, as a column


def _whole(node: Node, scope: Scope) -> int:
    return round(_array(node, scope).item())


def _relation(parts: list[np.ndarray], sign: str) -> np.ndarray:
    left, right = parts
    return np.asarray({"=": left == right, "<": left < right, ">": left > right}[sign], dtype=float)


def _big(node: Big, scope: Scope) -> np.ndarray:
    if node.kind == "int":
        low, high = (_array(bound, scope).item() for bound in node.bounds)
        times = low + (high - low) * (_NODES + 1) / 2
        name = node.over[0].name
        parts = [
            weight
            * (high - low)
            / 2
            * _array(node.body, replace(scope, letters={**scope.letters, name: column(t)}))
            for t, weight in zip(times, _WEIGHTS, strict=True)
        ]
        return _fold(values.total, parts)
    if not node.over:
        return _over_all(node, scope)
    if node.kind == "max":
        return _fold(np.maximum, [_array(node.body, inner) for inner in _runs(node, scope)])
    parts = []
    for inner in _runs(node, scope):
        counts = node.condition is None or evaluate(node.condition, inner).item()
        parts.append(_array(node.body, inner) * float(counts))
    return _fold(values.total, parts)


def _over_all(node: Big, scope: Scope) -> np.ndarray:
    """Return a sum over all elements, or over a batch; or the larger one of what stands in parentheses."""
    if node.kind == "max" and isinstance(node.body, Group):
        return _fold(np.maximum, [_array(part, scope) for part in node.body.parts])
    value = _array(node.body, scope)
    return value.sum(0) if value.ndim > 2 else column(value.sum())


def _runs(node: Big, scope: Scope) -> Iterator[Scope]:
    if node.bounds:
        low, high = (_whole(bound, scope) for bound in node.bounds)
        runs = {node.over[0].name: range(low, high + 1)}
    else:
        known = free(node.body, scope)
        known |= free(node.condition, scope) if node.condition else {}
        runs = {}
        for letter in node.over:
            named = scope.letters.get(letter.name)
            run = named if isinstance(named, range) else known.get(letter.name)
            if run is None:
                raise UnknownLetterError(f"what {letter.name} runs over")
            runs[letter.name] = run
    for at in itertools.product(*runs.values()):
        yield scope.at(**dict(zip(runs, at, strict=True)))
