"""The source of a definition as notes show it: found by `ast`, dedented, without its docstring."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from study.files.errors import FileError
from study.files.read import read_text
from study.notes.model import Source

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def shown_source(source: Source, notes: Path, root: Path) -> str:
    """Return what a method fence must show, lines ending in a newline.

    Args:
        source: The marker.
        notes: The page it stands in, named in errors.
        root: The checkout.

    Raises:
        FileError: The file is not in the checkout, is not Python, or defines no such name.
    """
    relative = PurePosixPath(source.file)
    file = root / relative
    if relative.is_absolute() or ".." in relative.parts or relative.suffix != ".py" or not file.is_file():
        what = f"source: {source.file} is not a Python file of the checkout"
        raise FileError(notes, source.line, what)
    text = read_text(file).replace("\r\n", "\n")
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        raise FileError(file, error.lineno, f"not valid Python: {error.msg}") from None
    node = find(tree.body, source.name.split("."))
    if node is None:
        near = difflib.get_close_matches(source.name, _names(tree.body), n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise FileError(notes, source.line, f"source: {source.file} defines no {source.name}{hint}")
    return extract(text.split("\n"), node)


def extract(lines: list[str], node: ast.stmt) -> str:
    """Return the text of a definition out of the lines of its module."""
    decorators = node.decorator_list if isinstance(node, _Definition) else []
    first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    last = node.end_lineno or node.lineno
    kept = list(range(first, last + 1))
    if (doc := _docstring(node)) is not None:
        start, end = doc
        while end < last and not lines[end].strip():
            end += 1
        kept = [number for number in kept if not start <= number <= end]
    return "".join(_dedent(lines[number - 1], node.col_offset) + "\n" for number in kept)


def _docstring(node: ast.stmt) -> tuple[int, int] | None:
    """Return first and last line of a docstring that has its lines to itself and statements below it."""
    if not isinstance(node, _Definition) or len(node.body) < 2:
        return None
    first, second = node.body[0], node.body[1]
    if not (isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)):
        return None
    if not isinstance(first.value.value, str) or first.end_lineno is None:
        return None
    if first.end_lineno >= second.lineno or first.lineno == node.lineno:
        return None
    return first.lineno, first.end_lineno


def _dedent(line: str, width: int) -> str:
    kept = 0
    while kept < width and kept < len(line) and line[kept] == " ":
        kept += 1
    return line[kept:]


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of a body, those inside `if`, `try` and `with` included."""
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try | ast.With):
            for name in ("body", "orelse", "finalbody"):
                yield from _statements(getattr(node, name, []))


def _targets(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, _Definition):
        yield node.name
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            yield from (name.id for name in ast.walk(target) if isinstance(name, ast.Name))
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        yield node.target.id


def find(body: Iterable[ast.stmt], parts: list[str]) -> ast.stmt | None:
    """Return the definition that a name has in the end: the last one, as Python has it.

    Args:
        body: Statements of a module.
        parts: The name, split at its dots: `["Class", "method"]`.
    """
    found = None
    for node in _statements(body):
        if parts[0] in _targets(node):
            found = node
    if found is None or len(parts) == 1:
        return found
    return find(found.body, parts[1:]) if isinstance(found, ast.ClassDef) else None


def _names(body: Iterable[ast.stmt], prefix: str = "") -> list[str]:
    names = []
    for node in _statements(body):
        names += [prefix + name for name in _targets(node)]
        if isinstance(node, ast.ClassDef):
            names += _names(node.body, f"{prefix}{node.name}.")
    return names
