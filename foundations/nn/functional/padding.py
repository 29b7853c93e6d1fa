"""More elements at the ends of axes: a constant, or what the axis itself continues with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from foundations.autodiff import ops
from foundations.autodiff.tensor import ArrayT
from foundations.errors import ShapeError, ValueRangeError
from foundations.nn.arguments import array, choice, number, shown, whole

Mode = Literal["constant", "reflect", "replicate", "circular"]


def pad(x: ArrayT, widths: Sequence[int], mode: Mode = "constant", value: float = 0.0) -> ArrayT:
    """Add elements at both ends of the last axes.

    ```
    a b c  by 2 and 2    constant  0 0 a b c 0 0     reflect   c b a b c b a
                         replicate a a a b c c c     circular  b c a b c a b
    ```

    Args:
        x: Any shape.
        widths: How many to add (before, after) the last axis, then (before, after) the one before it, and so
            on: (left, right, top, bottom) for images. With "constant", negative numbers cut elements off.
        mode: "constant", "reflect" (mirrored at the outermost element, which is not repeated), "replicate"
            (the outermost element again and again) or "circular" (from the other end).
        value: What "constant" adds.

    Returns:
        Shape of x, with each named axis longer by its two widths.

    Raises:
        ShapeError: If there are more pairs than axes, or an axis is too short for what is asked of it.
        ValueRangeError: If widths are not pairs of whole numbers, the mode is none of these, or it does not
            use the value that is given.
        GraphError: If the value requires gradients.

    Source: PyTorch's `torch.nn.functional.pad`, whose order of the widths this is.

    Example:
        >>> pad(np.array([1.0, 2.0, 3.0]), (1, 2), mode="reflect")
        array([2., 1., 2., 3., 2., 1.])
    """
    x, pairs = array("pad", "x", x), _pairs(widths)
    choice("pad", "mode", mode, ("constant", "reflect", "replicate", "circular"))
    value = number("pad", "value", value)
    if len(pairs) > x.ndim:
        raise ShapeError(
            f"pad got {len(pairs)} pairs of widths for the {x.ndim} axes of {x.shape}: one an axis"
        )
    if mode == "constant":
        return _constant(x, pairs, value)
    if value:
        raise ValueRangeError(f"pad uses a value with mode 'constant' only, got {value} with {mode!r}")
    for axis, (before, after) in pairs.items():
        if before or after:
            x = ops.take(x, _sources(x.shape[x.ndim + axis], before, after, mode), axis=x.ndim + axis)
    return x


def _pairs(widths: Any) -> dict[int, tuple[int, int]]:
    """Return (before, after) by axis, counted from -1 backwards."""
    if not isinstance(widths, Sequence | np.ndarray) or isinstance(widths, str) or len(widths) % 2:
        raise ValueRangeError(
            f"pad expects widths as pairs (before, after), the last axis first, got {shown(widths)}"
        )
    numbers = [whole("pad", "each of widths", w) for w in widths]
    return {-1 - i: (numbers[2 * i], numbers[2 * i + 1]) for i in range(len(numbers) // 2)}


def _constant(x: Any, pairs: dict[int, tuple[int, int]], value: float) -> Any:
    widths, kept = [(0, 0)] * x.ndim, [slice(None)] * x.ndim
    for axis, (before, after) in pairs.items():
        n = x.shape[x.ndim + axis]
        if n + min(before, 0) + min(after, 0) < 0:
            raise ShapeError(f"pad cuts {before} and {after} off an axis of {n}: it has no more than that")
        widths[axis] = (max(before, 0), max(after, 0))
        kept[axis] = slice(max(-before, 0), n - max(-after, 0))
    if any(w < 0 for both in pairs.values() for w in both):
        x = x[tuple(kept)]
    return ops.pad(x, tuple(widths), value)


def _sources(n: int, before: int, after: int, mode: str) -> np.ndarray:
    """Return which element of an axis of n each of the new ones repeats."""
    most = {"reflect": n - 1, "circular": n, "replicate": None if n else 0}[mode]
    for width in (before, after):
        if width < 0 or (most is not None and width > most):
            up_to = "" if most is None else f" up to {max(most, 0)}"
            raise ShapeError(
                f"pad with mode {mode!r} expects widths from 0{up_to} on an axis of {n}, got {width}"
            )
    at = np.arange(-before, n + after)
    if mode == "replicate":
        return np.clip(at, 0, n - 1)
    if mode == "circular":
        return at % n if n else at
    at = np.abs(at)
    return np.where(at < n, at, 2 * (n - 1) - at)
