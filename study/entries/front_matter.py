"""The YAML front matter of a Markdown file, with the line on which every field stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

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
    values, lines = _fields(text[opening.end() : closing.start()], path)
    return FrontMatter(values, lines, closing.end(), text.count("\n", 0, closing.end()) + 1)


def _fields(source: str, path: Path) -> tuple[dict[str, object], dict[str, int]]:
    import yaml

    values: dict[str, object] = {}
    lines: dict[str, int] = {}
    line = 2  # the fields start below the opening `---`
    try:
        loader = yaml.SafeLoader(source)
        node = loader.get_single_node()
        if node is None:
            return values, lines
        if not isinstance(node, yaml.MappingNode):
            raise FileError(path, 2, "expected `field: value` lines in the front matter")
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 2
            key = str(key_node.value)
            if key in values:
                raise FileError(path, line, f"{key}: stands twice, first on line {lines[key]}")
            values[key] = loader.construct_object(value_node, deep=True)
            lines[key] = line
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise FileError(path, mark.line + 2 if mark else line, f"not YAML: {problem}") from None
    except ValueError as error:  # a timestamp or number that YAML recognises and Python refuses
        raise FileError(path, line, f"not YAML: {error}") from None
    return values, lines
