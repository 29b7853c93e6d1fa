"""Search the knowledge base: full text with SQLite's FTS5, ranked, forgiving."""

from __future__ import annotations

import math
import re
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from study.errors import UsageError
from study.search.query import Query, Term, parse
from study.search.sources import KINDS
from study.search.spelling import allowed, nearest
from study.search.store import Store

TITLE, HEADING, ALIASES, BODY, CODE = 2.0, 5.0, 1.0, 1.0, 0.5
"""Weights of the columns in BM25."""

KIND_WEIGHT = {"notes": 1.0, "docs": 0.9, "api": 0.7, "checklist": 0.4, "bibliography": 0.6}
ASIDE = re.compile(r"exercise|question|reference|symbols|checklist|pitfall|answer", re.IGNORECASE)
"""Sections that speak of an idea without being the place that explains it."""
ASIDE_WEIGHT = 0.6
EXACT_WEIGHT = 2.0
"""Of a section whose heading is just what was typed."""

OPEN, CLOSE = "\x02", "\x03"
SNIPPET_WORDS = 28


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
    """

    query: str
    hits: tuple[Hit, ...]
    total: int
    relaxed: bool
    missing: tuple[str, ...]
    suggestion: str | None


class Index:
    """The full-text index of a checkout; brought up to date by every query.

    Args:
        root: The root of the checkout.
        in_memory: Keep nothing on disk.
    """

    def __init__(self, root: Path, *, in_memory: bool = False) -> None:
        self._store = Store(root, in_memory=in_memory)

    def __enter__(self) -> Index:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file of the index."""
        self._store.close()

    def refresh(self) -> None:
        """Bring the index up to date without asking it anything."""
        self._store(lambda db: None)

    def query(
        self,
        text: str,
        *,
        kinds: Sequence[str] = (),
        tags: Sequence[str] = (),
        entries: Sequence[str] = (),
        limit: int = 10,
    ) -> Results:
        """Return the sections that answer best.

        Args:
            text: What the reader typed: words, `"phrases"`, `prefixes*`, formulas. Nothing is a syntax error.
            kinds: Keep hits of these kinds only.
            tags: Keep hits of entries that have all of these tags.
            entries: Keep hits of these entries (slugs).
            limit: At most so many hits, 1 or more.

        Raises:
            UsageError: The query has no word, or a filter names what does not exist.
        """
        query = parse(text)
        if not query.terms:
            raise UsageError("There is no word to search for: try `study search softmax`.")
        return self._store(lambda db: _Search(db, text, query).run(kinds, tags, entries, limit))


