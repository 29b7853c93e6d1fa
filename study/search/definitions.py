"""The public definitions of a module, read from its syntax and never run."""

from __future__ import annotations

import ast
from collections.abc import Iterator

Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def definitions(tree: ast.Module) -> Iterator[tuple[str, Documented, int]]:
    """Yield the module itself, its public functions and classes, and their public methods."""
    yield "", tree, 1
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.name[0] != "_":
            yield node.name, node, node.lineno
            for inner in node.body if isinstance(node, ast.ClassDef) else ():
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef) and inner.name[0] != "_":
                    yield f"{node.name}.{inner.name}", inner, inner.lineno


def signature(node: Documented) -> str:
    """Return the names of a function's arguments, or of a class's public attributes and methods."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return ast.unparse(node.args)
    names = (
        getattr(inner, "name", None) or getattr(getattr(inner, "target", None), "id", "")
        for inner in node.body
    )
    return " ".join(name for name in names if name and name[0] != "_")
