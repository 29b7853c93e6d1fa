"""Einstein summation, as transposes, matrix products of two operands at a time, and reshapes.

`np.einsum` loops over indices where BLAS multiplies matrices: for attention it is ten times slower. Here
every index of two operands is one of three kinds, and each kind has its place in a batched matrix product: in
both and in the output (batch), in both but not in the output (contracted), in one only (rows or columns). Of
several operands, the two are multiplied first whose product is smallest.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations
from math import prod
from typing import Any

from foundations.autodiff.operands import as_arrays
from foundations.autodiff.ops.linalg import diagonal, matmul
from foundations.autodiff.ops.reductions import sum
from foundations.autodiff.ops.shaping import broadcast_to, moveaxis, reshape, transpose
from foundations.errors import DTypeError, ShapeError

_TERM = re.compile(r"[a-zA-Z]*(\.\.\.)?[a-zA-Z]*")


def einsum(subscripts: str, *operands: Any) -> Any:
    """Sum products over named axes: `einsum("bij,bjk->bik", a, b)`.

    Args:
        subscripts: Names of the axes of each operand and, after `->`, of the result (left out: the names that
            occur once, in alphabetical order). `...` stands for any further axes, which broadcast.
        operands: Arrays or Tensors, one for each term.

    Returns:
        Array or Tensor with the axes of the output.

    Raises:
        ShapeError: If the subscripts do not fit the operands.
    """
    if not isinstance(subscripts, str):
        raise DTypeError(f"einsum needs subscripts first, got {type(subscripts).__name__}: write 'ij,jk->ik'")
    operands = tuple(as_arrays(operands))
    inputs, output = _parse(subscripts, operands)
    terms = [_take_diagonals(names, x) for names, x in zip(inputs, operands, strict=True)]
    terms = [
        _sum_out(names, x, output + "".join(n for j, (n, _) in enumerate(terms) if j != i))
        for i, (names, x) in enumerate(terms)
    ]
    while len(terms) > 1:
        first, second = _cheapest_pair(terms, output)
        others = [term for i, term in enumerate(terms) if i not in (first, second)]
        kept = output + "".join(names for names, _ in others)
        terms = [*others, _contract(*terms[first], *terms[second], kept)]
    names, y = terms[0]
    return transpose(y, [names.index(n) for n in output])


def _cheapest_pair(terms: list[tuple[str, Any]], output: str) -> tuple[int, int]:
    """Return which two operands to multiply: those whose product has the fewest elements."""

    def size(pair: tuple[int, int]) -> int:
        rest = output + "".join(names for i, (names, _) in enumerate(terms) if i not in pair)
        lengths: dict[str, int] = {}
        for i in pair:
            names, x = terms[i]
            for name, n in zip(names, x.shape, strict=True):
                lengths[name] = max(n, lengths.get(name, 1))
        return prod(n for name, n in lengths.items() if name in rest)

    return min(combinations(range(len(terms)), 2), key=size)


def _parse(subscripts: str, operands: tuple[Any, ...]) -> tuple[list[str], str]:
    """Return the axis names of the operands and of the output, a letter an axis, ellipses spelled out."""
    left, arrow, output = subscripts.replace(" ", "").partition("->")
    inputs = left.split(",")
    if not all(_TERM.fullmatch(term) for term in (*inputs, output)):
        raise ShapeError(
            "einsum needs terms of letters, each with at most one `...`, and at most one `->`, "
            f"got '{subscripts}': name every axis by a letter"
        )
    if len(inputs) != len(operands):
        raise ShapeError(
            f"einsum('{subscripts}') names {len(inputs)} operands, got {len(operands)}: "
            "give one for each term, separated by commas in the subscripts"
        )
    further = [x.ndim - len(names.replace("...", "")) for names, x in zip(inputs, operands, strict=True)]
    for names, x, n in zip(inputs, operands, further, strict=True):
        if n < 0 or (n > 0 and "..." not in names):
            raise ShapeError(
                f"einsum('{subscripts}') gives {names!r} for shape {x.shape}: one letter an axis"
            )
    spare = "".join(chr(0x3B1 + i) for i in range(max(further)))  # names for the axes behind `...`
    inputs = [names.replace("...", spare[len(spare) - n :]) for names, n in zip(inputs, further, strict=True)]
    if arrow:
        output = output.replace("...", spare)
    else:
        counts = Counter("".join(inputs))
        output = spare + "".join(sorted(n for n in counts if counts[n] == 1 and n not in spare))
    unknown = set(output) - set("".join(inputs))
    if unknown or len(set(output)) < len(output):
        raise ShapeError(
            f"einsum('{subscripts}'): every name of the output occurs once there and in some operand, "
            f"got {output!r}"
        )
    lengths: dict[str, int] = {}
    for names, x in zip(inputs, operands, strict=True):
        for name, n in zip(names, x.shape, strict=True):
            if n != lengths.setdefault(name, n) and 1 not in (n, lengths[name]):
                raise ShapeError(
                    f"einsum('{subscripts}'): axis {name!r} has length {lengths[name]} and {n}: "
                    "use another name, or reshape"
                )
            lengths[name] = max(n, lengths[name])
    return inputs, output


def _take_diagonals(names: str, x: Any) -> tuple[str, Any]:
    """Reduce an axis name that an operand repeats to one axis, its diagonal."""
    for name in {n for n in names if names.count(n) > 1}:
        while names.count(name) > 1:
            first = names.index(name)
            second = names.index(name, first + 1)
            x = diagonal(moveaxis(x, (first, second), (-2, -1)))
            names = "".join(n for i, n in enumerate(names) if i not in (first, second)) + name
    return names, x


def _sum_out(names: str, x: Any, elsewhere: str) -> tuple[str, Any]:
    """Sum over the axes that neither the output nor the other operand has."""
    gone = tuple(i for i, n in enumerate(names) if n not in elsewhere)
    return "".join(n for n in names if n in elsewhere), sum(x, gone) if gone else x


def _contract(a_names: str, a: Any, b_names: str, b: Any, output: str) -> tuple[str, Any]:
    both = [n for n in a_names if n in b_names]
    batch = [n for n in both if n in output]
    inner = [n for n in both if n not in output]
    rows = [n for n in a_names if n not in b_names]
    columns = [n for n in b_names if n not in a_names]
    a = transpose(a, [a_names.index(n) for n in (*batch, *rows, *inner)])
    b = transpose(b, [b_names.index(n) for n in (*batch, *inner, *columns)])

    first = len(batch)
    a_rows, a_inner = a.shape[first : first + len(rows)], a.shape[first + len(rows) :]
    b_inner, b_columns = b.shape[first : first + len(inner)], b.shape[first + len(inner) :]
    if a_inner != b_inner:  # an axis of length one is repeated along the other's
        a_inner = b_inner = tuple(max(n, m) for n, m in zip(a_inner, b_inner, strict=True))
        a = broadcast_to(a, (*a.shape[:first], *a_rows, *a_inner))
        b = broadcast_to(b, (*b.shape[:first], *b_inner, *b_columns))
    a = reshape(a, (*a.shape[:first], prod(a_rows), prod(a_inner)))
    b = reshape(b, (*b.shape[:first], prod(b_inner), prod(b_columns)))
    y = matmul(a, b)
    return "".join((*batch, *rows, *columns)), reshape(y, (*y.shape[:first], *a_rows, *b_columns))
