"""Which sections answer a query, and in what order."""

from __future__ import annotations

import math
import re
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from study.files.errors import UsageError
from study.files.suggestion import hint
from study.search.hits import CLOSE, OPEN, Filters, Hit, Results, unmarked
from study.search.meaning import Meaning, Near, pieces
from study.search.query import Query, Term
from study.search.sources import KINDS
from study.search.spelling import allowed, nearest
from study.search.weights import COLUMNS, Asked, aside, fused, stem, words

SNIPPET_WORDS = 28
STAND_INS = 3
"""Words that are searched in the place of one that is found nowhere."""

Related = Callable[[str], Sequence[str]]


class Search:
    """One query against one state of the index.

    Args:
        db: The index.
        typed: What the reader typed.
        query: The same, parsed.
        meaning: Also go by what sections mean.
        related: Words that may stand in for one that is found nowhere.
        whole: Snippets are whole sentences, to be quoted.
    """

    def __init__(
        self,
        db: sqlite3.Connection,
        typed: str,
        query: Query,
        *,
        meaning: Meaning | None = None,
        related: Related | None = None,
        whole: bool = False,
    ) -> None:
        self.db = db
        self.typed = typed
        self.query = query
        self.meaning = meaning
        self.related = related
        self.whole = whole
        self.asked = Asked(typed)

    def run(self, filters: Filters, limit: int) -> Results:
        """Return the best hits; see `study.search.Index.query`."""
        kept = self.filtered(filters)
        found = {term: self.rows(term.match) for term in self.query.terms}
        missing = [term for term, rows in found.items() if not rows]
        hits = {term: rows for term, rows in found.items() if rows}
        lost = 0
        for term in missing:
            instead = {part: self.rows(part.match) for part in term.loosened()} | self.stand_in(term)
            hits |= {part: rows for part, rows in instead.items() if rows}
            lost += not any(instead.values())
        terms = tuple({term.match: term for term in hits}.values()) or self.query.terms
        query = replace(self.query, terms=terms)
        scores = self.scores(query, hits, kept)
        best = max((share for share, _ in scores.values()), default=0.0)
        near = {} if self.meaning is None else self.meaning(self.db, self.typed)
        near = {row: found.weighted(aside(*kept[row][:2])) for row, found in near.items() if row in kept}
        ranked = sorted(((score, -row) for row, score in fused(scores, near, best).items()), reverse=True)
        return Results(
            query=self.typed,
            hits=tuple(self.hit(query, -row, score, near.get(-row)) for score, row in ranked[:limit]),
            total=len(ranked),
            relaxed=bool(ranked) and (bool(missing) or best < 1 - 1e-9),
            missing=tuple(term.typed for term in missing),
            suggestion=self.suggestion(missing),
            share=best * known(hits, lost, len(kept)),
            nearest=max((found.nearest for found in near.values()), default=None),
        )

    def stand_in(self, term: Term) -> dict[Term, frozenset[int]]:
        """Return a term of words that are used as one is that is found nowhere, with its rows, or nothing."""
        if self.related is None or term.kind != "word" or len(term.words) != 1:
            return {}
        alike = [word for word in self.related(term.words[0]) if self.rows(f'"{word}"')]
        match = " OR ".join(f'"{word}"' for word in alike[:STAND_INS])
        return {Term(term.typed, match, tuple(alike[:1])): self.rows(match)} if alike else {}

    def rows(self, match: str) -> frozenset[int]:
        """Return the rows that an expression matches."""
        found = self.db.execute("SELECT rowid FROM words WHERE words MATCH ?", (match,))
        return frozenset(row for (row,) in found)

    def filtered(self, filters: Filters) -> dict[int, tuple[str, str, int]]:
        """Return kind, heading and length in words of the rows that pass the filters.

        Raises:
            UsageError: A filter names what does not exist.
        """
        tags_of = {
            slug: set(tags.split("\n")) - {""}
            for slug, tags in self.db.execute("SELECT slug, tags FROM entries")
        }
        _check("kind", filters.kinds, KINDS)
        _check("tag", filters.tags, set().union(*tags_of.values()))
        _check("entry", filters.entries, tags_of)
        kept = {slug for slug in filters.entries or tags_of if tags_of[slug].issuperset(filters.tags)}
        sections = "SELECT id, kind, heading, length, slug FROM sections LEFT JOIN entries USING (folder)"
        return {
            row: (kind, heading, length)
            for row, kind, heading, length, slug in self.db.execute(sections)
            if (not filters.kinds or kind in filters.kinds)
            and (slug in kept or not (filters.tags or filters.entries))
        }

    def scores(
        self, query: Query, hits: dict[Term, frozenset[int]], rows: dict[int, tuple[str, str, int]]
    ) -> dict[int, tuple[float, float]]:
        """Return, for every row, its share of what was asked (by rarity of the terms) and its score.

        The score is BM25 over terms and phrases of neighbours, times the square of the share: a section
        with all of the rare words of a question goes before one that repeats the common ones.
        """
        rarity = {term: math.log(1 + len(rows) / len(found)) for term, found in hits.items() if found}
        total = sum(rarity.values())
        if not total:
            return {}
        relevance = self.db.execute(
            "SELECT rowid, -bm25(words, ?, ?, ?, ?, ?, ?) FROM words WHERE words MATCH ?",
            (*COLUMNS, query.any),
        )
        scores = {}
        for row, relevant in relevance:
            if row in rows:
                share = sum(weight for term, weight in rarity.items() if row in hits[term]) / total
                scores[row] = (share, relevant * share * share * self.asked.weight(*rows[row]))
        return {row: score for row, score in scores.items() if score[0] > 0}

    def hit(self, query: Query, row: int, score: float, near: Near | None = None) -> Hit:
        """Return one row as a hit, with its snippet: what is nearest in meaning where no word matches."""
        kind, slug, entry_title, title, heading, anchor, page, path, line = self.db.execute(
            "SELECT kind, slug, entries.title, sections.title, heading, anchor, page, sections.path, line "
            "FROM sections LEFT JOIN entries USING (folder) WHERE id = ?",
            (row,),
        ).fetchone()
        trail = [part for part in (*title.split(" › "), heading) if part] or [path]
        top = entry_title or trail[0]
        if kind in ("notes", "docs"):
            trail = trail[1:]
        snippet, marks = self.snippet(query, row)
        if self.whole:
            snippet, marks = self.quotation(query, row, near), ()
        elif near is not None and not marks:
            snippet = near.piece
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

    def snippet(self, query: Query, row: int) -> tuple[str, tuple[tuple[int, int], ...]]:
        """Return the best part of the text, or of the code where only that matches, with its marks."""
        asked = (OPEN, CLOSE, SNIPPET_WORDS)
        found = self.db.execute(
            "SELECT snippet(words, 4, ?, ?, '…', ?), snippet(words, 5, ?, ?, '…', ?) FROM words "
            "WHERE words MATCH ? AND rowid = ?",
            (*asked, *asked, query.any, row),
        ).fetchone()
        if found is None:  # it was found by what it means
            return "", ()
        text, code = found
        if not text or (OPEN not in text and OPEN in code):
            text = " ".join(code.split())
        return unmarked(text)

    def quotation(self, query: Query, row: int, near: Near | None) -> str:
        """Return whole sentences: those nearest in meaning, or else those with most of what was asked."""
        if near is not None:
            return near.piece
        (body,) = self.db.execute("SELECT body FROM words WHERE rowid = ?", (row,)).fetchone()
        asked = {stem(word) for term in query.terms for word in term.words}
        held = {text: asked & set(map(stem, words(text))) for text in pieces(body)}
        return max(held, key=lambda text: len(held[text]), default="")

    def suggestion(self, missing: list[Term]) -> str | None:
        """Return the query with its unknown words replaced by the nearest known ones, if each has one."""
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
        """Return the known words that are about as long, with the number of sections that have them."""
        reach = allowed(word)
        return self.db.execute(
            "SELECT term, doc FROM spelling WHERE length(term) BETWEEN ? AND ?",
            (len(word) - reach, len(word) + reach),
        ).fetchall()


def known(hits: dict[Term, frozenset[int]], lost: int, rows: int) -> float:
    """Return the share of what was asked that is found anywhere, by rarity of the terms.

    >>> known({}, 1, 10)
    0.0
    """
    found = sum(math.log(1 + rows / len(of)) for of in hits.values())
    asked = found + lost * math.log(1 + rows)
    return found / asked if asked else 0.0


def _check(what: str, asked: Iterable[str], known: Iterable[str]) -> None:
    """Raise when a filter names what does not exist."""
    known = sorted(known)
    for name in asked:
        if name not in known:
            meant = hint(name, known, f"there are {', '.join(known) or 'none'}.")
            raise UsageError(f"There is no {what} {name!r}: {meant}")
