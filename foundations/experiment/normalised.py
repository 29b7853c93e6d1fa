"""What counts of a Python file: what it does, not how it is laid out or what it says."""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

from foundations.errors import ExperimentError


def read(path: Path) -> tuple[ast.Module, str]:
    """Return the tree of a file and what counts of it, found once for as long as the file does not change.

    Args:
        path: The file.

    Returns:
        The tree, and a text without comments, docstrings, layout and quotes.

    Raises:
        ExperimentError: If it is not valid Python.
    """
    state = path.stat()
    return _reread(path, state.st_mtime_ns, state.st_size)


def without_grid(path: Path) -> str:
    """Return what counts of a module beside the grids that its claims are tuned on.

    Left out are the argument `grid` of each `Claim(…)`, and a name of the module that is used for it alone.

    Args:
        path: The module of a claim.

    Returns:
        A text as that of `read`.

    Raises:
        ExperimentError: If it is not valid Python.
    """
    tree = _parse(path)
    used: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Claim":
            grids = (keyword.value for keyword in node.keywords if keyword.arg == "grid")
            used += [value.id for value in grids if isinstance(value, ast.Name)]
            node.keywords = [keyword for keyword in node.keywords if keyword.arg != "grid"]
    loaded = {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    alone = set(used) - loaded
    tree.body = [node for node in tree.body if not _assigns(node, alone)]
    return _normalised(tree)


def _assigns(node: ast.stmt, names: set[str]) -> bool:
    """Tell whether a statement only gives one of these names its value."""
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    single = isinstance(node, ast.Assign | ast.AnnAssign) and len(targets) == 1
    return single and isinstance(targets[0], ast.Name) and targets[0].id in names


@functools.lru_cache(maxsize=1024)
def _reread(path: Path, changed: int, size: int) -> tuple[ast.Module, str]:
    tree = _parse(path)
    return tree, _normalised(tree)


def _parse(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_bytes(), filename=str(path))
    except (SyntaxError, ValueError) as reason:
        line = getattr(reason, "lineno", None) or 1
        raise ExperimentError(f"{path}:{line}: not valid Python ({getattr(reason, 'msg', reason)})") from None


def _normalised(tree: ast.Module) -> str:
    """Write a tree so that it reads the same under every Python: without positions and empty fields."""
    return "".join(_pieces(tree))


def _pieces(node: object) -> Iterator[str]:
    if isinstance(node, ast.AST):
        yield f"{type(node).__name__}("
        for name, value in ast.iter_fields(node):
            if name == "body" and isinstance(value, list):
                value = _without_docstring(node, value)
            if isinstance(node, ast.JoinedStr):  # early 3.12 parses an empty piece after a nested format
                value = [piece for piece in value if not isinstance(piece, ast.Constant) or piece.value]
            if value is None or value == [] or name in ("kind", "type_comment", "type_ignores"):
                continue
            yield f"{name}="
            # The value of a constant is written with its type; elsewhere strings are names.
            yield from [repr(value)] if isinstance(node, ast.Constant) else _pieces(value)
            yield ","
        yield ")"
    elif isinstance(node, list):
        yield "["
        for item in node:
            yield from _pieces(item)
            yield ","
        yield "]"
    else:
        yield repr(node)


def _without_docstring(node: ast.AST, body: list[ast.stmt]) -> list[ast.stmt]:
    documented = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    if documented and body and isinstance(body[0], ast.Expr):
        value = body[0].value
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            return body[1:]
    return body
