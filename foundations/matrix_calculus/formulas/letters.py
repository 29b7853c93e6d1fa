"""What the letters of the formulas stand for, beyond a row's arguments: what its text says in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scipy.linalg import expm_frechet, solve_sylvester
from scipy.special import expit

from foundations.matrix_calculus.formulas.values import Indexed, column
from foundations.matrix_calculus.rows.activations import normal_cdf, normal_pdf
from foundations.matrix_calculus.rows.factors import gaps, qr
from foundations.matrix_calculus.rows.images import is_largest
from foundations.matrix_calculus.rows.normalisation import EPS, standardise
from foundations.matrix_calculus.spaces import half_lower

Letters = dict[str, Any]
Known = Mapping[str, np.ndarray]
"""The letters of the arguments and the value as the code has them, with `d X` and `bar X`."""

RENAMED: Mapping[str, Mapping[str, str]] = {
    "projection-onto-the-columns": {"P": "Pi"},
    "eigenvalues-of-a-symmetric-matrix": {"z": "lambda"},
    "singular-values": {"s": "sigma"},
    "gaussian-log-density": {"m": "mu", "S": "Sigma"},
    "divergence-of-a-diagonal-gaussian-from-the-standard-one": {"m": "mu"},
    "reparameterised-gaussian-sample": {"m": "mu", "e": "varepsilon"},
}
"""Names of arguments and values in the code, where the formula has another letter."""

SYMMETRIC_GRADIENT = {"square-root-of-a-positive-definite-matrix"}
"""Rows whose text asks for the symmetric part of the gradient of the value."""

_MARKS = ("", "d ", "bar ")


def letters_of(slug: str, known: Known) -> Letters:
    """Return all letters of a row, as the formulas need them: columns, numbers, functions, what has an index.

    Args:
        slug: The row's name in the table.
        known: The letters of its arguments and its value, by the names of the code.
    """
    named = {renamed(slug, name): value for name, value in known.items()}
    letters: Letters = {name: column(value) for name, value in named.items()}
    return letters | (_MORE[slug](named) if slug in _MORE else {})


def renamed(slug: str, name: str) -> str:
    """Return the letter of the formulas for a name of the code, with its mark if it has one.

    >>> renamed("gaussian-log-density", "bar m")
    'bar mu'
    """
    *mark, letter = name.split()
    return " ".join([*mark, RENAMED.get(slug, {}).get(letter, letter)])


def _columns(matrix: np.ndarray) -> Indexed:
    return Indexed(lambda i: column(matrix[:, i]), (matrix.shape[1],))


def _each_row(known: Known, *names: str) -> Letters:
    """Return small letters that stand for every row of a matrix at once."""
    return {
        mark + name.lower(): known[mark + name][..., None]
        for name in names
        for mark in _MARKS
        if mark + name in known
    }


def _number(value: float) -> np.ndarray:
    return column(float(value))


def _one_hot(labels: np.ndarray, n: int) -> np.ndarray:
    return np.eye(n)[labels]


def _mean(x: np.ndarray) -> np.ndarray:
    """Return the mean over the elements of a vector."""
    return x.mean((-2, -1), keepdims=True)


def _svd(known: Known) -> Letters:
    U, s, Vt = np.linalg.svd(known["X"], full_matrices=False)
    return {
        "U": U,
        "V": Vt.T,
        "Sigma": np.diag(s),
        "sigma": column(s),
        "u": _columns(U),
        "v": _columns(Vt.T),
    }


def _eigenvectors(known: Known) -> Letters:
    values, V = np.linalg.eigh(known["A"])
    return {"lambda": column(values), "V": V, "v": _columns(V)}


def _blocks(known: Known) -> Letters:
    p, q = known["B"].shape
    blocks = Indexed(lambda i, j: known["bar Y"][i * p : (i + 1) * p, j * q : (j + 1) * q], known["A"].shape)
    return {"bar Y()": blocks}


def _orthogonal_factor(known: Known) -> Letters:
    Q, R = qr(known["A"])
    C = Q.T @ known["d A"] @ np.linalg.inv(R)
    return {"R": R, "Omega": np.tril(C, -1) - np.tril(C, -1).T}


def _attention(known: Known) -> Letters:
    return {
        "d": _number(known["Q"].shape[1]),
        "rho": column((known["bar Y"] * known["Y"]).sum(1)),
    }


def _layer_norm(known: Known) -> Letters:
    return {**_each_row(known, "X", "Y"), "m": _mean, "epsilon": _number(EPS)}


def _batch_norm(known: Known) -> Letters:
    letters: Letters = {"m": _mean}
    for mark in _MARKS:
        letters |= {mark + name: known[mark + name][:, None, None] for name in ("w", "b")}
        letters |= {mark + name: known[mark + name.upper()].T[..., None] for name in ("x", "y")}
    _, s = standardise(known["X"], 0)
    return letters | {"mu": _mean(letters["x"]), "s": s[0][:, None, None]}


def _rms_norm(known: Known) -> Letters:
    return {**_each_row(known, "X", "H"), "m": _mean, "epsilon": _number(EPS)}


def _pictures(array: np.ndarray) -> Indexed:
    """Return the pictures (N, H, W) of every channel."""
    return Indexed(lambda c: array[:, c], (array.shape[1],))


def _convolution(known: Known) -> Letters:
    h, w = known["W"].shape[2:]
    letters: Letters = {mark + name: _pictures(known[mark + name]) for mark in _MARKS for name in ("X", "Y")}
    for mark in _MARKS:
        kernels = known[mark + "W"]
        letters[mark + "W"] = Indexed(lambda o, c, kernels=kernels: kernels[o, c], kernels.shape[:2])
    letters["rim"] = lambda a: np.pad(a, ((0, 0), (h - 1, h - 1), (w - 1, w - 1)))
    return letters


def _pixels(array: np.ndarray) -> Indexed:
    """Return a place of all pictures and channels at once, as a vector."""
    return Indexed(lambda i, j: array[:, :, i, j].reshape(-1, 1), array.shape[2:])


def _pooling(known: Known) -> Letters:
    letters: Letters = {mark + name: _pixels(known[mark + name]) for mark in _MARKS for name in ("X", "Y")}
    return letters | {"a": range(2), "b": range(2), "M": _pixels(is_largest(known["X"]))}


def _huber(known: Known) -> Letters:
    def h(e: np.ndarray) -> np.ndarray:
        return np.where(abs(e) <= 1, e * e / 2, abs(e) - 0.5)

    def slope(e: np.ndarray, t: float = 1e-3) -> np.ndarray:
        return (h(e - 2 * t) - 8 * h(e - t) + 8 * h(e + t) - h(e + 2 * t)) / (12 * t)

    errors = known["Y"] - known["T"]
    return {"h": h, "h'": slope, "e": errors, "delta": _number(1), "n": _number(errors.size)}


def _of(**functions: Callable[[Known], Any]) -> Callable[[Known], Letters]:
    """Return what computes letters one by one."""
    return lambda known: {name: function(known) for name, function in functions.items()}


def _all(name: str) -> Callable[[Known], Any]:
    """Return what counts the elements of a letter."""
    return lambda known: _number(known[name].size)


def _rows(name: str) -> Callable[[Known], Any]:
    """Return what counts the rows of a letter."""
    return lambda known: _number(len(known[name]))


def _same(value: Any) -> Callable[[Known], Any]:
    return lambda known: value


_MORE: Mapping[str, Callable[[Known], Letters]] = {
    "log-determinant-of-a-positive-definite-matrix": _of(L=lambda known: np.linalg.cholesky(known["A"])),
    "nuclear-norm": _svd,
    "spectral-norm": _svd,
    "singular-values": _svd,
    "kronecker-product": _blocks,
    "mean-over-rows": _of(N=_rows("X")),
    "centring": _of(N=_rows("X"), C=lambda known: np.eye(len(known["X"])) - 1 / len(known["X"])),
    "sylvester-and-lyapunov-equation": _of(
        Z=lambda known: solve_sylvester(known["A"].T, known["B"].T, known["bar X"])
    ),
    "matrix-exponential": _of(
        L=_same(lambda A, E: expm_frechet(A, E, compute_expm=False)), k=_same(range(40))
    ),
    "cholesky-factor": _of(Phi=_same(half_lower)),
    "qr-factorisation-the-triangular-factor": _of(Q=lambda known: qr(known["A"])[0]),
    "qr-factorisation-the-orthogonal-factor": _orthogonal_factor,
    "eigenvalues-of-a-symmetric-matrix": _eigenvectors,
    "eigenvectors-of-a-symmetric-matrix": _of(
        F=lambda known: gaps(known["A"]),
        **{"lambda": lambda known: column(np.linalg.eigvalsh(known["A"]))},
    ),
    "elementwise-function": _of(varphi=_same(np.sin), **{"varphi'": _same(np.cos)}),
    "softplus": _of(sigma=_same(expit)),
    "gaussian-error-linear-unit-gelu": _of(Phi=_same(normal_cdf), varphi=_same(normal_pdf)),
    "sigmoid-linear-unit-silu-swish": _of(sigma=_same(expit)),
    "gated-linear-unit-glu": _of(sigma=_same(expit)),
    "softmax": lambda known: _each_row(known, "X", "Y"),
    "log-softmax": lambda known: _each_row(known, "X", "Y"),
    "embedding-lookup": _of(T=lambda known: _one_hot(known["t"], len(known["E"]))),
    "scaled-dot-product-attention": _attention,
    "layer-norm": _layer_norm,
    "batch-norm": _batch_norm,
    "rms-norm": _rms_norm,
    "convolution": _convolution,
    "average-pooling": _pooling,
    "max-pooling": _pooling,
    "mean-squared-error": _of(n=_all("Y")),
    "mean-absolute-error": _of(n=_all("Y")),
    "huber-loss": _huber,
    "hinge-loss": _of(N=_all("y")),
    "cross-entropy-of-logits": _of(N=_rows("Z"), T=lambda known: _one_hot(known["t"], known["Z"].shape[1])),
    "binary-cross-entropy-of-logits": _of(N=_all("z"), sigma=_same(expit)),
    "contrastive-cross-entropy-infonce": _of(N=_rows("X")),
    "gaussian-log-density": _of(n=_all("x")),
    "divergence-of-a-diagonal-gaussian-from-the-standard-one": _of(
        sigma=lambda known: column(np.exp(known["s"] / 2))
    ),
}
