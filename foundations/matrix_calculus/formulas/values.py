"""Numbers for formulas: a vector is a column, a number a 1 x 1 matrix, so that a transpose can matter.

A shape may have a leading axis more: then it holds a vector or number for each row of a batch, and every
operation acts on each of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.linalg import expm
from scipy.special import softmax

from foundations.matrix_calculus.rows.factors import mirror
from foundations.matrix_calculus.spaces import half_lower, symmetrise


class FormulaValueError(ValueError):
    """Raise where the parts of a formula do not fit each other: shapes, most of all."""


@dataclass(frozen=True)
class Indexed:
    """A letter that only has a meaning with an index: the columns of a matrix, the blocks of one.

    Attributes:
        get: The value at whole numbers from 0.
        sizes: How many there are, for each index.
    """

    get: Callable[..., np.ndarray]
    sizes: tuple[int, ...]


def column(x: Any) -> np.ndarray:
    """Return a number as a 1 x 1 matrix, a vector as a column, anything else as it is."""
    array = np.asarray(x, dtype=float)
    return array.reshape(-1, 1) if array.ndim < 2 else array


def is_number(a: np.ndarray) -> bool:
    """Tell whether a value is a number, or a number for each row of a batch."""
    return a.shape[-2:] == (1, 1)


def is_square(a: np.ndarray) -> bool:
    """Tell whether a value is a square matrix of more than one element."""
    return a.ndim == 2 and a.shape[0] == a.shape[1] > 1


def product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return a product: of matrices whose shapes fit, or of anything with a number."""
    if is_number(a) or is_number(b):
        return a * b
    if a.shape[-1] != b.shape[-2]:
        raise FormulaValueError(f"shapes {a.shape} and {b.shape} do not fit in a product")
    return a @ b


def total(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return a sum: of equal shapes, or of anything and a number."""
    return a + _alike(a, b, "sum")


def odot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the product element by element."""
    return a * _alike(a, b, "product by elements")


def divide(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return a quotient by a number."""
    if not is_number(b):
        raise FormulaValueError(f"division by an array of shape {b.shape}")
    return a / b


def correlate(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Correlate pictures (N, H, W) with a kernel (h, w), or with other pictures, summed over all N."""
    if b.shape[-2] > a.shape[-2] or b.shape[-1] > a.shape[-1]:
        raise FormulaValueError(f"a kernel of shape {b.shape} is larger than pictures of {a.shape}")
    windows = np.lib.stride_tricks.sliding_window_view(a, b.shape[-2:], axis=(-2, -1))
    return np.einsum(_CORRELATION[b.ndim], windows, b)


_CORRELATION = {2: "nyxij,ij->nyx", 3: "nyxij,nij->yx"}


def power(base: np.ndarray, exponent: np.ndarray) -> np.ndarray:
    """Return a power: of a square matrix as a matrix (1/2 is its root), of others by elements."""
    if not is_number(exponent) or exponent.ndim > 2:
        raise FormulaValueError(f"an exponent of shape {exponent.shape}")
    number = float(exponent.item())
    if not is_square(base):
        if base.shape[-1] > 1 and number == -1:
            raise FormulaValueError(f"the inverse of a matrix of shape {base.shape}")
        return base**number
    if number == 0.5:
        values, vectors = np.linalg.eigh(base)
        return (vectors * np.sqrt(values)) @ vectors.T
    if number != round(number):
        raise FormulaValueError(f"the power {number} of a matrix")
    return np.linalg.matrix_power(base, round(number))


def exponential(exponent: np.ndarray) -> np.ndarray:
    """Return e to a power: of a square matrix as a matrix, of others by elements."""
    return expm(exponent) if is_square(exponent) else np.exp(exponent)


def mark(a: np.ndarray, sign: str) -> np.ndarray:
    """Return a transpose, an inverse of one, a pseudo-inverse, or a kernel turned by half a circle."""
    match sign:
        case "top":
            return a.swapaxes(-1, -2)
        case "-top":
            if not is_square(a):
                raise FormulaValueError(f"the inverse of a matrix of shape {a.shape}")
            return np.linalg.inv(a).T
        case "+":
            return np.linalg.pinv(a)
        case _:
            return a[..., ::-1, ::-1]


def norm(a: np.ndarray, kind: str = "F") -> np.ndarray:
    r"""Return the Euclidean or Frobenius norm, the spectral (`2`) or the nuclear one (`\ast`)."""
    if kind == "F":
        return np.sqrt((a * a).sum((-2, -1), keepdims=True))
    singular = np.linalg.svd(a, compute_uv=False)
    return column({"2": singular.max, r"\ast": singular.sum}[kind]())


def inner(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the sum of the products of elements."""
    if a.shape[-2:] != b.shape[-2:]:
        raise FormulaValueError(f"shapes {a.shape} and {b.shape} do not fit in an inner product")
    return (a * b).sum((-2, -1), keepdims=True)


def _alike(a: np.ndarray, b: np.ndarray, what: str) -> np.ndarray:
    if a.shape[-2:] != b.shape[-2:] and not (is_number(a) or is_number(b)):
        raise FormulaValueError(f"shapes {a.shape} and {b.shape} do not fit in a {what}")
    return b


def _square(function: Callable[[np.ndarray], Any]) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function of square matrices."""

    def checked(a: np.ndarray) -> np.ndarray:
        if not (is_square(a) or is_number(a)):
            raise FormulaValueError(f"shape {a.shape} is not square")
        return column(function(a))

    return checked


def _diagonal(v: np.ndarray) -> np.ndarray:
    if v.ndim != 2 or v.shape[1] != 1:
        raise FormulaValueError(f"the diagonal matrix of a value of shape {v.shape}")
    return np.diag(v[:, 0])


FUNCTIONS: Mapping[str, Callable[..., np.ndarray]] = {
    "log": np.log,
    "tanh": np.tanh,
    "abs": np.abs,
    "sqrt": np.sqrt,
    "sign": np.sign,
    "clip": np.clip,
    "det": _square(np.linalg.det),
    "tr": _square(np.trace),
    "diag": _diagonal,
    "tril": _square(np.tril),
    "low": _square(lambda a: np.tril(a, -1)),
    "sym": _square(symmetrise),
    "half": _square(half_lower),
    "mirror": _square(mirror),
    "eig": _square(np.linalg.eigvalsh),
    "svd": lambda a: column(np.linalg.svd(a, compute_uv=False)),
    "softmax": lambda a: softmax(a, axis=-2 if a.shape[-1] == 1 else -1),  # of a vector, or of every row
    "factorial": lambda a: column(math.factorial(round(a.item()))),
    "norm": norm,
    "inner": inner,
}
"""The functions that have a name."""
