"""What a search finds: sections, with the part of their text that matches."""

from __future__ import annotations

import re
from dataclasses import dataclass

OPEN, CLOSE = "\x02", "\x03"
"""What stands around a match in a snippet of the index."""


@dataclass(frozen=True)
class Hit:
    """One section that answers.

    Attributes:
        kind: `notes`, `docs`, `api`, `checklist` or `bibliography`.
        entry: Slug of the entry it belongs to, or None.
        title: Title of the entry, page or module.
        section: The headings down to this one, joined by ` › `; empty at the head of a page.
        path: The file, relative to the root of the checkout.
        line: 1-based line in it.
        url: Page and anchor on the site, relative to its root.
        snippet: The part of the text that matches best.
        marks: Spans of the snippet that matched: (start, end) in characters.
        score: Higher is better; comparable within one search only.
    """

    kind: str
    entry: str | None
    title: str
    section: str
    path: str
    line: int
    url: str
    snippet: str
    marks: tuple[tuple[int, int], ...]
    score: float


@dataclass(frozen=True)
class Results:
    """What a search found.

    Attributes:
        query: As it was typed.
        hits: Best first, as many as were asked for.
        total: How many sections there are in all.
        relaxed: No section has everything that was asked for: these have a part of it.
        missing: What was asked for and is found nowhere.
        suggestion: The query with its unknown words replaced by the nearest known ones, or None.
        share: How much of what was asked the best section has, by rarity of the words: 1 is all of it.
        nearest: The cosine of the query with what is nearest in meaning, or None where words alone decide.
    """

    query: str
    hits: tuple[Hit, ...]
    total: int
    relaxed: bool
    missing: tuple[str, ...]
    suggestion: str | None
    share: float = 1.0
    nearest: float | None = None


@dataclass(frozen=True)
class Filters:
    """Which hits to keep: these kinds, entries with all of these tags, these entries; everything if empty."""

    kinds: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    entries: tuple[str, ...] = ()


def unmarked(text: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Return a snippet without its marks, and the spans they marked."""
    plain, marks, start = "", [], 0
    for piece in re.split(f"([{OPEN}{CLOSE}])", text):
        if piece == OPEN:
            start = len(plain)
        elif piece == CLOSE:
            marks.append((start, len(plain)))
        else:
            plain += piece
    return plain, tuple(marks)
