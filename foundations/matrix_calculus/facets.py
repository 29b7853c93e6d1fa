"""What a row of the table can be filtered by: words, shapes, and the symbols of its formulas."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from types import MappingProxyType

import numpy as np

from foundations.matrix_calculus.code import codes
from foundations.matrix_calculus.formulas import parse
from foundations.matrix_calculus.formulas.trees import (
    Apply,
    Big,
    Binary,
    Index,
    Marked,
    Node,
    Number,
    Power,
    Sum,
    Symbol,
    walk,
)
from foundations.matrix_calculus.row import Row

SHAPES = ("scalar", "vector", "matrix", "array")
"""What a value or an argument can be: of no, one, two or more axes."""

ALSO: Mapping[str, str] = MappingProxyType(
    {
        "trace-of-a-product": "cyclic",
        "quadratic-form-of-an-inverse": "mahalanobis distance",
        "determinant": "jacobi cofactor adjugate",
        "log-determinant": "log det logabsdet",
        "squared-frobenius-norm": "weight decay l2 penalty ridge",
        "euclidean-and-frobenius-norm": "length l2",
        "p-norm-of-a-vector": "l1 lasso",
        "nuclear-norm": "trace norm",
        "spectral-norm": "largest singular value operator norm",
        "unit-vector": "normalise direction",
        "matrix-product": "matmul dot",
        "hadamard-product": "elementwise mask dropout",
        "bias-broadcast-over-rows": "broadcasting",
        "solution-of-a-linear-system": "solve",
        "least-squares-solution": "lstsq regression normal equations",
        "matrix-exponential": "expm ode",
        "square-root-of-a-positive-definite-matrix": "sqrtm whitening",
        "fixed-point": "implicit function deep equilibrium",
        "singular-values": "svd",
        "eigenvalues-of-a-symmetric-matrix": "eigh spectrum",
        "eigenvectors-of-a-symmetric-matrix": "eigh",
        "linear-layer": "dense fully connected affine",
        "scaled-dot-product-attention": "transformer softmax qk",
        "convolution": "conv2d cnn",
        "cross-entropy-of-logits": "negative log likelihood nll classification",
        "cross-entropy-with-soft-targets": "kullback leibler distillation label smoothing",
        "binary-cross-entropy-of-logits": "logistic regression bce",
        "divergence-of-a-diagonal-gaussian-from-the-standard-one": "kullback leibler kl vae",
        "gaussian-log-density": "normal likelihood multivariate",
        "reparameterised-gaussian-sample": "reparameterization trick vae",
    }
)
"""Other words by which a row is looked for, by its slug."""

_OPERATIONS = {
    "tr": "tr",
    "det": "det",
    "log": "log",
    "norm": "‖·‖",
    "inner": "⟨·,·⟩",
    "diag": "diag",
    "softmax": "softmax",
    "odot": "⊙",
    "otimes": "⊗",
    "+": "⁺",
    "sum": "Σᵢ",
}
_GREEK = {
    "delta": "δ",
    "lambda": "λ",
    "mu": "μ",
    "rho": "ρ",
    "sigma": "σ",
    "varepsilon": "ε",
    "varphi": "φ",
    "Omega": "Ω",
    "Phi": "Φ",
    "Pi": "Π",
    "Sigma": "Σ",
}


def words(slug: str, row: Row) -> str:
    """Return what a row is found by: its name, other words, and the functions that its code calls."""
    called = {
        node.func.id if isinstance(node.func, ast.Name) else node.func.attr
        for line in codes(row)[0]
        for node in ast.walk(ast.parse(line))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute)
    }
    told = f"{row.name.lower()} {ALSO.get(slug, '')} {' '.join(sorted(called))}"
    return " ".join(dict.fromkeys(told.split()))


def shapes(row: Row) -> tuple[str, ...]:
    """Return what is differentiated by what: `scalar-by-matrix`, one for each kind of argument.

    >>> from foundations.matrix_calculus.table import TABLE
    >>> shapes(TABLE["quadratic-form"])
    ('scalar-by-vector', 'scalar-by-matrix')
    """
    xs = row.sample(np.random.default_rng(0))
    value = _kind(row.value(*xs))
    moving = [x for x in xs if isinstance(x, np.ndarray) and x.dtype.kind == "f"]
    return tuple(dict.fromkeys(f"{value}-by-{_kind(x)}" for x in moving))


def _kind(x: object) -> str:
    return SHAPES[min(np.ndim(np.asarray(x)), 3)]


def symbols(row: Row) -> tuple[str, ...]:
    """Return the letters and operations of the formulas of a row, as they are shown, the letters first.

    >>> from foundations.matrix_calculus.table import TABLE
    >>> symbols(TABLE["log-determinant"])
    ('A', 'f', 'tr', 'det', 'log', '⁻¹')
    """
    nodes = [node for formula in row.formulas for part in parse(formula) for node in walk(part)]
    indices = {name for node in nodes for name in _indices(node)}
    letters = {_letter(node.name) for node in nodes if isinstance(node, Symbol)} - {"", *indices}
    found = {sign for node in nodes for sign in _signs(node)}
    order = [*_OPERATIONS.values(), "⁻¹"]
    return (*sorted(letters, key=lambda one: (one.lower(), one)), *sorted(found, key=order.index))


def _letter(name: str) -> str:
    """Return a letter without its marks, or nothing where it is a constant or part of a formula's grammar."""
    bare = name.split()[-1].rstrip("'")
    bare = _GREEK.get(bare, bare)
    return bare if len(bare) == 1 and bare.isalpha() and bare not in "IeF" else ""


def _indices(node: Node) -> Iterator[str]:
    if isinstance(node, Index):
        yield from (one.name for at in node.at for one in walk(at) if isinstance(one, Symbol))
    if isinstance(node, Big):
        yield from (one.name for one in node.over)


def _signs(node: Node) -> Iterator[str]:
    match node:
        case Apply(name) if name in _OPERATIONS:
            yield _OPERATIONS[name]
        case Binary(operator) if operator in _OPERATIONS:
            yield _OPERATIONS[operator]
        case Marked(_, mark) if mark in _OPERATIONS:
            yield _OPERATIONS[mark]
        case Marked(_, "-top") | Power(_, Sum((Number(1),), (-1,))):
            yield "⁻¹"
        case Big("sum"):
            yield _OPERATIONS["sum"]
