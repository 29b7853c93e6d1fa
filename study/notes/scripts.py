"""The scripts of a figure that moves: its own, and those that they say they need.

A script names what has to run before it in its first line, `// needs: figure/plane.js functions.js`: files
beside it, or of the kit in `docs/assets/js/`, if the name has a folder in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from study.files.checkout import find_root
from study.files.errors import FileError
from study.files.read import read_text

FOLDER = "interactive"
KIT = "docs/assets/js"

_NEEDS = re.compile(r"// needs:(?P<names>.*)")
_NAME = re.compile(r"[\w-]+(/[\w-]+)?\.js")


@dataclass(frozen=True)
class Script:
    """One file that a figure loads.

    Attributes:
        path: The file.
        name: Its place under the entry's folder, or for a script of the kit under `docs`.
        of_kit: Whether the kit has it.
    """

    path: Path
    name: str
    of_kit: bool


def scripts_of(entry: Path, script: str) -> tuple[Script, ...]:
    """Return what a figure loads, in the order in which it has to run; its own script is the last.

    Args:
        entry: Folder of the entry.
        script: Name of a file in its folder `interactive`.

    Raises:
        FileError: A script that is needed does not exist or is not named as scripts are, or scripts need
            each other in a circle.
    """
    found: dict[Path, Script] = {}
    for one in _needed(entry, _script(entry, script), ()):
        found.setdefault(one.path, one)
    return tuple(found.values())


def _needed(entry: Path, script: Script, waiting: tuple[Path, ...]) -> Iterator[Script]:
    needs = _NEEDS.match(read_text(script.path))
    for name in needs["names"].split() if needs else ():
        if not _NAME.fullmatch(name):
            what = f"needs {name}: expected names such as functions.js or figure/plane.js"
            raise FileError(script.path, 1, what)
        one = _script(entry, name)
        if one.path in (*waiting, script.path):
            raise FileError(script.path, 1, f"needs {name}, which needs this script: a circle")
        if not one.path.is_file():
            raise FileError(script.path, 1, f"needs {name}, and there is no {one.name}")
        yield from _needed(entry, one, (*waiting, script.path))
    yield script


def _script(entry: Path, name: str) -> Script:
    if "/" not in name:
        return Script(entry / FOLDER / name, f"{FOLDER}/{name}", of_kit=False)
    docs = find_root(entry) / "docs"
    path = find_root(entry) / KIT / name
    return Script(path, path.relative_to(docs).as_posix(), of_kit=True)
