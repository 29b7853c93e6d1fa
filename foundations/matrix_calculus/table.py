"""The table: every result, by its name, and the Markdown in which the notes show it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType, ModuleType

import numpy as np

from foundations.matrix_calculus.code import codes, imports
from foundations.matrix_calculus.row import Row, check
from foundations.matrix_calculus.rows import (
    activations,
    factors,
    images,
    inverses,
    layers,
    losses,
    normalisation,
    norms,
    products,
    scalars,
)

GROUPS: Mapping[str, ModuleType] = MappingProxyType(
    {
        "Numbers made of matrices": scalars,
        "Norms and distances": norms,
        "Products and rearrangements": products,
        "Inverses and solutions": inverses,
        "Factorisations": factors,
        "Elementwise functions and the softmax family": activations,
        "Linear layer, embedding and attention": layers,
        "Normalisation": normalisation,
        "Convolution and pooling": images,
        "Losses and likelihoods": losses,
    }
)
"""The modules of the rows, by the heading under which they stand."""


def slug(name: str) -> str:
    """Return what a name is in an address: lower case, words joined by hyphens.

    >>> slug("Rectifier (ReLU)")
    'rectifier-relu'
    """
    return re.sub(r"[^\w-]", "", name.lower().replace(" ", "-"))


TABLE: Mapping[str, Row] = MappingProxyType(
    {slug(row.name): row for module in GROUPS.values() for row in module.ROWS}
)
"""Every row, by the slug of its name: `TABLE["log-determinant"]`."""

_SHORTHANDS = {r"\\dd(?![a-zA-Z])\s*": r"\\mathrm{d}", r"\\tr(?![a-zA-Z])": r"\\operatorname{tr}"}
_CHECKS = 3  # random points at which a row is checked before it is shown
_NOT_RUN = "<!-- not run: what the column NumPy below takes for granted -->"


def latex(formula: str) -> str:
    r"""Return a formula as LaTeX knows it: `\dd` and `\tr` written out.

    >>> latex(r"\dd f=\tr\dd A")
    '\\mathrm{d}f=\\operatorname{tr}\\mathrm{d}A'
    """
    for short, long in _SHORTHANDS.items():
        formula = re.sub(short, long, formula)
    return formula


def index() -> str:
    """Return the names of all rows, by group, each a link to its row: Markdown."""
    lines = []
    for heading, module in GROUPS.items():
        links = " · ".join(f"[{row.name}](#{slug(row.name)})" for row in module.ROWS)
        lines.append(f"- **{heading}:** {links}")
    return "\n".join(lines)


def markdown() -> str:
    """Check every row, and return the table as Markdown: a heading and a small table a row.

    Raises:
        GradientMismatchError: If a row is wrong: a wrong row is not shown.
    """
    parts = []
    for heading, module in GROUPS.items():
        parts += [f"### {heading}", f"{_NOT_RUN}\n```python\n{imports(module)}\n```"]
        parts += [block(row) for row in module.ROWS]
    return "\n\n".join(parts)


def block(row: Row) -> str:
    """Check a row, and return it as Markdown.

    Raises:
        GradientMismatchError: If it is wrong.
    """
    rng = np.random.default_rng(0)
    for _ in range(_CHECKS):
        check(row, rng)
    about = [latex(row.about), f"[Derivation of the gradient](#{row.derived})."]
    if row.sources:
        about.append(f"[{'; '.join('@' + key for key in row.sources)}]")
    formulas = (latex(formula).replace(r"\frac", r"\dfrac") for formula in row.formulas)  # a cell has room
    function, differential, *gradients = (f"${formula}$" for formula in formulas)
    (value,), (change,), pulled = codes(row)
    lines = [("function", function, value), ("differential", differential, change)]
    pulled += ("",) * (len(gradients) - len(pulled))  # one call that returns them all
    lines += [("VJP", formula, code) for formula, code in zip(gradients, pulled, strict=True)]
    rows = [f"| {what} | {formula} | {f'`{code}`' if code else ''} | ✓ |" for what, formula, code in lines]
    head = f"#### {row.name}\n\n{' '.join(about)}\n\n| | formula | NumPy | checked |\n|---|---|---|---|\n"
    return head + "\n".join(rows)