class _Search:
    """One query against one state of the index."""

    def __init__(self, db: sqlite3.Connection, typed: str, query: Query) -> None:
        self.db = db
        self.typed = typed
        self.query = query

    def run(self, kinds: Sequence[str], tags: Sequence[str], entries: Sequence[str], limit: int) -> Results:
        allowed_rows = self.filtered(kinds, tags, entries)
        found = {term: self.rows(term.match) for term in self.query.terms}
        whole = {term for term, rows in found.items() if rows}
        missing = [term for term in found if term not in whole]
        parts = tuple(part for term in found for part in ((term,) if term in whole else term.loosened()))
        query = Query(tuple({part.match: part for part in parts}.values()), self.query.nearby, self.query.wanted)
        hits = {term: found[term] if term in found else self.rows(term.match) for term in query.terms}
        scores = self.scores(query, hits, allowed_rows)
        best = max((share for share, _ in scores.values()), default=0.0)
        complete = best >= 1.0 - 1e-9 and not missing
        kept = sorted(
            ((score, number) for number, (share, score) in scores.items() if share >= 0.5 * best), reverse=True
        )
        return Results(
            query=self.typed,
            hits=tuple(self.hit(query, number, score) for score, number in kept[:limit]),
            total=len(kept),
            relaxed=bool(kept) and not complete,
            missing=tuple(term.typed for term in missing),
            suggestion=self.suggestion(missing),
        )

    def rows(self, match: str) -> frozenset[int]:
        """Return the rows that an expression matches."""
        return frozenset(row[0] for row in self.db.execute("SELECT rowid FROM words WHERE words MATCH ?", (match,)))

    def filtered(self, kinds: Sequence[str], tags: Sequence[str], entries: Sequence[str]) -> dict[int, tuple[str, str]]:
        """Return kind and heading of the rows that pass the filters."""
        known = {slug: tagged.split("\n") for slug, tagged in self.db.execute("SELECT slug, tags FROM entries")}
        _check("kind", kinds, KINDS)
        _check("tag", tags, {tag for tagged in known.values() for tag in tagged if tag})
        _check("entry", entries, known)
        kept = {slug for slug, tagged in known.items() if set(tags) <= set(tagged)} & (set(entries) or set(known))
        narrowed = bool(tags or entries)
        rows = self.db.execute(
            "SELECT id, kind, heading, slug FROM sections LEFT JOIN entries USING (folder)"
        )
        return {
            number: (kind, heading)
            for number, kind, heading, slug in rows
            if (not kinds or kind in kinds) and (not narrowed or slug in kept)
        }

    def scores(
        self, query: Query, hits: dict[Term, frozenset[int]], rows: dict[int, tuple[str, str]]
    ) -> dict[int, tuple[float, float]]:
        """Return, for every row, its share of what was asked (by rarity of the terms) and its score.

        The score is BM25 over terms and phrases of neighbours, times the square of the share: a section with all of the
        rare words of a question goes before one that repeats the common ones.
        """
        count = len(rows) + 1
        rarity = {term: math.log(1 + count / (1 + len(found))) for term, found in hits.items() if found}
        total = sum(rarity.values())
        ranked = self.db.execute(
            "SELECT rowid, -bm25(words, ?, ?, ?, ?, ?) FROM words WHERE words MATCH ?",
            (TITLE, HEADING, ALIASES, BODY, CODE, query.any),
        )
        scores = {}
        for number, relevance in ranked:
            if number not in rows:
                continue
            share = sum(weight for term, weight in rarity.items() if number in hits[term]) / total
            kind, heading = rows[number]
            exact = EXACT_WEIGHT if _squash(heading) == _squash(self.typed) else 1.0
            weight = exact * KIND_WEIGHT[kind] * (ASIDE_WEIGHT if kind == "notes" and ASIDE.search(heading) else 1.0)
            scores[number] = (share, relevance * share * share * weight)
        return scores

    def hit(self, query: Query, number: int, score: float) -> Hit:
        """Return one row as a hit, with its snippet."""
        kind, slug, entry_title, title, heading, anchor, page, path, line = self.db.execute(
            "SELECT kind, slug, entries.title, sections.title, heading, anchor, page, sections.path, line "
            "FROM sections LEFT JOIN entries USING (folder) WHERE id = ?",
            (number,),
        ).fetchone()
        marked, code = self.db.execute(
            f"SELECT snippet(words, 3, '{OPEN}', '{CLOSE}', '…', {SNIPPET_WORDS}), "
            f"snippet(words, 4, '{OPEN}', '{CLOSE}', '…', {SNIPPET_WORDS}) FROM words WHERE words MATCH ? AND rowid = ?",
            (query.any, number),
        ).fetchone()
        snippet, marks = _unmark(marked if OPEN in marked or not code else code if OPEN in code else marked or code)
        trail = [part for part in (*title.split(" › "), heading) if part]
        top = entry_title or trail[0]
        if kind in ("notes", "docs"):
            trail = trail[1:]
        return Hit(
            kind=kind,
            entry=slug,
            title=top,
            section=" › ".join(part for part in trail if part != top),
            path=path,
            line=line,
            url=f"{page}#{anchor}" if anchor else page,
            snippet=snippet,
            marks=marks,
            score=round(score, 4),
        )

    def suggestion(self, missing: list[Term]) -> str | None:
        """Return the query with every unknown word replaced by the nearest known one, if there is one for each."""
        text = self.typed
        for term in missing:
            if term.kind == "prefix":
                return None
            for word in term.words:
                if self.rows(f'"{word}"'):
                    continue
                better = nearest(word, self.vocabulary(word))
                if better is None:
                    return None
                text = re.sub(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", better, text, flags=re.IGNORECASE)
        return text if text != self.typed else None

    def vocabulary(self, word: str) -> Iterable[tuple[str, int]]:
        """Return the words of the knowledge base that are about as long, with the number of sections that have them."""
        reach = allowed(word)
        return self.db.execute(
            "SELECT term, doc FROM spelling WHERE length(term) BETWEEN ? AND ?", (len(word) - reach, len(word) + reach)
        ).fetchall()


def _check(what: str, asked: Iterable[str], known: Iterable[str]) -> None:
    """Raise when a filter names what does not exist."""
    from difflib import get_close_matches

    known = sorted(known)
    for name in asked:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known) or 'none'}."
            raise UsageError(f"There is no {what} {name!r}: {hint}")


def _squash(text: str) -> str:
    """Return the letters and digits of a text, in lower case."""
    return "".join(letter for letter in text.lower() if letter.isalnum())


def _unmark(text: str) -> tuple[str, tuple[tuple[int, int], ...]]:
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
