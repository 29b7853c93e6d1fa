"""Which sections answer a query, and in what order."""

from __future__ import annotations

import math
import re
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from study.files.errors import UsageError
from study.files.suggestion import hint
from study.search.meaning import Meaning, Near, pieces
from study.search.query import Query, Term
from study.search.sources import KINDS
from study.search.spelling import allowed, nearest
from study.search.vocabulary import STOP_WORDS

COLUMNS = (2.0, 5.0, 5.0, 1.0, 1.0, 0.5)
"""Weights of title, heading, terms, aliases, body and code in BM25."""

KIND_WEIGHT = {"notes": 1.0, "docs": 0.9, "api": 0.7, "reader": 0.9, "checklist": 0.4, "bibliography": 0.6}
ASIDE = re.compile(r"exercise|question|reference|symbols|checklist|pitfall|answer", re.IGNORECASE)
"""Sections that speak of an idea without being the place that explains it."""
ASIDE_WEIGHT = 0.6
SHORT = 15
"""Words of a short section: a formula or a line explains less than a paragraph, and counts less."""
EXACT_WEIGHT = 2.0
"""Of a section whose heading is what was typed, stop words aside."""

NAMED_WEIGHT = 1.5
"""Of a section of notes whose whole heading was typed beside other words: "gradient of inverse", Inverse."""
STAND_INS = 3
"""Words that are searched in the place of one that is found nowhere."""

Related = Callable[[str], Sequence[str]]

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
        self.asked = content(typed)
        self.stems = {stem(word) for word in re.findall(r"[^\W_]+", typed.lower())}

    def run(self, filters: Filters, limit: int) -> Results:
        """Return the best hits; see `study.search.Index.query`."""
        kept = self.filtered(filters)
        found = {term: self.rows(term.match) for term in self.query.terms}
        missing = [term for term, rows in found.items() if not rows]
        hits = {term: rows for term, rows in found.items() if rows}
        for part in (part for term in missing for part in term.loosened()):
            hits[part] = self.rows(part.match)
        hits |= self.stand_ins(missing)
        query = replace(self.query, terms=tuple({term.match: term for term in hits}.values()))
        scores = self.scores(query, hits, kept)
        best = max((share for share, _ in scores.values()), default=0.0)
        near = {} if self.meaning is None else self.meaning(self.db, self.typed)
        near = {row: found.weighted(self.aside(*kept[row][:2])) for row, found in near.items() if row in kept}
        ranked = sorted(((score, -row) for row, score in fused(scores, near, best).items()), reverse=True)
        return Results(
            query=self.typed,
            hits=tuple(self.hit(query, -row, score, near.get(-row)) for score, row in ranked[:limit]),
            total=len(ranked),
            relaxed=bool(ranked) and (bool(missing) or best < 1 - 1e-9),
            missing=tuple(term.typed for term in missing),
            suggestion=self.suggestion(missing),
            share=best * self.known(hits, len(missing), len(kept)),
            nearest=max((found.nearest for found in near.values()), default=None),
        )

    def stand_ins(self, missing: list[Term]) -> dict[Term, frozenset[int]]:
        """Return terms for those that are found nowhere, of words that are used alike, with their rows."""
        found = {}
        related = self.related or (lambda word: ())
        for term in missing:
            if term.kind == "word" and len(term.words) == 1:
                words = [word for word in related(term.words[0]) if self.rows(f'"{word}"')]
                if words:
                    match = " OR ".join(f'"{word}"' for word in words[:STAND_INS])
                    found[Term(term.typed, match, (words[0],))] = self.rows(match)
        return found

    @staticmethod
    def known(hits: dict[Term, frozenset[int]], missing: int, rows: int) -> float:
        """Return the share of what was asked that is found anywhere, by rarity of the terms."""
        found = sum(math.log(1 + rows / len(of)) for of in hits.values() if of)
        asked = found + missing * math.log(1 + rows)
        return found / asked if asked else 0.0

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
                scores[row] = (share, relevant * share * share * self.weight(*rows[row]))
        return {row: score for row, score in scores.items() if score[0] > 0}

    def weight(self, kind: str, heading: str, length: int) -> float:
        """Return how much a hit counts for what it is, whatever its words."""
        weight = KIND_WEIGHT[kind]
        if kind in ("notes", "docs"):
            weight *= (length + SHORT / 2) / (length + 1.5 * SHORT)
        weight *= self.aside(kind, heading)
        if content(heading) == self.asked:
            weight *= EXACT_WEIGHT
        elif kind == "notes" and self.names(heading):
            weight *= NAMED_WEIGHT
        return weight * EXACT_WEIGHT if kind == "api" and heading.split(".")[-1] == self.typed else weight

    def names(self, heading: str) -> bool:
        """Tell whether the query has every word of a heading, whatever the endings."""
        words = {stem(word) for word in re.findall(r"[^\W_]+", heading.lower()) if word not in STOP_WORDS}
        return bool(words) and words <= self.stems

    @staticmethod
    def aside(kind: str, heading: str) -> float:
        """Return how much a section counts that speaks of an idea without being the place to read of it."""
        return ASIDE_WEIGHT if kind == "notes" and ASIDE.search(heading) else 1.0

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
        return _unmark(text)

    def quotation(self, query: Query, row: int, near: Near | None) -> str:
        """Return whole sentences: those nearest in meaning, or else those with most of what was asked."""
        if near is not None:
            return near.piece
        (body,) = self.db.execute("SELECT body FROM words WHERE rowid = ?", (row,)).fetchone()
        asked = {stem(word) for term in query.terms for word in term.words}
        held = {text: asked & set(map(stem, re.findall(r"[^\W_]+", text.lower()))) for text in pieces(body)}
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


def fused(scores: dict[int, tuple[float, float]], near: dict[int, Near], best: float) -> dict[int, float]:
    """Return the score of every row, of its words and of its meaning.

    The root of the score by words counts, that of the best as one, and so does each of the three kinds of
    nearness. Sums, because reciprocal ranks put fewer paraphrased questions right. The root, and the smaller
    weight of asides, were chosen on the entries' own questions.

    Args:
        scores: Of the rows that have some of the words: the share of what was asked, and the score.
        near: Of the rows that are compared by meaning; with none, words alone decide.
        best: The greatest share; rows with less than half of it are not found by their words.
    """
    words = {row: score for row, (share, score) in scores.items() if 2 * share >= best}
    if not near:
        return words
    most = max(words.values(), default=0.0)
    by_words = {row: math.sqrt(score / most) for row, score in words.items()} if most > 0 else {}
    return {row: by_words.get(row, 0.0) + (near[row].score if row in near else 0.0) for row in near | words}


def stem(word: str) -> str:
    """Return a word without the ending that its number or tense gives it, roughly.

    >>> {stem("divide"), stem("divided"), stem("divides"), stem("dividing")}
    {'divid'}
    """
    return re.sub(r"(?<=\w{3})(?:ing|ed|es|e|s)$", "", word)


def _check(what: str, asked: Iterable[str], known: Iterable[str]) -> None:
    """Raise when a filter names what does not exist."""
    known = sorted(known)
    for name in asked:
        if name not in known:
            meant = hint(name, known, f"there are {', '.join(known) or 'none'}.")
            raise UsageError(f"There is no {what} {name!r}: {meant}")


def content(text: str) -> str:
    """Return the letters and digits of a text in lower case, without its stop words.

    >>> content("How are claims tested?") == content("How claims are tested")
    True
    """
    return "".join(word for word in re.findall(r"[^\W_]+", text.lower()) if word not in STOP_WORDS)


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
