"""The pass of each section: `<!-- pass: N -->` directly under its heading, N being 1, 2 or 3.

People read a paper three times: what is claimed and did it hold, could I build it, could I derive it. Without
a mark a section of the top level (`##`) belongs to the second pass, and one below it to that of its parent;
the title and what stands under it belong to the first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from study.files.errors import FileError
from study.notes.markdown import RawFence, heading, scan

PASSES = (1, 2, 3)
NAMES = {1: "first pass", 2: "second pass", 3: "third pass"}
"""What the passes are called."""

DEFAULT = 2
_MARKER = re.compile(r"<!--\s*pass:\s*(?P<number>[123])\s*-->")
_ANY = re.compile(r"<!--\s*pass(?:es)?\b[^>]*>?", re.IGNORECASE)
_CODE = re.compile(r"`[^`]*`")


def marks(body: str, first: int, path: Path) -> dict[int, int]:
    """Return the pass of each section that names one, by the line of its heading.

    Args:
        body: The Markdown below the front matter.
        first: The number of its first line.
        path: The page, named in errors.

    Raises:
        FileError: A marker is no number from 1 to 3, is not directly under a heading, or is a second one.
    """
    found: dict[int, int] = {}
    current: tuple[int, int] | None = None  # line and level of the heading above
    direct = False  # whether only blank lines stand between it and here
    for item in scan(body, first):
        if isinstance(item, RawFence):
            direct = False
            continue
        line, text = item
        if opened := heading(text):
            current, direct = (line, opened[0]), True
            text = opened[1]
        if not _ANY.search(_CODE.sub("", text)):
            direct = direct and (opened is not None or not text.strip())
            continue
        marker = _MARKER.fullmatch(text.strip())
        if marker is None:
            what = (
                f"expected `<!-- pass: N -->` on a line of its own, N being 1, 2 or 3, got {text.strip()!r}"
            )
            raise FileError(path, line, what)
        if current is not None and current[0] in found:
            what = f"a second pass marker in the section of line {current[0]}: a section has one at most"
            raise FileError(path, line, what)
        if current is None or not direct or opened:
            raise FileError(path, line, "a pass marker must stand directly under a heading")
        number = int(marker["number"])
        if current[1] == 1 and number != 1:
            raise FileError(path, line, "the title belongs to the first pass: mark the sections below it")
        found[current[0]] = number
        direct = False
    return found


def assigned(headings: Sequence[tuple[int, int]], marked: Mapping[int, int]) -> list[int]:
    """Return the pass of each section.

    Args:
        headings: Line and level of each heading, in order.
        marked: The passes that sections name, by the line of their heading.

    >>> assigned([(1, 1), (3, 2), (5, 3), (7, 2)], {3: 3})
    [1, 3, 3, 2]
    """
    above: list[tuple[int, int]] = []  # level and pass of the headings that a section stands under
    passes = []
    for line, level in headings:
        while above and above[-1][0] >= level:
            above.pop()
        inherited = above[-1][1] if above else DEFAULT
        number = marked.get(line, 1 if level == 1 else inherited)
        if level > 1:  # the title hands nothing down
            above.append((level, number))
        passes.append(number)
    return passes
