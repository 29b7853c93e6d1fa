"""The one reader of YAML: what a person writes by hand, and nothing that can grow while it is read.

No aliases (523 bytes of them are gigabytes), bounded size and depth, no tags, a field once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from study.files.errors import FileError
from study.files.foreign import short

if TYPE_CHECKING:
    from yaml import Node

LARGEST = 65_536
"""Characters that are read, at most: a front matter has a few hundred, a file of questions some thousand."""
DEEPEST = 12
"""Lists and mappings inside each other, at most."""
LONGEST_NUMBER = 100
"""Characters of a number, at most: a longer one takes time to read and cannot be printed."""


def fields(source: str, path: Path, first: int = 1) -> tuple[dict[str, object], dict[str, int]]:
    """Return the fields of a mapping, and the line on which each stands.

    Args:
        source: YAML.
        path: The file, named in errors.
        first: The line of the file on which `source` starts.

    Raises:
        FileError: It is not YAML, not a mapping, names a field twice, or is more than is read.
    """
    import yaml

    values: dict[str, object] = {}
    lines: dict[str, int] = {}
    with _refusing(path, first):
        loader, node = _node(source, path, first)
        if node is None:
            return values, lines
        if not isinstance(node, yaml.MappingNode):
            raise FileError(path, first, "expected `field: value` lines")
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + first
            if not isinstance(key_node, yaml.ScalarNode):
                raise FileError(path, line, "expected a name before the colon, got a list or a mapping")
            key = str(key_node.value)
            if key in values:
                raise FileError(path, line, f"{short(key)[1:-1]}: stands twice, first on line {lines[key]}")
            try:
                values[key] = loader.construct_object(value_node, deep=True)
            except (ValueError, OverflowError) as error:  # a date or number that Python refuses
                raise FileError(path, line, f"not YAML: {short(str(error))[1:-1]}") from None
            lines[key] = line
    return values, lines


def load(source: str, path: Path) -> object:
    """Return the one value of a YAML file.

    Raises:
        FileError: It is not YAML, or more than is read.
    """
    with _refusing(path, 1):
        loader, node = _node(source, path, 1)
        try:
            return None if node is None else loader.construct_document(node)
        except (ValueError, OverflowError) as error:
            raise FileError(path, None, f"not YAML: {short(str(error))[1:-1]}") from None


@contextmanager
def _refusing(path: Path, first: int) -> Iterator[None]:
    import yaml

    try:
        yield
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        line = mark.line + first if mark else first
        raise FileError(path, line, f"not YAML: {_brief(str(problem))}") from None


def _brief(problem: str) -> str:
    brief = " ".join(problem.split())
    return brief if len(brief) <= 120 else f"{brief[:119]}…"


def _node(source: str, path: Path, first: int) -> tuple[Any, Node | None]:
    if len(source) > LARGEST:
        what = f"{len(source):,} characters of YAML: at most {LARGEST:,} are read"
        raise FileError(path, first, what)
    loader = _loader()(source)
    loader.place = (path, first)
    return loader, loader.get_single_node()


@cache
def _loader() -> Any:
    """Return the class of the loader; made when it is first needed, since importing YAML takes time."""
    import yaml

    class Loader(yaml.SafeLoader):
        depth = 0
        place: tuple[Path, int]

        def refuse(self, event: yaml.Event, what: str, fix: str) -> FileError:
            path, first = self.place
            return FileError(path, event.start_mark.line + first, what, fix)

        def compose_node(self, parent: Node | None, index: object) -> Node | None:
            event = self.peek_event()
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
                sign = "*" if isinstance(event, yaml.AliasEvent) else "&"
                what = f"YAML aliases are not read, got {short(sign + str(event.anchor))[1:-1]}"
                raise self.refuse(event, what, "Write the value out where it is needed, or quote it.")
            if self.depth >= DEEPEST:
                what = f"lists and mappings inside each other, more than {DEEPEST} deep"
                raise self.refuse(event, what, "Write it flat.")
            self.depth += 1
            try:
                return super().compose_node(parent, index)  # type: ignore[arg-type]
            finally:
                self.depth -= 1

        def construct_scalar(self, node: yaml.ScalarNode | yaml.MappingNode) -> Any:
            value = super().construct_scalar(node)
            if isinstance(value, str) and re.search("[\ud800-\udfff\x00]", value):
                raise yaml.constructor.ConstructorError(
                    None, None, "an escape for a character that no text has", node.start_mark
                )
            return value

        def number(self, node: yaml.ScalarNode) -> object:
            if len(node.value) > LONGEST_NUMBER:
                what = f"a number of {len(node.value):,} characters"
                raise yaml.constructor.ConstructorError(None, None, what, node.start_mark)
            read = self.construct_yaml_int if node.tag.endswith("int") else self.construct_yaml_float
            return read(node)

    Loader.add_constructor("tag:yaml.org,2002:int", Loader.number)
    Loader.add_constructor("tag:yaml.org,2002:float", Loader.number)
    return Loader
