"""JSON that someone else may have written: bounded, checked field by field, errors with their line."""

import json
import math
import re
import reprlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foundations.errors import ResultsError

MAX_BYTES = 8 * 2**20
"""A larger file is not read; one claim over ten seeds takes some kilobytes."""

_MAX_DIGITS = 40  # characters of a number
_MAX_DEPTH = 32  # lists and objects within each other
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


class _UnfitNumberError(Exception):
    """A number that JSON of ours never holds."""


@dataclass(frozen=True)
class Source:
    """A text that is read.

    Args:
        text: JSON.
        name: What to call it in errors: a path.
        remedy: What to do if it is damaged; a second line of the error.
    """

    text: str
    name: str
    remedy: str

    def error(self, line: int | None, what: str, remedy: str = "") -> ResultsError:
        """Return an error of two lines: file, line and what is wrong; what to do.

        Args:
            line: 1-based, or None when the whole file is meant.
            what: What is wrong.
            remedy: What to do, where it is something else than usual.

        Returns:
            The error, to raise.
        """
        where = self.name if line is None else f"{self.name}:{line}"
        return ResultsError(f"{where}: {what}\n{remedy or self.remedy}")

    def tokens(self) -> Iterator[tuple[int, str]]:
        """Yield the tokens of the text with the offset of each."""
        for match in _TOKEN.finditer(self.text):
            yield match.start(), match.group()

    def line_at(self, offset: int) -> int:
        """Return the 1-based line of an offset."""
        return self.text.count("\n", 0, offset) + 1

    def line_of(self, keys: tuple[str | int, ...]) -> int:
        """Return the 1-based line of what stands under the names and numbers `keys` within each other."""
        place: list[str | int] = []  # of each open object the name whose value comes, of each list the number
        before = ""
        for offset, token in self.tokens():
            if token[0] == '"' and before in ("{", ",") and place and isinstance(place[-1], str):
                place[-1] = json.loads(token)
                if tuple(place) == keys:
                    return self.line_at(offset)
            elif token in "{[":
                if token == "{" and tuple(place) == keys:  # an object that is the item of a list
                    return self.line_at(offset)
                place.append("" if token == "{" else 0)
            elif token in "}]":
                place.pop()
            elif token == "," and place and isinstance(place[-1], int):
                place[-1] += 1
            before = token
        return 1


def read_text(path: Path, remedy: str, shown: str = "") -> Source:
    """Read a file of limited size.

    Args:
        path: The file.
        remedy: What to do if it is damaged.
        shown: What to call it in errors; its path by default.

    Returns:
        Its text.

    Raises:
        ResultsError: If it cannot be read, is larger than `MAX_BYTES`, or is not UTF-8.
    """
    source = Source("", shown or str(path), remedy)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as reason:
        raise source.error(None, f"cannot be read ({reason.strerror or reason})") from None
    if len(data) > MAX_BYTES:
        raise source.error(None, f"is larger than {MAX_BYTES >> 20} MiB, which no file of results is")
    try:
        return Source(data.decode(), source.name, remedy)
    except UnicodeDecodeError as reason:
        line = data.count(b"\n", 0, reason.start) + 1
        raise source.error(line, f"is not UTF-8 (byte {data[reason.start]:#04x})") from None


def parse(source: Source) -> "Record":
    """Parse JSON as the standard has it: finite numbers of usual length, names once, no deep nesting.

    Args:
        source: The text.

    Returns:
        The object at the top.

    Raises:
        ResultsError: If it is anything else.
    """
    try:
        value = json.loads(
            source.text,
            parse_int=lambda literal: int(_fit(literal)),
            parse_float=lambda literal: float(_fit(literal)),
            parse_constant=_fit,
            object_pairs_hook=_once,
        )
    except json.JSONDecodeError as reason:
        raise source.error(reason.lineno, f"not valid JSON ({reason.msg})") from None
    except _UnfitNumberError as reason:
        literal = str(reason)
        line = next(source.line_at(offset) for offset, token in source.tokens() if token == literal)
        raise source.error(line, f"{reprlib.repr(literal)} is not a number that JSON can hold here") from None
    except KeyError as reason:
        raise source.error(
            None, f"the name {reprlib.repr(reason.args[0])} stands twice in an object"
        ) from None
    except RecursionError:
        raise source.error(
            _too_deep(source), f"more than {_MAX_DEPTH} objects or lists within each other"
        ) from None
    return Record(value, source, ())


