"""The reader's checklist: a Markdown task list of which exactly one line is ever edited at a time.

Besides open and done items there are those begun, `[/]`, and dropped, `[-]`, as vault plugins write them.
What was dropped counts neither as done nor as something to do.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from study.files import atomic, paths
from study.files.errors import FileError, StudyError, UsageError
from study.files.read import read_text
from study.log.line import BEGUN, DONE, DROPPED, ITEM, OPEN, day_of, marked, take_apart, unlinked
from study.notes.markdown import scan

_ATTEMPTS = 20
_NAMES = {DONE: "done", BEGUN: "begun", DROPPED: "dropped", OPEN: "open"}


@dataclass(frozen=True)
class Item:
    """One item of a checklist.

    Attributes:
        number: 1-based, over the whole file.
        text: What is to be done, as it reads: without the markup of links, without dates and other metadata
            at its end.
        mark: How it is marked: `x` done, `/` begun, `-` dropped, a blank for open.
        date: When it was done, if the line says so.
        line: 1-based line in the file.
        indent: Width of the white space before its bullet (a tab counts 4): deeper is nested.
        markdown: The text with its links.
        target: Where the first link leads; empty if there is none.
    """

    number: int
    text: str
    mark: str
    date: date | None
    line: int
    indent: int
    markdown: str = ""
    target: str = ""

    @property
    def done(self) -> bool:
        """Whether it is ticked."""
        return self.mark == DONE

    @property
    def state(self) -> str:
        """`done`, `begun`, `dropped` or `open`."""
        return _NAMES[self.mark]

    @property
    def key(self) -> str:
        """What identifies it: its text as it reads, without regard to case and spacing."""
        return fold(self.text)


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
        """Number of items, those that were dropped left out."""
        return sum(item.mark != DROPPED for item in self.items)

    def find(self, item: str | int) -> Item:
        """Return the item meant by a number or by enough of its text to be unique (case does not matter).

        Raises:
            UsageError: None is meant, or several; the candidates are listed.
        """
        wanted = str(item).strip()
        folded = fold(wanted)
        exact = [one for one in self.items if fold(one.text) == folded]
        if len(exact) == 1:
            return exact[0]
        if wanted.isdecimal():
            number = int(wanted) if len(wanted) <= 9 else 0
            if 1 <= number <= len(self.items):
                return self.items[number - 1]
            raise UsageError(
                f"{paths.shown(self.path)} has {len(self.items)} items: there is no number {wanted}."
            )
        if not folded:
            raise UsageError(f"Name an item of {paths.shown(self.path)} by its number or its text.")
        found = exact or [one for one in self.items if folded in fold(one.text)]
        if len(found) == 1:
            return found[0]
        if not found:
            raise UsageError(f"No item of {paths.shown(self.path)} contains {wanted!r}{self._near(folded)}")
        candidates = " · ".join(f"{one.number} {one.text}" for one in found)
        raise UsageError(
            f"{wanted!r} could be any of {len(found)} items; name one by its number:\n{candidates}"
        )

    def _near(self, folded: str) -> str:
        """Return the ending of a complaint: the item that was probably meant, or where they are listed."""
        words = len(folded.split())

        def likeness(item: Item) -> float:
            found = item.key.split()
            runs = (" ".join(found[at : at + words]) for at in range(max(len(found) - words, 0) + 1))
            return max(difflib.SequenceMatcher(None, folded[:80], run[:80]).ratio() for run in runs)

        best = max(self.items[:200], key=likeness)
        if likeness(best) < 0.6:
            return f": `study log {self.path.parent.name}` lists them."
        return f"; did you mean {best.number}, {best.text!r}?"


@dataclass(frozen=True)
class Change:
    """What `tick` did: the item as it is now, and whether the file was written."""

    item: Item
    changed: bool
    message: str


def fold(text: str) -> str:
    r"""Return a text without regard to case, spacing and links: a link put on an item leaves it the same.

    >>> fold("First  pass:\tthe claim"), fold("[First pass](notes.md#the-idea): the claim")
    ('first pass: the claim', 'first pass: the claim')
    """
    return " ".join(unlinked(text)[0].casefold().split())


def load(path: Path) -> Checklist:
    """Read a checklist.

    Raises:
        FileError: The file cannot be read, holds no item, or dates one with a day that cannot be.
    """
    return parse(read_text(path), path)


def parse(text: str, path: Path) -> Checklist:
    """Read a checklist from its text; `path` names it in errors.

    Raises:
        FileError: It holds no item, or dates one with a day that cannot be.
    """
    items = []
    for number, line in _lines(text):
        if found := ITEM.match(line):
            parts = take_apart(found["rest"].rstrip())
            words, target = unlinked(parts.text)
            mark = found["mark"].lower()
            try:
                day = day_of(parts.dates[0][2]) if parts.dates else None
            except ValueError as error:
                raise FileError(path, number, str(error)) from None
            items.append(
                Item(
                    number=len(items) + 1,
                    text=words,
                    mark=mark,
                    date=day,
                    line=number,
                    indent=len(found["indent"].expandtabs(4)),
                    markdown=parts.text,
                    target=target,
                )
            )
    if not items:
        raise FileError(path, None, "not a checklist: no line such as `- [ ] First pass: what is claimed`")
    return Checklist(path, tuple(items))


def tick(
    path: Path, item: str | int, done: bool = True, today: date | None = None, *, dated: bool = True
) -> Change:
    """Tick one item of a checklist (or untick it), changing nothing else in the file.

    What was begun or dropped is ticked like any other, and opened again by unticking it. The file is locked
    while it is read and replaced as a whole, so concurrent ticks all survive and a process that dies leaves
    the old file or the new one; what an editor saves in the meantime is read again first.

    Args:
        path: The checklist.
        item: Number or text of the item; see `Checklist.find`.
        done: Whether it is done.
        today: The date to write; the current day by default.
        dated: Whether to write a date; not where nobody knows it.

    Raises:
        FileError: The file is not a checklist.
        UsageError: The item is not there, or not the only one.
        StudyError: The file cannot be locked or written.
    """
    change: Change | None = None

    def edit(text: str) -> str:
        nonlocal change
        found = parse(text, path).find(item)
        if found.done if done else found.mark == OPEN:
            when = f" since {found.date}" if found.date else ""
            change = Change(found, False, f"{found.text!r} is {'done' if done else 'open'} already{when}.")
            return text
        day = (today or date.today()) if done and dated else None
        mark = DONE if done else OPEN
        new = replace(found, mark=mark, date=day)
        change = Change(new, True, f"{found.text!r} is {'done' if done else 'open again'}.")
        return with_marks(text, [new])

    rewrite(path, edit)
    assert change is not None
    return change


def with_marks(text: str, items: Iterable[Item]) -> str:
    """Return the text of a checklist with these items marked and dated as they say; all else as it is."""
    lines = text.split("\n")
    for item in items:
        lines[item.line - 1] = marked(lines[item.line - 1], item.mark, item.date)
    return "\n".join(lines)


def rewrite(path: Path, edit: Callable[[str], str]) -> None:
    """Replace the text of a file by what `edit` makes of it, under its lock.

    Whoever does not take the lock, an editor say, may save the file in the meantime: it is compared just
    before it is replaced, and where it is not what was read, it is read and edited again.

    Raises:
        StudyError: The file cannot be read, locked or written, or changes faster than it can be read.
    """
    with atomic.locked(path):
        for _ in range(_ATTEMPTS):
            text = read_text(path)
            new = edit(text)
            if new == text or atomic.replace(path, new, text.encode()):
                return
    raise StudyError(f"{paths.shown(path)}: something else keeps writing it; try again.")


def _lines(text: str) -> list[tuple[int, str]]:
    return [(line[0], line[1].rstrip("\r\n")) for line in scan(text) if isinstance(line, tuple)]
