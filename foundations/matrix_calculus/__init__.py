"""Backpropagation via matrix calculus: a table of results to look things up in, each of them checked."""

from foundations.matrix_calculus.implicit import implicit_root
from foundations.matrix_calculus.row import Errors, Row, check, slope, verify
from foundations.matrix_calculus.spaces import half_lower, lower_triangle, symmetrise
from foundations.matrix_calculus.table import TABLE
from foundations.matrix_calculus.vec import (
    commutation_matrix,
    duplication_matrix,
    elimination_matrix,
    kronecker,
    unvec,
    vec,
    vech,
)

__all__ = [
    "TABLE",
    "Errors",
    "Row",
    "check",
    "commutation_matrix",
    "duplication_matrix",
    "elimination_matrix",
    "half_lower",
    "implicit_root",
    "kronecker",
    "lower_triangle",
    "slope",
    "symmetrise",
    "unvec",
    "vec",
    "vech",
    "verify",
]
