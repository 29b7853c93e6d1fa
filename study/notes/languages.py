"""Which fences are Python, however their language is written, and which of those cannot be run.

GitHub and the site read the language out of the info string in more than one way: ```` ```py title="x" ````,
```` ```python3 ````, ```` ``` { .python linenums="1" } ````. What either shows as Python is run, or reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from study.files.errors import FileError
from study.notes.markdown import RawFence, language, prose, scan

_RUNS = re.compile(r"py(?:thon)?(?:3(?:\.\d+)*)?")
_SESSIONS = frozenset(
    {"pycon", "python-console", "python-repl", "pythonrepl", "doctest", "ipython", "ipython3"}
)
_TRACEBACKS = frozenset({"pytb", "py3tb", "py2tb", "python-traceback"})
_PYTHON = re.compile(r".*python.*|i?py(?:\d.*)?|pyi|sage")

# What either of the two shows as a fence and `scan` does not: in a quotation, or on the line of a bullet.
_QUOTED = re.compile(r"^[ \t]*(?:>[ \t]*)+(?P<marker>`{3,}|~{3,})(?P<info>[^\r\n]*)")
_ON_BULLET = re.compile(
    r"^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)]|:)[ \t]+)+(?:>[ \t]*)*(?P<marker>`{3,}|~{3,})(?P<info>[^\r\n]*)"
)
_IN_HTML = re.compile(r"<(?:pre|code)\b[^>]*?\b(?:class|lang)\s*=\s*[\"']?(?P<named>[^\"'>]*)", re.IGNORECASE)


def runs(name: str) -> bool:
    """Tell whether a fence of this language is executed.

    >>> [runs(name) for name in ("python", "py", "python3.12", "pycon", "text")]
    [True, True, True, False, False]
    """
    return _RUNS.fullmatch(name) is not None


def is_python(name: str) -> bool:
    """Tell whether a fence of this language shows Python, whether or not it can be run."""
    return (
        runs(name) or name in _SESSIONS or _PYTHON.fullmatch(name) is not None
    ) and name not in _TRACEBACKS


def hidden_python(body: str, first: int, path: Path) -> list[FileError]:
    """Return the Python of a page that no one runs because of how it is written, each with its line.

    Args:
        body: The Markdown below the front matter.
        first: The number of its first line.
        path: The page, named in the errors.
    """
    found = [FileError(path, line, what, fix) for line, what, fix in _hidden(body, first)]
    return sorted(found, key=lambda fault: fault.line or 0)


def _hidden(body: str, first: int) -> Iterator[tuple[int, str, str]]:
    for item in scan(body, first):
        if isinstance(item, RawFence):
            name = language(item.info)
            if is_python(name) and not runs(name):
                fix = "Write ```python, and what it prints in a ```text fence below it."
                yield item.start, f"a fence of {name!r} is Python that is not run", fix
            continue
        line, text = item
        for shape, where in ((_QUOTED, "in a quotation"), (_ON_BULLET, "on the line of a bullet")):
            fence = shape.match(text)
            if fence and is_python(language(fence["info"].strip())):
                fix = "Put it on lines of its own, indented as its list is."
                yield line, f"a Python fence {where} is not run", fix
                break
    for found in _IN_HTML.finditer(spoken := prose(body)):
        names = (name.removeprefix("language-").lower() for name in found["named"].split())
        if any(map(is_python, names)):
            line = first + spoken.count("\n", 0, found.start())
            yield line, "Python in an HTML element is not run", "Write it as a ```python fence."
