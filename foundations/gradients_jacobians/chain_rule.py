"""The chain rule: the Jacobian of a composition is the product of Jacobians, in either order of work."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import ShapeError, ValueRangeError
from foundations.gradients_jacobians.checks import Function, as_point
from foundations.gradients_jacobians.linear_map import linearise

Mode = Literal["forward", "reverse"]


def local_jacobians(functions: Sequence[Function], x: ArrayLike) -> list[np.ndarray]:
    r"""Return the Jacobian of each function of a chain, at the point that reaches it.

    Args:
        functions: $F_1, F_2, \dots, F_k$ in the order in which they act.
        x: where the chain begins, shape (n,).

    Returns:
        $J_1, \dots, J_k$, with $J_i$ taken at $F_{i-1}(\dots F_1(x))$.

    Example:
        >>> [float(j[0, 0]) for j in local_jacobians([lambda x: x * x, lambda x: 5 * x], [3.0])]
        [6.0, 5.0]
    """
    point, found = as_point(x, "local_jacobians"), []
    for f in functions:
        local = linearise(f, point)
        found.append(local.jacobian)
        point = local.value
    return found


def chain(jacobians: Sequence[np.ndarray], *, mode: Mode = "reverse") -> np.ndarray:
    r"""Multiply the Jacobians of a chain, $J = J_k \cdots J_2J_1$.

    Args:
        jacobians: $J_1, \dots, J_k$ in the order in which the functions act, at least one.
        mode: "forward" begins at the input, with $J_2J_1$; "reverse" at the output, with $J_kJ_{k-1}$.

    Returns:
        Shape (outputs of the last, inputs of the first).

    Raises:
        ShapeError: if a Jacobian does not take what the one before gives.

    Example:
        >>> chain([np.array([[2.0], [3.0]]), np.array([[1.0, 10.0]])])
        array([[32.]])
    """
    _widths([np.shape(j) for j in jacobians])
    order = list(jacobians) if _known(mode) == "forward" else list(jacobians)[::-1]
    product = order[0]
    for j in order[1:]:
        product = j @ product if mode == "forward" else product @ j
    return product


def chain_cost(shapes: Sequence[tuple[int, int]], *, mode: Mode) -> int:
    r"""Count the multiplications of `chain`.

    Forward mode keeps a matrix with as many columns as there are inputs, $n_0\sum_{i\ge2} n_in_{i-1}$;
    reverse mode one with as many rows as there are outputs, $n_k\sum_{i<k} n_in_{i-1}$.

    Args:
        shapes: of $J_1, \dots, J_k$: $(n_i, n_{i-1})$.
        mode: "forward" or "reverse".

    Example:
        >>> shapes = [(100, 1000), (100, 100), (1, 100)]
        >>> chain_cost(shapes, mode="forward"), chain_cost(shapes, mode="reverse")
        (10100000, 110000)
    """
    widths = _widths(shapes)
    if _known(mode) == "forward":
        return widths[0] * sum(rows * columns for rows, columns in shapes[1:])
    return widths[-1] * sum(rows * columns for rows, columns in shapes[:-1])


def _known(mode: Mode) -> Mode:
    if mode not in ("forward", "reverse"):
        raise ValueRangeError(f"the chain rule expects mode 'forward' or 'reverse', got {mode!r}")
    return mode


def _widths(shapes: Sequence[tuple[int, ...]]) -> list[int]:
    """Return n_0, ..., n_k, after checking that each Jacobian takes what the one before gives."""
    if not shapes or any(len(shape) != 2 for shape in shapes):
        raise ShapeError(
            f"the chain rule expects one matrix or more, got shapes {list(shapes)}: use linearise"
        )
    for i, (before, after) in enumerate(itertools.pairwise(shapes), start=1):
        if after[1] != before[0]:
            raise ShapeError(
                f"the chain rule expects Jacobian {i + 1} to take {before[0]} inputs, got shape {after}: "
                "give them in the order in which the functions act, one row an output"
            )
    return [shapes[0][1], *(shape[0] for shape in shapes)]
