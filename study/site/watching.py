"""Notice when what the site is made of changes: by looking, once a second, on every system alike."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from study.files.errors import StudyError
from study.files.paths import ROOMS
from study.log import checklist

_SUFFIXES = {".md", ".py", ".bib", ".json", ".svg", ".png", ".css", ".js", ".yml"}


class Watcher:
    """Calls back after a change, in a thread of its own, for as long as the `with` block lasts.

    What counts is any change since this object was made, so make it before the first build starts.

    Args:
        root: The checkout.
        changed: What to call once files have changed and then kept still for one look.
        seconds: Between two looks.
    """

    def __init__(self, root: Path, changed: Callable[[], object], seconds: float = 1.0):
        self._root = root
        self._changed = changed
        self._seconds = seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="study-watch", daemon=True)
        self._built = signature(root)

    def __enter__(self) -> Watcher:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()

    def _watch(self) -> None:
        seen = self._built
        while not self._stop.wait(self._seconds):
            now = signature(self._root)
            if now != self._built and now == seen:  # an editor has finished writing
                self._built = now
                self._changed()
            seen = now


def signature(root: Path) -> tuple[tuple[str, object], ...]:
    """Return what tells one state of the sources from another: names, times and sizes.

    Of a checklist only the items count: a tick is shown without a new build.
    """
    return tuple(_signatures(root))


def _signatures(root: Path) -> Iterator[tuple[str, object]]:
    for path in [root / "mkdocs.yml", *(path for room in ("docs", *ROOMS) for path in _files(root / room))]:
        try:
            if path.name == "checklist.md":
                items: object = tuple(item.text for item in checklist.load(path).items)
                yield str(path), items
            else:
                found = path.stat()
                yield str(path), (found.st_mtime_ns, found.st_size)
        except (OSError, StudyError) as error:
            yield str(path), str(error)


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in _SUFFIXES and not any(
            part.startswith((".", "__pycache__")) for part in path.parts[-3:]
        ):
            yield path
