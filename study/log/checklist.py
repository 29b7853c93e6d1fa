"""The reader's checklist: a Markdown task list of which exactly one line is ever edited at a time.

A done item carries its date as Obsidian Tasks writes it: `- [x] First pass ✅ 2026-11-22`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from study.files import atomic, paths
from study.files.errors import FileError, UsageError
from study.files.read import read_text
from study.notes.markdown import scan

_ITEM = re.compile(
    r"^(?P<indent>[ \t]*)(?:[-*+]|\d{1,9}[.)])[ \t]+\[(?P<mark>[ xX])\][ \t]+(?P<rest>\S.*)$", re.DOTALL
)
_DONE = re.compile(r"[ \t]*✅\ufe0f?[ \t]*(?P<date>\d{4}-\d{2}-\d{2})")
_TRAILER = re.compile(
    r"[ \t]*(?:"
    r"[✅❌➕⏳⌛🛫📅📆🗓]\ufe0f?[ \t]*\d{4}-\d{2}-\d{2}"  # dates
    r"|[🔺⏫🔼🔽⏬]\ufe0f?"  # priorities
    r"|🔁\ufe0f?[ \t]*[\w ]+"  # recurrence
    r"|[🆔⛔🏁]\ufe0f?[ \t]*[\w, -]+"  # identifiers, dependencies, on completion
    r"|(?<=[ \t])\^[A-Za-z0-9-]+"  # block link
    r")[ \t]*$"
)
_BLOCK_LINK = re.compile(r"[ \t]+\^[A-Za-z0-9-]+$")


@dataclass(frozen=True)
class Item:
    """One item of a checklist.

    Attributes:
        number: 1-based, over the whole file.
        text: What is to be done, without dates and other metadata at its end.
        done: Whether it is ticked.
        date: When it was ticked, if the line says so.
        line: 1-based line in the file.
        indent: Width of the white space before its bullet (a tab counts 4): deeper is nested.
    """

    number: int
    text: str
    done: bool
    date: date | None
    line: int
    indent: int


@dataclass(frozen=True)
class Checklist:
    """The items of one file, in order."""

    path: Path
    items: tuple[Item, ...]

    @property
    def done(self) -> int:
        """Number of ticked items."""
        return sum(item.done for item in self.items)

    @property
    def total(self) -> int:
        """Number of items."""
        return len(self.items)

    def find(self, item: str | int) -> Item:
        """Return the item meant by a number or by enough of its text to be unique (case does not matter).

        Raises:
            UsageError: None is meant, or several; the candidates are listed.
        """
        wanted = str(item).strip()
        folded = _fold(wanted)
        exact = [one for one in self.items if _fold(one.text) == folded]
        if len(exact) == 1:
            return exact[0]
        if wanted.isdecimal():
            if 1 <= int(wanted) <= self.total:
                return self.items[int(wanted) - 1]
            raise UsageError(f"{paths.shown(self.path)} has {self.total} items: there is no number {wanted}.")
        if not folded:
            raise UsageError(f"Name an item of {paths.shown(self.path)} by its number or its text.")
        found = exact or [one for one in self.items if folded in _fold(one.text)]
        if len(found) == 1:
            return found[0]
        if not found:
            raise UsageError(
                f"No item of {paths.shown(self.path)} contains {wanted!r}: `study log` lists them."
            )
        candidates = " · ".join(f"{one.number} {one.text}" for one in found)
        raise UsageError(
            f"{wanted!r} could be any of {len(found)} items; name one by its number:\n{candidates}"
        )


@dataclass(frozen=True)
class Change:
    """What `tick` did: the item as it is now, and whether the file was written."""

    item: Item
    changed: bool
    message: str


def load(path: Path) -> Checklist:
    """Read a checklist.

    Raises:
        FileError: The file cannot be read, holds no item, or dates one with a day that does not exist.
    """
    return parse(read_text(path), path)


def parse(text: str, path: Path) -> Checklist:
    """Read a checklist from its text; `path` names it in errors."""
    items = []
    for number, line in _lines(text):
        if found := _ITEM.match(line):
            rest = found["rest"].rstrip()
            done_on = _DONE.search(_metadata(rest))
            items.append(
                Item(
                    number=len(items) + 1,
                    text=_description(rest),
                    done=found["mark"] != " ",
                    date=_date(done_on["date"], path, number) if done_on else None,
                    line=number,
                    indent=len(found["indent"].expandtabs(4)),
                )
            )
    if not items:
        raise FileError(path, None, "not a checklist: no line such as `- [ ] First pass: what is claimed`")
    return Checklist(path, tuple(items))


def tick(path: Path, item: str | int, done: bool = True, today: date | None = None) -> Change:
    """Tick one item of a checklist (or untick it), changing nothing else in the file.

    The file is locked while it is read and replaced as a whole, so concurrent ticks all survive and a
    process that dies leaves the old file or the new one.

    Args:
        path: The checklist.
        item: Number or text of the item; see `Checklist.find`.
        done: Whether it is done.
        today: The date to write; the current day by default.

    Raises:
        FileError: The file is not a checklist.
        UsageError: The item is not there, or not the only one.
        StudyError: The file cannot be locked or written.
    """
    with atomic.locked(path):
        text = read_text(path)
        found = parse(text, path).find(item)
        if found.done == done:
            when = f" since {found.date}" if done and found.date else ""
            return Change(found, False, f"{found.text!r} is {'done' if done else 'open'} already{when}.")
        day = (today or date.today()) if done else None
        lines = text.split("\n")
        lines[found.line - 1] = _edit(lines[found.line - 1], day)
        atomic.write(path, "\n".join(lines))
        new = Item(found.number, found.text, done, day, found.line, found.indent)
        return Change(new, True, f"{found.text!r} is {'done' if done else 'open again'}.")


def _lines(text: str) -> list[tuple[int, str]]:
    return [(line[0], line[1].rstrip("\r\n")) for line in scan(text) if isinstance(line, tuple)]


def _fold(text: str) -> str:
    return " ".join(text.casefold().split())


def _description(rest: str) -> str:
    while bare := _TRAILER.search(rest):
        if not bare.start():
            break  # nothing would be left
        rest = rest[: bare.start()]
    return rest


def _metadata(rest: str) -> str:
    return rest[len(_description(rest)) :]


def _date(text: str, path: Path, line: int) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise FileError(path, line, f"{text} is not a date") from None


def _edit(line: str, day: date | None) -> str:
    """Set or clear the marker and the done date of one item's line; `day` is None to untick."""
    found = _ITEM.match(line)
    assert found is not None  # the line was parsed as an item under the same lock
    start, end = found.span("mark")
    rest = line[end:]
    body = rest.rstrip()
    text = _description(body)
    metadata = _DONE.sub("", body[len(text) :])
    if day is not None:
        link = _BLOCK_LINK.search(metadata)
        at = link.start() if link else len(metadata)
        metadata = f"{metadata[:at]} ✅ {day.isoformat()}{metadata[at:]}"
    return line[:start] + ("x" if day else " ") + text + metadata + rest[len(body) :]
