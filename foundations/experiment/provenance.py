"""Which code produced a number: hashes that see what the code does, not how it is laid out."""

import ast
import functools
import hashlib
import importlib.metadata
import inspect
import platform
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from foundations.errors import ExperimentError
from foundations.experiment.claim import Claim

ROOMS = ("papers", "implementations")
"""Packages whose modules are followed when an entry imports them; `foundations` has a hash of its own."""

SHOW = "demo.py"
"""The show of an entry takes no part in its claims; it counts only where a claim imports it."""


def code_hash(entry: str | Path) -> str:
    """Hash the code behind the claims of an entry.

    Covered are the Python files of the entry, and every module of `papers` and `implementations` that they
    import, directly or not, wherever in the file the import stands. Comments, docstrings, layout and quotes
    do not count.

    Args:
        entry: Folder of the entry, `<root>/<room>/<slug>`.

    Returns:
        `"sha256:"` and 64 hexadecimal digits.

    Raises:
        ExperimentError: If the folder does not exist or a file in it is not valid Python.
    """
    folder = Path(entry).resolve()
    if not folder.is_dir():
        raise ExperimentError(f"cannot hash the code of {entry}: there is no such folder")
    root = folder.parent.parent
    waiting = [path for path in _python_files(folder) if path != folder / SHOW]
    seen: dict[Path, str] = {}
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        tree, seen[path] = _read(path)
        waiting.extend(_imported(tree, path, root))
    return _digest((path.relative_to(root).as_posix(), seen[path]) for path in seen)


@functools.cache
def foundations_hash() -> str:
    """Hash the installed `foundations` as `code_hash` hashes an entry.

    Returns:
        `"sha256:"` and 64 hexadecimal digits. Computed once a process.
    """
    folder = Path(__file__).resolve().parent.parent
    return _digest((path.relative_to(folder).as_posix(), _read(path)[1]) for path in _python_files(folder))


def entry_of(claim: Claim) -> Path:
    """Find the folder of the code that a claim runs.

    Args:
        claim: A claim whose `run` is defined in a file.

    Returns:
        The folder of that file.

    Raises:
        ExperimentError: If `run` was not defined in a file, as in a notebook.
    """
    function: Any = claim.run
    while isinstance(function, functools.partial):
        function = function.func
    function = inspect.unwrap(function)
    try:
        file = inspect.getsourcefile(function if hasattr(function, "__code__") else type(function))
    except TypeError:
        file = None
    if file is None or not Path(file).is_file():
        raise ExperimentError(
            f"claim {claim.id!r}: its code is in no file, so pass entry= the folder it belongs to"
        )
    return Path(file).resolve().parent


def versions() -> dict[str, str]:
    """Return the versions that a result depends on: Python, NumPy and this project."""
    try:
        own = importlib.metadata.version("ml-foundations")
    except importlib.metadata.PackageNotFoundError:
        own = "not installed"
    return {"python": platform.python_version(), "numpy": np.__version__, "ml-foundations": own}


def machine() -> dict[str, str | int]:
    """Return the kind of machine: operating system, processor, and cores this process may use."""
    import joblib  # here, because reading results must not wait for it

    return {"system": platform.system(), "machine": platform.machine(), "cores": joblib.cpu_count()}


def _python_files(folder: Path) -> list[Path]:
    paths = sorted(folder.rglob("*.py"))
    return [path for path in paths if not any(p.startswith(".") for p in path.relative_to(folder).parts)]


def _read(path: Path) -> tuple[ast.Module, str]:
    """Return the tree of a file and what counts of it, found once for as long as the file does not change."""
    state = path.stat()
    return _reread(path, state.st_mtime_ns, state.st_size)


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


def _digest(parts: Iterable[tuple[str, str]]) -> str:
    digest = hashlib.sha256()
    for name, text in sorted(parts):
        digest.update(f"{name}\0{text}\0".encode())
    return f"sha256:{digest.hexdigest()}"


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


def _imported(tree: ast.Module, path: Path, root: Path) -> Iterator[Path]:
    """Yield the files of the modules in `ROOMS` that a module imports, packages on the way included."""
    package = path.relative_to(root).parent.parts
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _files(tuple(alias.name.split(".")), root)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = (*base, *(node.module.split(".") if node.module else ()))
            for alias in node.names:  # a name may be a module of the package or something the module defines
                yield from _files((*module, alias.name), root)


def _files(parts: tuple[str, ...], root: Path) -> Iterator[Path]:
    if parts[0] not in ROOMS:
        return
    for end in range(1, len(parts) + 1):
        place = root.joinpath(*parts[:end])
        for file in (place / "__init__.py", place.with_name(place.name + ".py")):
            if file.is_file():
                yield file.resolve()
