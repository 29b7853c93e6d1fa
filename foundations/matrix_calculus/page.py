"""The Markdown in which the table is shown: all of it on a page of its own, a few rows in the notes."""

from __future__ import annotations

import re
from types import ModuleType

import numpy as np

from foundations.matrix_calculus import facets
from foundations.matrix_calculus.code import codes, imports
from foundations.matrix_calculus.formulas import check_formulas
from foundations.matrix_calculus.row import Row, check
from foundations.matrix_calculus.table import GROUPS, TABLE, slug

SELECTED = (
    "matrix-product",
    "hadamard-product",
    "quadratic-form",
    "squared-frobenius-norm",
    "log-determinant",
    "inverse",
    "solution-of-a-linear-system",
    "linear-layer",
    "elementwise-function",
    "softmax",
    "cross-entropy-of-logits",
)
"""The rows that the notes show."""

_PAGE = "table.md"
_SHORTHANDS = {r"\\dd(?![a-zA-Z])\s*": r"\\mathrm{d}", r"\\tr(?![a-zA-Z])": r"\\operatorname{tr}"}
_CHECKS = 3  # random points at which a row is checked before it is shown


def latex(formula: str) -> str:
    r"""Return a formula as LaTeX knows it: `\dd` and `\tr` written out.

    >>> latex(r"\dd f=\tr\dd A")
    '\\mathrm{d}f=\\operatorname{tr}\\mathrm{d}A'
    """
    for short, long in _SHORTHANDS.items():
        formula = re.sub(short, long, formula)
    return formula


def selection() -> str:
    """Check the rows that are used most, and return them as one small table with links to the whole one.

    Raises:
        FoundationsError: A row is wrong: a wrong row is not shown.
    """
    lines = ["| Result | Function | Gradients | Where |", "|---|---|---|---|"]
    for name in SELECTED:
        row = TABLE[name]
        _hold(name, row)
        function, _, *gradients = (f"${latex(formula)}$" for formula in row.formulas)
        lines.append(
            f"| [{row.name}]({_PAGE}#{name}) | {function} | {', '.join(gradients)} | {latex(row.about)} |"
        )
    return "\n".join(lines)


def markdown() -> str:
    """Check every row, and return the table as Markdown: a heading and a small table a row, by group.

    Raises:
        FoundationsError: A row is wrong: a wrong row is not shown.
    """
    parts = []
    for heading, module in GROUPS.items():
        rows = (block(row) for row in module.ROWS)
        inside = "\n\n".join([f"## {heading}", _imports(module), *rows])
        parts.append(f'<div class="lookup-group" markdown="1">\n\n{inside}\n\n</div>')
    return "\n\n".join(parts)


def _imports(module: ModuleType) -> str:
    """Return the imports with which the code of a group runs, folded away."""
    code = (
        f"<!-- not run: what the code of this group takes for granted -->\n```python\n{imports(module)}\n```"
    )
    return f"<details><summary>Imports for the code of this group</summary>\n\n{code}\n\n</details>"


def block(row: Row) -> str:
    """Check a row, its code and its formulas, and return it as Markdown.

    Around it stands an element with what it can be filtered by.

    Raises:
        FoundationsError: It is wrong.
    """
    name = slug(row.name)
    _hold(name, row)
    about = [latex(row.about), f"[Derivation of the gradient](notes.md#{row.derived})."]
    if row.sources:
        about.append(f"[{'; '.join('@' + key for key in row.sources)}]")
    formulas = (latex(formula).replace(r"\frac", r"\dfrac") for formula in row.formulas)  # a cell has room
    function, differential, *gradients = (f"${formula}$" for formula in formulas)
    (value,), (change,), pulled = codes(row)
    lines = [("function", function, value), ("differential", differential, change)]
    pulled += ("",) * (len(gradients) - len(pulled))  # one call that returns them all
    lines += [("gradient", formula, code) for formula, code in zip(gradients, pulled, strict=True)]
    cells = "\n".join(
        f"| {what} | {formula} | {f'`{code}`' if code else 'in the call above'} |"
        for what, formula, code in lines
    )
    head = f"### {row.name}\n\n{' '.join(about)}\n\n| part | formula | NumPy |\n|---|---|---|\n"
    found_by = (
        f'data-words="{facets.words(name, row)}" data-shape="{" ".join(facets.shapes(row))}" '
        f'data-symbols="{" ".join(facets.symbols(row))}"'
    )
    return f'<section class="lookup-row" {found_by} markdown="1">\n\n{head}{cells}\n\n</section>'


def _hold(name: str, row: Row) -> None:
    rng = np.random.default_rng(0)
    for _ in range(_CHECKS):
        check(row, rng)
        check_formulas(name, row, rng)
