"""How a reader stands with an entry, in one word: derived unless the reader says otherwise."""

from __future__ import annotations

from collections.abc import Sequence

from study.files.errors import UsageError
from study.files.suggestion import hint
from study.log.checklist import Item
from study.log.line import BEGUN, DONE, DROPPED

TO_READ, READING, READ, TO_REVISIT, DROPPED_ENTRY = STATES = (
    "to read",
    "reading",
    "read",
    "to revisit",
    "dropped",
)
"""The states of an entry."""

BEHIND = frozenset({READ, TO_REVISIT, DROPPED_ENTRY})
"""The states that hold nothing up: what builds on such an entry may be read."""

_PASS = "second pass"


def counting(items: Sequence[Item]) -> list[bool]:
    """Tell of each item whether an entry is read only once it is done.

    Those are the items down to the one that names the second pass, with what is nested below it; all of them
    where none does. What was dropped never counts.
    """
    last = len(items)
    for at, item in enumerate(items):
        if item.key.startswith(_PASS) and item.mark != DROPPED:
            last = at + 1
            while last < len(items) and items[last].indent > item.indent:
                last += 1
            break
    wanted = [item.mark != DROPPED for item in items]
    return [one and at < last for at, one in enumerate(wanted)]


def derived(items: Sequence[Item], due: int = 0) -> str:
    """Return the state that the checklist of an entry speaks of.

    Args:
        items: Its items.
        due: How many of its cards are due for recall.
    """
    needed = [item for item, counts in zip(items, counting(items), strict=True) if counts]
    if not needed:
        return DROPPED_ENTRY if items else TO_READ
    if all(item.mark == DONE for item in needed):
        return TO_REVISIT if due else READ
    return READING if any(item.mark in (DONE, BEGUN) for item in items) else TO_READ


def named(words: str) -> str:
    """Return the state that the reader named; case, hyphens and underscores do not matter.

    Raises:
        UsageError: It is none; the nearest is given.
    """
    plain = " ".join(words.lower().replace("-", " ").replace("_", " ").split())
    if plain in STATES:
        return plain
    if f"to {plain}" in STATES and plain != READ:
        return f"to {plain}"
    meant = hint(words, STATES, "choose one of these.")
    raise UsageError(f"There is no state {words!r}: {meant}\nThere are: {', '.join(STATES)}.")
