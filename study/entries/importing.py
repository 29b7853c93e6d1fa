"""Import the code of entries: experiments, demos. The only place where the tool runs code it does not own."""

from __future__ import annotations

import importlib
import sys
import traceback
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import TYPE_CHECKING

from study.entries.catalogue import Entry
from study.files import paths
from study.files.errors import FileError, StudyError

if TYPE_CHECKING:
    from foundations.experiment import Claim

_reached: list[Path] = []  # the checkout that `reach` was last called for
_imported: dict[
    str, tuple[int, int]
] = {}  # module of an entry: time and size of its file when it was imported


def reach(root: Path) -> None:
    """Let `papers`, `implementations` and `foundations` mean those of the checkout at `root`.

    Where `study` was installed from that checkout nothing changes. Otherwise its rooms come first, and
    modules of another checkout's entries are forgotten. `foundations` itself stays the one that runs: its
    classes must be the same for the tool and for the entries. Entries whose files changed since they were
    imported, under a server for one, are forgotten too, so that the next import reads them anew.
    """
    root = root.resolve()
    foundations = importlib.import_module("foundations")
    own = Path(str(foundations.__file__)).resolve().parent
    if _reached != [root]:
        former = {str(folder) for folder in _reached}
        sys.path[:] = [entry for entry in sys.path if entry not in former]
        sys.path.insert(0, str(root))
        folders = [root / "foundations", own] if root != own.parent else [own]
        foundations.__path__ = [str(folder) for folder in folders]
        _reached[:] = [root]
    changed = any(_stamp(name) != stamp for name, stamp in _imported.items())
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] not in paths.ROOMS:
            continue
        folder = _folder(module)
        if folder is None or folder.is_relative_to(own):
            continue
        if changed or not folder.is_relative_to(root):
            del sys.modules[name]
    remember()
    importlib.invalidate_caches()


def remember() -> None:
    """Note the files of the modules of entries that are imported now; call it after code of entries ran."""
    for name in list(_imported):
        if name not in sys.modules:
            del _imported[name]
    for name in list(sys.modules):
        if name.split(".")[0] in ("papers", "implementations") and name not in _imported:
            stamp = _stamp(name)
            if stamp is not None:
                _imported[name] = stamp


def _stamp(name: str) -> tuple[int, int] | None:
    file = getattr(sys.modules.get(name), "__file__", None)
    try:
        state = Path(str(file)).stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size


def _folder(module: ModuleType) -> Path | None:
    file = getattr(module, "__file__", None)
    return Path(file).resolve().parent if file else None


def module(entry: Entry, name: str) -> ModuleType:
    """Import one file of an entry, such as `demo` or `experiments`, or a package of that name.

    Raises:
        FileError: There is no such file, there is a package beside it, or importing it fails; the line that
            failed is named.
    """
    path, package = entry.path / f"{name}.py", entry.path / name / "__init__.py"
    if package.is_file():
        if path.is_file():
            raise FileError(path, None, f"there is a package {name}/ too: keep one of them")
        path = package
    if not path.is_file():
        raise FileError(path, None, "there is no such file")
    return file(entry.root, PurePosixPath(path.relative_to(entry.root).as_posix()))


def file(root: Path, relative: PurePosixPath) -> ModuleType:
    """Import one file of the rooms of a checkout, named relative to its root.

    Raises:
        FileError: Importing it fails; the line that failed is named.
    """
    parts = relative.with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    reach(root)
    try:
        return importlib.import_module(name)
    except SyntaxError as error:
        where = Path(error.filename) if error.filename else root / relative
        raise FileError(where, error.lineno, f"not valid Python: {error.msg}") from None
    except Exception as error:
        frames = [
            frame
            for frame in traceback.extract_tb(error.__traceback__)
            if Path(frame.filename).is_relative_to(root)
        ]
        where, line = (Path(frames[-1].filename), frames[-1].lineno) if frames else (root / relative, None)
        what = f"{type(error).__name__}: {first_line(error)}"
        raise FileError(where, line, f"importing {name} failed: {what}") from error
    finally:
        remember()


def first_line(error: BaseException) -> str:
    """Return the first line of what an error says."""
    return str(error).strip().split("\n")[0]


def claims(entry: Entry) -> tuple[Claim, ...]:
    """Return the claims of an entry, in the order of its `experiments`; none if it has no such module.

    They come with the fingerprints of `fingerprints.py`, if there is one.

    Raises:
        StudyError: A file cannot be imported, `CLAIMS` is not a tuple of claims with different ids, or
            `FINGERPRINTS` is not a dictionary of functions for some of them.
    """
    if not entry.has_claims:
        return ()
    from foundations.errors import ExperimentError
    from foundations.experiment import Claim, with_fingerprints

    file = entry.experiments
    listed = getattr(module(entry, "experiments"), "CLAIMS", None)
    if not isinstance(listed, tuple) or not all(isinstance(claim, Claim) for claim in listed):
        raise FileError(file, None, "expected `CLAIMS`, a tuple of Claim objects")
    ids = [claim.id for claim in listed]
    if twice := {name for name in ids if ids.count(name) > 1}:
        raise StudyError(f"{paths.shown(file)}: two claims are called {min(twice)!r}")
    file = entry.path / "fingerprints.py"
    if not file.is_file():
        return listed
    known = getattr(module(entry, "fingerprints"), "FINGERPRINTS", None)
    if not isinstance(known, dict):
        raise FileError(file, None, "expected `FINGERPRINTS`, a dictionary of claims to functions")
    try:
        return with_fingerprints(listed, known)
    except ExperimentError as error:
        raise FileError(file, None, str(error)) from None
