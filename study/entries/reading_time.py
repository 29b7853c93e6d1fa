"""How long an entry takes to read, computed from its page and kept until the page changes."""

from __future__ import annotations

import contextlib
import json
from dataclasses import astuple
from hashlib import sha256
from typing import TYPE_CHECKING

from study.files import atomic, paths
from study.files.errors import FileError, StudyError
from study.files.read import read_text

if TYPE_CHECKING:
    from study.entries.catalogue import Entry
    from study.notes.reading import Reading

_COUNTING = 1
"""Which way of counting gave what was kept: raise it when `study.notes.reading` counts differently."""


def of(entry: Entry) -> Reading:
    """Return what there is to read on the page of an entry.

    A page with something wrong in it, which the doctor names, is counted without its passes.

    Raises:
        FileError: The page cannot be read.
    """
    from study.notes.reading import Amount, Reading

    text = read_text(entry.notes)
    state = sha256(f"{_COUNTING}\0{text}".encode()).hexdigest()
    file = paths.local_folder(entry.root) / "kept" / f"reading-{entry.slug}.json"
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        record = json.loads(file.read_text(encoding="utf-8"))
        if record["state"] == state:
            first, second, third = (Amount(*map(int, amount)) for amount in record["passes"])
            return Reading(bool(record["marked"]), (first, second, third))
    found = _count(entry, text)
    kept = {"state": state, "marked": found.marked, "passes": [astuple(one) for one in found.passes]}
    with contextlib.suppress(OSError, StudyError):  # a read-only checkout is read all the same
        atomic.write(file, json.dumps(kept) + "\n")
    return found


def _count(entry: Entry, text: str) -> Reading:
    from study.notes.markdown import prose
    from study.notes.parse import parse_text
    from study.notes.reading import Amount, Reading, reading

    try:
        return reading(parse_text(text, entry.notes))
    except FileError:
        return Reading(False, (Amount(), Amount(words=len(prose(text).split())), Amount()))
