"""The code of a row as it is shown: cut out of its module, so that what is read is what is run."""

from __future__ import annotations

import ast
import functools
import inspect
import re
import textwrap
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

from foundations.matrix_calculus.row import Row

_WIDTH = 88  # of a line of imports: what a page shows without scrolling


def shown(function: Callable[..., Any], arguments: Sequence[str]) -> tuple[str, ...]:
    """Return the expression that a lambda computes, or those of the tuple it computes; or a call by name.

    Args:
        function: A lambda of a module, the only one that begins on its line, or a function with a name.
        arguments: What a function with a name is called with.

    Returns:
        One line of Python for each.

    Raises:
        ValueError: If it is a lambda that shares its line.

    Example:
        >>> from foundations.matrix_calculus.table import TABLE
        >>> shown(TABLE["matrix-product"].vjp, ())
        ('g @ B.T', 'A.T @ g')
        >>> shown(TABLE["matrix-product"].value, ())
        ('A @ B',)
    """
    if function.__name__ != "<lambda>":
        return (f"{function.__name__}({', '.join(arguments)})",)
    file = inspect.getsourcefile(function) or ""
    line = function.__code__.co_firstlineno
    found = [node for node in _lambdas(file) if node.lineno == line]
    if len(found) != 1:
        raise ValueError(
            f"expected a lambda alone on line {line} of {file}, got {len(found)}: give it a line"
        )
    body = found[0].body
    parts = body.elts if isinstance(body, ast.Tuple) else [body]
    return tuple(_one_line(_text(file), part) for part in parts)


def codes(row: Row) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return the code of a row as it is shown: of its value, of its differential, and of its VJP."""
    pulled = tuple(inspect.signature(row.vjp).parameters)
    changed = tuple(inspect.signature(row.differential).parameters)
    return shown(row.value, pulled[2:]), shown(row.differential, changed), shown(row.vjp, pulled)


def imports(module: ModuleType) -> str:
    """Return the import lines with which the code of a module's rows, as it is shown, runs anywhere.

    Args:
        module: A module of rows.

    Returns:
        Lines of Python: what it takes from NumPy, SciPy and the standard library, and its own functions.
    """
    lines = [code for row in module.ROWS for part in codes(row) for code in part]
    used = {node.id for line in lines for node in ast.walk(ast.parse(line)) if isinstance(node, ast.Name)}
    tree = ast.parse(_text(inspect.getsourcefile(module) or ""))
    found: list[str] = []
    for node in tree.body:
        if isinstance(node, ast.Import):
            found += [f"import {_as_written(one)}" for one in node.names if (one.asname or one.name) in used]
        elif isinstance(node, ast.ImportFrom):
            taken = [_as_written(one) for one in node.names if (one.asname or one.name) in used]
            found += _from(node.module or "", taken)
    own = [node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name in used]
    return "\n".join(found + _from(module.__name__, own))


def _as_written(alias: ast.alias) -> str:
    return f"{alias.name} as {alias.asname}" if alias.asname else alias.name


def _from(module: str, names: list[str]) -> list[str]:
    """Return the line that imports these names, or the lines: none too long for a page."""
    start = f"from {module} import "
    return [start + part.rstrip(",") for part in textwrap.wrap(", ".join(names), _WIDTH - len(start))]


@functools.cache
def _text(file: str) -> str:
    with open(file, encoding="utf-8") as source:
        return source.read()


@functools.cache
def _lambdas(file: str) -> list[ast.Lambda]:
    return [node for node in ast.walk(ast.parse(_text(file))) if isinstance(node, ast.Lambda)]


def _one_line(text: str, node: ast.expr) -> str:
    segment = " ".join((ast.get_source_segment(text, node) or "").split())
    return re.sub(r",? \)", ")", segment.replace("( ", "("))
