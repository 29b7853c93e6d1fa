"""Turn what NumPy says of bad arguments into an error that names the operation and what to do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from foundations.errors import (
    DTypeError,
    FoundationsError,
    GraphError,
    NotPositiveDefiniteError,
    ShapeError,
    SingularError,
    ValueRangeError,
)

# (what NumPy says, which error it is, what was expected, what to do)
_KNOWN = [
    (re.compile(pattern), error, expected, remedy)
    for pattern, error, expected, remedy in (
        (
            "not positive definite",
            NotPositiveDefiniteError,
            "a positive definite matrix",
            "symmetrise it or add to its diagonal",
        ),
        (
            "Singular",
            SingularError,
            "a matrix that is not singular",
            "drop dependent rows, add to its diagonal or use a pseudo-inverse",
        ),
        (
            "zero-size array",
            ShapeError,
            "at least one element along the axes it reduces",
            "look for an empty batch, or leave it out",
        ),
        (
            "concatenat|need at least one array",
            ShapeError,
            "one array or more, alike in every axis but the joined one",
            "reshape, pad or slice them first",
        ),
        (
            "reshape|unknown dimension",
            ShapeError,
            "a shape with as many elements",
            "count them, or leave one length to -1",
        ),
        (
            "broadcast|remapped shapes",
            ShapeError,
            "shapes that broadcast (lengths equal or 1, counted from the last axis)",
            "reshape one, or insert an axis as in x[:, None]",
        ),
        (
            "ind(ex|ices)",
            ShapeError,
            "an index inside its axes, of integers, slices or booleans",
            "compare it with the shape",
        ),
        (
            "ax[ei]s",
            ShapeError,
            "axes that are there, each named once",
            "count from 0, or from the end with -1",
        ),
        (
            "shape|dimension|size|sequence",
            ShapeError,
            "shapes that fit",
            "reshape or transpose an argument",
        ),
    )
]


def explain(name: str, operands: Sequence[Any], error: Exception) -> Exception:
    """Return the error of an operation with what it was given, what it expected and what to do.

    Args:
        name: The operation.
        operands: What it was given.
        error: What NumPy, or the operation itself, raised.

    Returns:
        An error of the foundations; `error` itself where it is one already.
    """
    if isinstance(error, FoundationsError):
        return error
    got = ", ".join(
        f"{a.shape} {a.dtype}" if isinstance(a, np.ndarray) else repr(a) for a in operands if a is not None
    )
    message = str(error)
    if isinstance(error, TypeError):
        return DTypeError(
            f"{name} needs arguments that NumPy can compute with, got {got} ({message}): "
            "convert with astype(), or pass the option in the form that the signature names"
        )
    for pattern, kind, expected, remedy in _KNOWN:
        if pattern.search(message):
            return kind(f"{name} needs {expected}, got {got} ({message}): {remedy}")
    return ValueRangeError(f"{name} needs values in its domain, got {got} ({message}): change that argument")


def not_a_gradient(value: Any, data: np.ndarray) -> Exception | None:
    """Return the error for what cannot be the gradient of `data`, None for what can."""
    bare = isinstance(value, np.ndarray | np.generic) or not hasattr(value, "shape")
    if bare or value.shape != data.shape:
        return ShapeError(
            f"a gradient is a Tensor of the value's shape {data.shape}, or None, got "
            f"{type(value).__name__ if bare else f'shape {value.shape}'}: "
            "wrap an array in Tensor(), and reshape it or sum over what was broadcast"
        )
    if value.dtype != data.dtype:
        return DTypeError(
            f"a gradient has the type of its value, {data.dtype}, got {value.dtype}: convert it with astype()"
        )
    return None


def replaced(gradient: Any, data: np.ndarray) -> Exception:
    """Return the error for a gradient that is to be added to and is not one of `data`."""
    return GraphError(
        f"the gradient to add to is {gradient.dtype} of shape {gradient.shape}, the value {data.dtype} of "
        f"shape {data.shape}: its data were replaced since, set .grad = None then"
    )
