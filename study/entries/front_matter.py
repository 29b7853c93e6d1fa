"""The YAML front matter of a Markdown file, with the line on which every field stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from study.files import yaml
from study.files.errors import FileError

_OPENING = re.compile(r"\ufeff?---[ \t]*\r?\n")
_CLOSING = re.compile(r"^(?:---|\.\.\.)[ \t]*\r?(?:\n|\Z)", re.MULTILINE)


@dataclass(frozen=True)
class FrontMatter:
    """The fields between the two `---` lines.

    Attributes:
        values: Field name to value, as YAML reads it.
        lines: Field name to its 1-based line in the file.
        end: Offset in the text at which the body starts.
        end_line: 1-based line on which the body starts.
    """

    values: Mapping[str, object]
    lines: Mapping[str, int]
    end: int
    end_line: int


def parse(text: str, path: Path) -> FrontMatter:
    """Read the front matter of `text`; `path` is named in errors.

    Raises:
        FileError: There is none, it is not YAML, not a mapping, or names a field twice.
    """
    opening = _OPENING.match(text)
    if opening is None:
        raise FileError(path, 1, "expected YAML front matter: a line `---`, the fields, a line `---`")
    closing = _CLOSING.search(text, opening.end())
    if closing is None:
        raise FileError(path, 1, "the front matter is never closed: expected a second line `---`")
    values, lines = yaml.fields(text[opening.end() : closing.start()], path, first=2)
    return FrontMatter(values, lines, closing.end(), text.count("\n", 0, closing.end()) + 1)
