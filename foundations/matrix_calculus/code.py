"""The code of a row as it is shown: cut out of its module, so that what is read is what is run."""

from __future__ import annotations

import ast
import functools
import inspect
import re
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

_LIBRARIES = ("math", "numpy", "scipy")


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


def imports(module: ModuleType) -> str:
    """Return the import lines with which the code of a module's rows runs anywhere.

    Args:
        module: A module of rows.

    Returns:
        Lines of Python: what it takes from NumPy, SciPy and the standard library, and its own functions.
    """
    text = _text(inspect.getsourcefile(module) or "")
    tree = ast.parse(text)
    taken = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    lines = [ast.unparse(node) for node in taken if _is_needed(node)]
    own = [node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name[0] != "_"]
    if own:
        lines.append(f"from {module.__name__} import {', '.join(own)}")
    return "\n".join(lines)


def _is_needed(node: ast.Import | ast.ImportFrom) -> bool:
    name = node.names[0].name if isinstance(node, ast.Import) else node.module or ""
    return name.split(".")[0] in _LIBRARIES or name.endswith(".spaces")


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
