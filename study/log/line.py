"""One line of a checklist: its marker, its words, and what editors of task lists put at its end.

A done item carries its date as Obsidian Tasks writes it: `- [x] First pass ✅ 2026-11-22`. Every function
here looks at each character a bounded number of times, so that no line takes long, however it was made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

ITEM = re.compile(
    r"(?P<indent>[ \t]*)(?:[-*+]|\d{1,9}[.)])[ \t]+\[(?P<mark>[ xX/-])\][ \t]+(?P<rest>\S.*)", re.DOTALL
)
DONE, BEGUN, DROPPED, OPEN = "x", "/", "-", " "
"""The markers, as vault plugins write them."""

_SIGN = re.compile("[✅❌➕⏳⌛🛫📅📆🗓🔺⏫🔼🔽⏬🔁🆔⛔🏁]")
_SIGNED = re.compile(
    r"[✅❌➕⏳⌛🛫📅📆🗓]\ufe0f?[ \t]*\d{4}-\d{2}-\d{2}"  # dates
    r"|[🔺⏫🔼🔽⏬]\ufe0f?"  # priorities
    r"|🔁\ufe0f?[\w \t]+"  # recurrence
    r"|[🆔⛔🏁]\ufe0f?[\w \t,-]+"  # identifiers, dependencies, on completion
)
_LINK = re.compile(r"\^[A-Za-z0-9-]+")
_TAG = re.compile(r"#[\w/-]+")
_DATED = re.compile(r"✅\ufe0f?[ \t]*(?P<date>\d{4}-\d{2}-\d{2})")
_TOKEN = re.compile(r"[^ \t]+")
_LINKED = re.compile(r"`[^`]*`|(?<!!)\[(?P<words>[^\[\]]*)\]\((?P<target>[^()\s]*)\)")
_FIRST_YEAR, _LAST_YEAR = 1900, 2199


@dataclass(frozen=True)
class Parts:
    """What follows the marker of an item, taken apart.

    Attributes:
        head: The words, up to the metadata.
        tail: The metadata as it stands, with the white space before it.
        tags: The tags in it: they belong to the words of the item wherever its date stands.
        dates: Where a done date stands in `tail`, with the white space before it, and the date as written.
        link: Where a block link at the end of `tail` begins, with the white space before it.
    """

    head: str
    tail: str
    tags: tuple[str, ...]
    dates: tuple[tuple[int, int, str], ...]
    link: int

    @property
    def text(self) -> str:
        """What is to be done: the words, and the tags behind them."""
        return " ".join([self.head, *self.tags])


def take_apart(rest: str) -> Parts:
    """Take the words of an item from its metadata; `rest` has no white space at its ends.

    >>> take_apart("Read it ✅ 2026-11-22 #later").text
    'Read it #later'
    """
    tokens = [found.span() for found in _TOKEN.finditer(rest)]
    signs = [found.start() for found in _SIGN.finditer(rest)]
    end = cut = len(rest)
    tags: list[tuple[int, str]] = []
    while tokens:
        start = tokens[-1][0]
        if start and (link := _LINK.fullmatch(rest, start, end)):
            tokens.pop()
            end = cut = min(tokens[-1][1], link.start())
        elif start and _TAG.fullmatch(rest, start, end):
            tags.append((start, rest[start:end]))
            tokens.pop()
            end = tokens[-1][1]
        else:
            while signs and signs[-1] >= end:
                signs.pop()
            if not signs or not signs[-1] or not _SIGNED.fullmatch(rest, signs[-1], end):
                break
            end = signs.pop()
            while tokens[-1][0] >= end:
                tokens.pop()
            end = cut = min(tokens[-1][1], end)
    tail = rest[cut:]
    return Parts(
        rest[:cut],
        tail,
        tuple(tag for start, tag in reversed(tags) if start >= cut),
        tuple(_dates(tail)),
        _link(tail),
    )


def _dates(tail: str) -> Iterator[tuple[int, int, str]]:
    for found in _DATED.finditer(tail):
        yield _before(tail, found.start()), found.end(), found["date"]


def _link(tail: str) -> int:
    start = max(tail.rfind(" "), tail.rfind("\t")) + 1
    return _before(tail, start) if _LINK.fullmatch(tail, start) else len(tail)


def _before(text: str, at: int) -> int:
    """Return where the white space before a place begins."""
    while at and text[at - 1] in " \t":
        at -= 1
    return at


def unlinked(text: str) -> tuple[str, str]:
    """Return a text without the markup of its links, and where the first of them leads; empty if to nowhere.

    >>> unlinked("[Second pass](notes.md#the-method): pen in hand")
    ('Second pass: pen in hand', 'notes.md#the-method')
    """
    targets: list[str] = []
    words = relinked(text, lambda target: targets.append(target) or "")
    return words, targets[0] if targets else ""


def relinked(text: str, leads: Callable[[str], str]) -> str:
    """Return a text whose links lead elsewhere; a link that leads nowhere becomes the words it stands on.

    Args:
        text: The text of an item, in Markdown.
        leads: Given the target of a link, returns the new one, or nothing.
    """

    def anew(found: re.Match[str]) -> str:
        if found["words"] is None:
            return found[0]  # code
        target = leads(found["target"])
        return f"[{found['words']}]({target})" if target else found["words"]

    return _LINKED.sub(anew, text)


def marked(line: str, mark: str, day: date | None = None) -> str:
    """Return an item's line with another marker, and with this done date and no other.

    Args:
        line: The line of an item.
        mark: One of `DONE`, `BEGUN`, `DROPPED`, `OPEN`.
        day: The date to write; None for none.
    """
    found = ITEM.match(line)
    assert found is not None  # the line was parsed as an item
    start, end = found.span("mark")
    rest = line[found.start("rest") :]
    body = rest.rstrip()
    parts = take_apart(body)
    kept, at, link = [], 0, parts.link
    for begin, stop, _ in parts.dates:
        kept.append(parts.tail[at:begin])
        link -= stop - begin if stop <= parts.link else 0
        at = stop
    tail = "".join([*kept, parts.tail[at:]])
    if day is not None:
        tail = f"{tail[:link]} ✅ {day.isoformat()}{tail[link:]}"
    between = line[end : found.start("rest")]
    return line[:start] + mark + between + parts.head + tail + rest[len(body) :]


def day_of(text: str) -> date:
    """Return the date that a text names.

    Raises:
        ValueError: There is no such day, or nobody who reads this can have done anything on it.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text} is not a date") from None
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise ValueError(f"{text} cannot be a day on which something was done")
    return day