def _fit(literal: str) -> str:
    if len(literal) > _MAX_DIGITS or not math.isfinite(float(literal)):
        raise _UnfitNumberError(literal)
    return literal


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise KeyError(next(name for name in names if names.count(name) > 1))
    return found


def _too_deep(source: Source) -> int:
    depth = 0
    for offset, token in source.tokens():
        depth += (token in "{[") - (token in "}]")
        if depth > _MAX_DEPTH:
            return source.line_at(offset)
    return 1


class Record:
    """A JSON object that is read field by field, with errors that say where.

    Args:
        value: What should be an object.
        source: The text it stands in.
        keys: The names that lead to it.

    Raises:
        ResultsError: If it is no object.
    """

    def __init__(self, value: object, source: Source, keys: tuple[str | int, ...]) -> None:
        self._source, self._keys = source, keys
        if not isinstance(value, dict):
            raise self.error(f"expected an object, got {reprlib.repr(value)}")
        self._value: dict[str, Any] = value

    def error(self, what: str, name: str | None = None, remedy: str = "") -> ResultsError:
        """Return an error that says where in the file something is wrong.

        Args:
            what: What is wrong.
            name: The field, if it is one.
            remedy: What to do, where it is something else than usual.

        Returns:
            The error, to raise.
        """
        keys = self._keys if name is None or name not in self._value else (*self._keys, name)
        shown = (str(key) for key in self._keys)
        place = ", ".join(key if key.isprintable() else repr(key) for key in shown)
        line = self._source.line_of(keys)
        return self._source.error(line, f"{place}: {what}" if place else what, remedy)

    def names(self) -> list[str]:
        """Return the names of the fields."""
        return list(self._value)

    def has(self, name: str) -> bool:
        """Tell whether there is a field of that name."""
        return name in self._value

    def filled(self, name: str) -> bool:
        """Tell whether there is a field of that name that is not null."""
        return self._value.get(name) is not None

    def only(self, *known: str) -> None:
        """Refuse fields of other names: they would be lost when the file is written again.

        Args:
            known: The names that may stand here.

        Raises:
            ResultsError: If there is another.
        """
        for name in self._value:
            if name not in known:
                raise self.error(f"there is no field {reprlib.repr(name)} in results of this version", name)

    def get(self, name: str, *kinds: type) -> Any:
        """Return a field of certain types.

        Args:
            name: The field.
            kinds: The types it may have; a bool is no int here.

        Returns:
            Its value.

        Raises:
            ResultsError: If it is missing or of another type.
        """
        value = self._value.get(name)
        if type(value) not in kinds:
            expected = " or ".join(kind.__name__ for kind in kinds)
            got = f"got {reprlib.repr(value)}" if name in self._value else "it is missing"
            raise self.error(f"{name} must be {expected}, {got}", name)
        return value

    def inner(self, name: str) -> "Record":
        """Return a field that is an object itself."""
        self.get(name, dict)
        return Record(self._value[name], self._source, (*self._keys, name))

    def objects(self, name: str) -> list["Record"]:
        """Return the items of a list of objects."""
        items = self.get(name, list)
        return [Record(item, self._source, (*self._keys, name, i)) for i, item in enumerate(items)]

    def each(self, name: str, read: Callable[[Any], Any], *, kind: str = "numbers") -> list[Any]:
        """Return the items of a list, read one by one.

        Args:
            name: The field.
            read: Returns the item, or None if it is none.
            kind: What the items should be, for the error.

        Returns:
            What `read` made of them.

        Raises:
            ResultsError: If an item is something else.
        """
        values = [read(item) for item in self.get(name, list)]
        if None in values:
            wrong = self._value[name][values.index(None)]
            raise self.error(f"{name} must hold {kind} only, got {reprlib.repr(wrong)}", name)
        return values
