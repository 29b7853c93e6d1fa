"""What is computed from all code, found again as long as no file of it changed: parsing takes a second."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from pathlib import Path

from study.entries.catalogue import Entry
from study.files import atomic, paths
from study.files.errors import StudyError


def claim_hashes(entry: Entry, claims: Iterable[str]) -> dict[str, str]:
    """Return `code_hash` of each claim of an entry.

    Raises:
        StudyError: A file is not valid Python.
    """
    ids = tuple(claims)

    def compute() -> str:
        from foundations.experiment.provenance import code_hash  # brings NumPy with it

        return json.dumps({claim: code_hash(entry.path, claim) for claim in ids})

    def of_text(text: str) -> dict[str, str]:
        found = json.loads(text)
        return {claim: str(found[claim]) for claim in ids}

    try:
        return of_text(kept(entry.root, f"codes-{entry.slug}", ids, compute))
    except (ValueError, TypeError, KeyError):  # somebody edited what was kept
        return of_text(compute())


def entry_hash(entry: Entry) -> str:
    """Return `code_hash` of an entry: what its claims, all of them together, depend on.

    Raises:
        StudyError: A file is not valid Python.
    """

    def compute() -> str:
        from foundations.experiment.provenance import code_hash  # brings NumPy with it

        return code_hash(entry.path)

    return kept(entry.root, f"claims-{entry.slug}", (), compute)


def fences_hash(entry: Entry, fences: Iterable[str]) -> str:
    """Return `imports_hash` of the fences of an entry's page: what they run, directly or not.

    Raises:
        StudyError: A module that is imported is not valid Python.
    """
    code = tuple(fences)

    def compute() -> str:
        from foundations.experiment.provenance import imports_hash

        return imports_hash(code, entry.root)

    return kept(entry.root, f"fences-{entry.slug}", code, compute)


def kept(root: Path, name: str, given: Iterable[str], compute: Callable[[], str]) -> str:
    """Return a text that was computed for the same code, or compute and keep it.

    Args:
        root: The checkout; its modules and tests are what the text may depend on.
        name: What to call the text in `.study/`.
        given: What else it depends on.
        compute: Returns the text.

    Raises:
        StudyError: It cannot be computed.
    """
    from foundations.errors import FoundationsError

    digest = sha256("\0".join(given).encode())
    for state in _files(root):
        digest.update(state.encode())
    state = digest.hexdigest()
    file = paths.local_folder(root) / "kept" / f"{name}.json"
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        record = json.loads(file.read_text(encoding="utf-8"))
        if record["state"] == state and isinstance(record["text"], str):
            return record["text"]
    try:
        found = compute()
    except FoundationsError as error:
        raise StudyError(str(error)) from None
    with contextlib.suppress(OSError, StudyError):  # a read-only checkout is read all the same
        atomic.write(file, json.dumps({"state": state, "text": found}) + "\n")
    return found


def _files(root: Path) -> Iterator[str]:
    """Yield name, size and time of change of every module of the rooms and of every test, in order."""
    for part in (*paths.ROOMS, "tests"):
        for folder, inner, files in os.walk(root / part):
            inner[:] = sorted(one for one in inner if one != "__pycache__")
            for file in sorted(one for one in files if one.endswith(".py")):
                path = os.path.join(folder, file)
                with contextlib.suppress(OSError):  # gone since the folder was listed
                    found = os.stat(path)
                    yield f"{path}\0{found.st_size}\0{found.st_mtime_ns}\n"
