"""Nested structures of values: tuples, lists and dictionaries of Tensors, as parameters are often kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from foundations.errors import DTypeError


def flatten(structure: Any) -> tuple[list[Any], Callable[[list[Any]], Any]]:
    """Return the values in a structure, in order, and the function that puts others in their place.

    Args:
        structure: A value; or a tuple, list or dictionary of structures. A list of nothing but numbers is one
            value, as it is everywhere else.

    Returns:
        The values, and a function from as many values to a structure of the same form (a named tuple stays
        one, any other sequence becomes a tuple or list as it was).

    Raises:
        DTypeError: If it holds something else, such as a set, whose order is not given.

    Example:
        >>> values, rebuild = flatten({"w": 1.0, "layers": [(2.0,), 3.0]})
        >>> values, rebuild([10 * v for v in values])
        ([1.0, 2.0, 3.0], {'w': 10.0, 'layers': [(20.0,), 30.0]})
    """
    if isinstance(structure, dict):
        parts = list(structure.values())

        def join(new: list[Any]) -> Any:
            return dict(zip(structure, new, strict=True))

    elif isinstance(structure, tuple) or (isinstance(structure, list) and not _is_numbers(structure)):
        parts = list(structure)

        def join(new: list[Any]) -> Any:
            if isinstance(structure, list):
                return new
            return type(structure)(*new) if hasattr(structure, "_fields") else tuple(new)

    else:
        if not (hasattr(structure, "dtype") or isinstance(structure, float | int | np.generic | list)):
            raise DTypeError(
                "a structure of values is a Tensor, array or number, or tuples, lists and dictionaries of "
                f"them, got {type(structure).__name__}: put the values in one of these"
            )
        return [structure], lambda new: new[0]

    flat = [flatten(part) for part in parts]

    def rebuild(new: list[Any]) -> Any:
        rest, built = list(new), []
        for values, inner in flat:
            built.append(inner(rest[: len(values)]))
            rest = rest[len(values) :]
        return join(built)

    return [value for values, _ in flat for value in values], rebuild


def _is_numbers(structure: Any) -> bool:
    if isinstance(structure, list):
        return all(map(_is_numbers, structure))
    return isinstance(structure, float | int | np.generic)
