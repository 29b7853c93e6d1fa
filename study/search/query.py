"""What the reader typed, as expressions that SQLite's full-text search understands and cannot choke on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from study.search.indexable import indexable, spaced
from study.search.latex import say
from study.search.vocabulary import QUESTION_WORDS, SIGN, STOP_WORDS, split_identifier

LONGEST = 1000
"""Characters of a query that are read."""
PHRASE = re.compile(r"[\"“”„«»]([^\"“”„«»]*)[\"“”„«»]")
WORD = re.compile(r"[^\W_]+", re.UNICODE)
FORMULA = re.compile(rf"\$[^$]*\$|\S*(?:[\\^{{}}()=]|{SIGN.pattern})\S*(?:\s+[-+*/=]\s+\S+)*")
ROOT = re.compile(r"(?<!\\)(?:\bsqrt\s*|√\s*)(?:\(([^()]*)\)|(\w+))")


@dataclass(frozen=True)
class Term:
    """One thing the reader asks for.

    Attributes:
        typed: As it was typed.
        match: The FTS5 expression that finds it.
        words: Its words in lower case: what a phrase of it and its neighbour is made of.
        kind: `word`, `phrase` (in quotes), `prefix` (with a `*`), or `stop` (says nothing of what is asked).
    """

    typed: str
    match: str
    words: tuple[str, ...]
    kind: Literal["word", "phrase", "prefix", "stop"] = "word"

    def loosened(self) -> tuple[Term, ...]:
        """Return the parts of a code name or formula that is nowhere as a whole; itself otherwise."""
        if self.kind != "word" or len(self.words) == 1:
            return (self,)
        return tuple(Term(word, _quote((word,)), (word,)) for word in self.words if word not in STOP_WORDS)


@dataclass(frozen=True)
class Query:
    """A parsed query: the terms, and phrases of neighbouring terms that deserve a better place.

    Attributes:
        terms: What a section should have; stop words are left out unless there is nothing else.
        nearby: FTS5 phrases of terms that stand side by side in the query.
        wanted: The question word, if there is one: `"why"` prefers sections that say so.
    """

    terms: tuple[Term, ...]
    nearby: tuple[str, ...] = ()
    wanted: tuple[str, ...] = ()

    @property
    def every(self) -> str:
        """The expression that matches sections which have every term."""
        return " AND ".join(f"({term.match})" for term in self.terms)

    @property
    def any(self) -> str:
        """The expression that matches sections which have some term, the nearer the better."""
        return " OR ".join([f"({term.match})" for term in self.terms] + [*self.nearby, *self.wanted])


def parse(text: str) -> Query:
    r"""Parse what the reader typed.

    Double quotes make a phrase, a trailing `*` a prefix; formulas and signs are read aloud, code names
    split. Nothing the reader may type is an error: what is not a word is passed over.

    >>> parse('why divide by the root of d_k').every
    '("divide") AND ("root") AND ("d k" OR "dk")'
    >>> parse('"label smoothing" regular*').every
    '("label smoothing") AND ("regular" *)'
    """
    text = indexable(text[:LONGEST])
    terms: list[Term] = []
    at = 0
    for match in PHRASE.finditer(text):
        terms += _unquoted(text[at : match.start()])
        if words := _words(match[1]):
            terms.append(Term(match[1].strip(), _quote(words), words, "phrase"))
        at = match.end()
    terms += _unquoted(text[at:])
    asked = [term for term in terms if term.kind != "stop"]
    unique = tuple({term.match: term for term in asked or terms}.values())
    if not asked:
        return Query(unique)
    wanted = tuple(term.match for term in terms if term.kind == "stop" and term.words[0] in QUESTION_WORDS)
    return Query(unique, _nearby(terms), wanted)


def _unquoted(text: str) -> Iterator[Term]:
    """Yield the terms of text without quotes: formulas whole, everything else word by word."""
    at = 0
    for match in FORMULA.finditer(text):
        yield from _bare(text[at : match.start()])
        yield from _formula(match[0])
        at = match.end()
    yield from _bare(text[at:])


def _formula(typed: str) -> Iterator[Term]:
    """Yield one term for a formula, found as one says it and as one types it."""
    latex = ROOT.sub(lambda match: rf"\sqrt{{{match[1] or match[2]}}}", typed.strip("$?!.,;"))
    ways = dict.fromkeys(_words(SIGN.sub(" ", say(latex, style))) for style in ("spoken", "brief"))
    if words := next(iter(ways)):
        yield Term(typed, " OR ".join(_quote(way) for way in ways if way), words)


def _bare(text: str) -> Iterator[Term]:
    """Yield the terms of words."""
    for typed in text.split():
        words = _words(typed)
        if not words:
            continue
        if re.search(r"\w\*\W*$", typed) and typed.count("*") == 1:
            yield Term(typed, f"{_quote(words)} *", words, "prefix")
        elif len(words) == 1 and words[0] in STOP_WORDS:
            yield Term(typed, _quote(words), words, "stop")
        else:
            yield Term(typed, _alternatives(words), words)


def _words(text: str) -> tuple[str, ...]:
    """Return the words of a piece of text; code names are split at underscores and humps."""
    text = re.sub(r"(?<=\w)[’']\w*", "", text)
    return tuple(part for word in WORD.findall(spaced(text)) for part in split_identifier(word))


def _alternatives(words: tuple[str, ...]) -> str:
    """Return the expression for one typed word: in both spellings of English, or split and unsplit.

    >>> _alternatives(("normalization",))
    '"normalization" OR "normalisation"'
    """
    other = "".join(words) if len(words) > 1 else _other_spelling("".join(words))
    return _quote(words) if (other,) == words else f'{_quote(words)} OR "{other}"'


def _other_spelling(word: str) -> str:
    """Return a word as the other side of the Atlantic writes it, or as it is."""
    if found := re.fullmatch(r"(\w{3,}i)([sz])(e|ed|er|ers|es|ing|able|ation|ations)", word):
        return f"{found[1]}{'z' if found[2] == 's' else 's'}{found[3]}"
    if found := re.fullmatch(r"(behavi|col|fav|neighb|lab)(ou?)(r\w*)", word):
        return f"{found[1]}{'o' if found[2] == 'ou' else 'ou'}{found[3]}"
    return word


def _quote(words: tuple[str, ...]) -> str:
    """Return words as an FTS5 phrase; they are letters and digits only, so nothing needs escaping."""
    return f'"{" ".join(words)}"'


def _nearby(terms: list[Term]) -> tuple[str, ...]:
    """Return the phrases of two terms that stand side by side, or with one stop word between them."""
    phrases = []
    for at, first in enumerate(terms):
        reach = 3 if at + 1 < len(terms) and terms[at + 1].kind == "stop" else 2
        run = terms[at : at + reach]
        if len(run) > 1 and {first.kind, run[-1].kind} <= {"word", "phrase"}:
            phrases.append(_quote(tuple(word for term in run for word in term.words)))
    return tuple(dict.fromkeys(phrases))
