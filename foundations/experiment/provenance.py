"""Which code produced a number: hashes that see what the code does, not how it is laid out."""

import ast
import contextlib
import functools
import hashlib
import importlib.metadata
import inspect
import platform
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from foundations.errors import ExperimentError
from foundations.experiment import normalised
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


def code_hash(entry: str | Path, claim: str = "") -> str:
    """Hash the code behind the claims of an entry, or behind one of them.

    Covered are the `experiments.py` of the entry and every module of `papers` and `implementations` that it
    imports, directly or not, wherever in the file the import stands; where there is none, the files of the
    entry take its place. Comments, docstrings, layout and quotes do not count. Neither do the modules that
    `takes_no_part` names and what they alone import, unless a module that counts imports them; a package that
    only passes on their names, in its `__init__.py`, does not make them count.

    Where the claims stand in a package `experiments/`, the code of the claim `wide-heads` is the module
    `experiments/wide_heads.py` and what that imports: another claim beside it does not make its results
    stale. A claim without a module of its own has the code of the whole package.

    Args:
        entry: Folder of the entry, `<root>/<room>/<slug>`.
        claim: Identifier of the claim; all of them by default.

    Returns:
        `"sha256:"` and 64 hexadecimal digits.

    Raises:
        ExperimentError: If the folder does not exist, a file in it is not valid Python, or the `__init__.py`
            of the package holds more than imports, `CLAIMS` and `__all__`: what it defines would belong to no
            claim.
    """
    first, root, package = _start(entry, claim)
    return _digest(_reached(first, root, ROOMS, passed_on=False, without=package))


def score_hash(entry: str | Path, claim: str) -> str:
    """Hash the code behind the scores of a pilot: that of the claim but for its grid.

    Where only the grid became wider, the scores that are there stand.

    Args:
        entry: Folder of the entry.
        claim: Identifier of the claim.

    Returns:
        `"sha256:"` and 64 hexadecimal digits.

    Raises:
        ExperimentError: As `code_hash`.
    """
    first, root, package = _start(entry, claim)
    own = {
        path.resolve() for path in first if path.parent.name == "experiments" or path.stem == "experiments"
    }
    instead = {path: normalised.without_grid(path) for path in own}
    return _digest(_reached(first, root, ROOMS, passed_on=False, without=package, instead=instead))


def _start(entry: str | Path, claim: str) -> tuple[list[Path], Path, Path | None]:
    """Return the files that imports are followed from, the root, and a file that does not count."""
    folder = Path(entry).resolve()
    if not folder.is_dir():
        raise ExperimentError(f"cannot hash the code of {entry}: there is no such folder")
    root = folder.parent.parent
    package = folder / "experiments" / "__init__.py"
    own = package.parent / f"{claim.replace('-', '_')}.py"
    if not claim or not package.is_file() or not own.is_file():
        return list(_first_files(folder, root)), root, None
    _check_only_lists(package)
    return [own], root, package


def _check_only_lists(package: Path) -> None:
    """Refuse an `__init__.py` of experiments that does more than list the claims of its modules."""
    tree, _ = normalised.read(package)
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        names = {target.id for target in targets if isinstance(target, ast.Name)}
        text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        lists = isinstance(node, ast.Assign | ast.AnnAssign) and names <= {"CLAIMS", "__all__"} and names
        if not text and not lists and not isinstance(node, ast.Import | ast.ImportFrom):
            raise ExperimentError(
                f"{package}:{node.lineno}: holds more than imports, CLAIMS and __all__; "
                "move it to a module of experiments/ that the claims import"
            )


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
    return _digest(
        (path.relative_to(folder).as_posix(), normalised.read(path)[1]) for path in _taking_part(folder)
    )


def entry_of(claim: Claim) -> Path:
    """Find the folder of the code that a claim runs.

    Args:
        claim: A claim whose `run` is defined in a file.

    Returns:
        The folder of that file, or the one above where it stands in `experiments/`.

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
    folder = Path(file).resolve().parent
    return folder.parent if folder.name == "experiments" else folder


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
    package = folder / "experiments" / "__init__.py"
    experiments = package if package.is_file() else folder / "experiments.py"
    if experiments.is_file():
        yield from _files((*folder.relative_to(root).parts, "experiments"), root, ROOMS)
        yield experiments  # also where the entry stands in no room, as in a test
    else:
        yield from _taking_part(folder)


def _reached(
    waiting: Iterable[Path],
    root: Path,
    rooms: tuple[str, ...],
    *,
    passed_on: bool,
    without: Path | None = None,
    instead: Mapping[Path, str] | None = None,
) -> Iterator[tuple[str, str]]:
    """Yield the name and what counts of each file that others lead to by their imports.

    Args:
        waiting: The first files.
        root: Folder of the rooms.
        rooms: Those whose modules are followed.
        passed_on: Whether modules that take no part count where a package only passes on their names.
        without: A file that neither counts nor is followed.
        instead: What counts of a file, where it is not all that it does.
    """
    remaining, seen = list(waiting), {without}
    while remaining:
        path = remaining.pop()
        if path in seen:
            continue
        seen.add(path)
        tree, text = normalised.read(path)
        yield path.relative_to(root).as_posix(), (instead or {}).get(path, text)
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


def _digest(parts: Iterable[tuple[str, str]]) -> str:
    digest = hashlib.sha256()
    for name, text in sorted(parts):
        digest.update(f"{name}\0{text}\0".encode())
    return f"sha256:{digest.hexdigest()}"


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
