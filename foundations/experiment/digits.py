"""Numbers in JSON: ten significant digits, and names for those that JSON does not know."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

DIGITS = 10
_NAMED = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def rounded(value: float) -> float:
    """Keep ten significant digits: more is noise, and the shorter number reads back exactly.

    Args:
        value: Any number, not-a-number and infinities included.

    Returns:
        The rounded number.

    Examples:
        >>> rounded(2 / 3)
        0.6666666667
    """
    return float(f"{value:.{DIGITS}g}")


def encode(value: float) -> float | str:
    """Return what stands for the number in JSON, which knows neither `nan` nor `inf`.

    Args:
        value: Any number.

    Returns:
        The number, or `"NaN"`, `"Infinity"`, `"-Infinity"`.
    """
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def encode_all(values: Sequence[float]) -> list[float | str]:
    """Return what stands for outcomes of items in JSON: 0 and 1 are written without a point.

    Args:
        values: The outcomes, one an item.

    Returns:
        A list of as many.

    Examples:
        >>> encode_all([1.0, 0.0, 0.25])
        [1, 0, 0.25]
    """
    return [int(value) if repr(value) in ("0.0", "1.0") else encode(value) for value in values]


def decode(value: object) -> float | None:
    """Undo `encode`.

    Args:
        value: What stands in the JSON.

    Returns:
        The number, or None if it is none.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return _NAMED.get(value) if isinstance(value, str) else None


def agree(x: float | None, y: float) -> bool:
    """Tell whether two numbers are the same up to the rounding of different machines.

    Args:
        x: A number, or None for one that could not be read.
        y: A number.

    Returns:
        True for equal numbers, also for two `nan`.
    """
    return x is not None and (math.isclose(x, y, rel_tol=1e-7, abs_tol=1e-12) or (x != x and y != y))


def layout(value: Any, indent: int = 0) -> str:
    """Write JSON for people and for diffs: keys sorted, one a line, lists of plain values on one line.

    Args:
        value: Nested dictionaries, lists of dictionaries, lists of lists of plain values, lists of plain
            values, and plain values. A list of lists, such as one outcome an item over seeds, takes one line,
            without spaces.
        indent: Number of spaces the value stands in.

    Returns:
        The text, without a line end.

    Examples:
        >>> print(layout({"b": [1, 2], "a": {"c": [[1, 0], [1, 1]]}}))
        {
          "a": {
            "c": [[1,0],[1,1]]
          },
          "b": [1, 2]
        }
    """
    inner, outer = " " * (indent + 2), " " * indent
    if isinstance(value, Mapping) and value:
        lines = [f"{inner}{json.dumps(key)}: {layout(value[key], indent + 2)}" for key in sorted(value)]
        return "{\n" + ",\n".join(lines) + f"\n{outer}}}"
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        return "[\n" + ",\n".join(inner + layout(one, indent + 2) for one in value) + f"\n{outer}]"
    nested = isinstance(value, list) and value and isinstance(value[0], list)
    separators = (",", ":") if nested else None
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=separators)
