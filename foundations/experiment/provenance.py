"""Which code produced a number: hashes that see what the code does, not how it is laid out."""

import ast
import contextlib
import functools
import hashlib
import importlib.metadata
import inspect
import platform
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from foundations.errors import ExperimentError
from foundations.experiment.claim import Claim

ROOMS = ("papers", "implementations")
"""Packages whose modules are followed when an entry imports them; `foundations` has a hash of its own."""

_BESIDE = re.compile(r"(demo|drawing|figures|interactive|fingerprints)(_\w+)?")


def takes_no_part(module: str) -> bool:
    """Tell by the name of a module or folder whether it takes no part in what a claim measures.

    That is what shows and draws: `demo`, `drawing`, `figures`, `interactive`; and `fingerprints`, which is
    compared by what it gives. Each may have a suffix, as in `demo_curves`.

    Args:
        module: The name, without `.py`.

    Returns:
        Whether it is one of these.

    Examples:
        >>> takes_no_part("demo_curves"), takes_no_part("demonstration")
        (True, False)
    """
    return _BESIDE.fullmatch(module) is not None


def code_hash(entry: str | Path) -> str:
    """Hash the code behind the claims of an entry.

    Covered are the `experiments.py` of the entry and every module of `papers` and `implementations` that it
    imports, directly or not, wherever in the file the import stands; where there is no `experiments.py`, the
    files of the entry take its place. Comments, docstrings, layout and quotes do not count. Neither do the
    modules that `takes_no_part` names and what they alone import, unless a module that counts imports them;
    a package that only passes on their names, in its `__init__.py`, does not make them count.

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
    return _digest(_reached(_first_files(folder, root), root, ROOMS, passed_on=False))


def imports_hash(code: Iterable[str], root: str | Path) -> str:
    """Hash the modules of the knowledge base that pieces of code import, directly or not.

    Modules of `foundations` count here, and so does what shows and draws, since the pieces may print what it
    returns. Pieces that are not valid Python are passed over.

    Args:
        code: Pieces of Python.
        root: Folder that holds `papers`, `implementations` and `foundations`.

    Returns:
        `"sha256:"` and 64 hexadecimal digits.

    Raises:
        ExperimentError: If a module that is imported is not valid Python.
    """
    folder = Path(root).resolve()
    rooms = (*ROOMS, "foundations")
    first: list[Path] = []
    for piece in code:
        with contextlib.suppress(SyntaxError, ValueError):
            first.extend(_imported(ast.parse(piece), folder / "piece.py", folder, rooms))
    return _digest(_reached(first, folder, rooms, passed_on=True))


@functools.cache
def foundations_hash() -> str:
    """Hash the installed `foundations`: a record of what a result was measured with, not part of its code.

    Returns:
        `"sha256:"` and 64 hexadecimal digits. Computed once a process.
    """
    folder = Path(__file__).resolve().parent.parent
    return _digest((path.relative_to(folder).as_posix(), _read(path)[1]) for path in _taking_part(folder))


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


def _first_files(folder: Path, root: Path) -> Iterator[Path]:
    """Yield the files of an entry from which imports are followed."""
    experiments = folder / "experiments.py"
    if experiments.is_file():
        yield from _files((*folder.relative_to(root).parts, "experiments"), root, ROOMS)
        yield experiments  # also where the entry stands in no room, as in a test
    else:
        yield from _taking_part(folder)


def _reached(
    waiting: Iterable[Path], root: Path, rooms: tuple[str, ...], *, passed_on: bool
) -> Iterator[tuple[str, str]]:
    """Yield the name and what counts of each file that others lead to by their imports.

    Args:
        waiting: The first files.
        root: Folder of the rooms.
        rooms: Those whose modules are followed.
        passed_on: Whether modules that take no part count where a package only passes on their names.
    """
    remaining, seen = list(waiting), set[Path]()
    while remaining:
        path = remaining.pop()
        if path in seen:
            continue
        seen.add(path)
        tree, text = _read(path)
        yield path.relative_to(root).as_posix(), text
        every = passed_on or path.name != "__init__.py"
        remaining.extend(
            other
            for other in _imported(tree, path, root, rooms)
            if every or not any(map(takes_no_part, other.relative_to(root).with_suffix("").parts[2:]))
        )


def _taking_part(folder: Path) -> list[Path]:
    """Return the Python files below a folder but hidden ones and those that take no part in a claim."""
    found = []
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        if not any(part.startswith(".") or takes_no_part(part) for part in parts):
            found.append(path)
    return found


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


def _imported(tree: ast.Module, path: Path, root: Path, rooms: tuple[str, ...]) -> Iterator[Path]:
    """Yield the files of the modules in `rooms` that a module imports, packages on the way included."""
    package = path.relative_to(root).parent.parts
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _files(tuple(alias.name.split(".")), root, rooms)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = (*base, *(node.module.split(".") if node.module else ()))
            for alias in node.names:  # a name may be a module of the package or something the module defines
                yield from _files((*module, alias.name), root, rooms)


def _files(parts: tuple[str, ...], root: Path, rooms: tuple[str, ...]) -> Iterator[Path]:
    if parts[0] not in rooms:
        return
    for end in range(1, len(parts) + 1):
        place = root.joinpath(*parts[:end])
        for file in (place / "__init__.py", place.with_name(place.name + ".py")):
            if file.is_file():
                yield file.resolve()
