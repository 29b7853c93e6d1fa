"""What the notes say to a question: sections in order, each with the words that answer, quoted as they stand.

Nothing is made up: an answer is a quotation and its place. Where nothing is near enough, that is said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from study.files.errors import UsageError
from study.search.hits import Hit, Results
from study.search.index import Index
from study.search.meaning import Meaning
from study.search.query import LONGEST, parse
from study.search.ranking import Related
from study.search.related import is_word
from study.search.weights import stem, words

KINDS = ("notes", "docs", "reader")
"""What is quoted: what somebody wrote for a reader."""
NEAREST = 0.45
"""The cosine below which nothing is an answer: 97 % of the entries' questions lie above, and 7 % of XQuAD's,
which ask of other things."""
SHARE = 0.5
"""The share of a question, by rarity of its words, that some section must have where words alone decide."""
FAR = 0.38
"""The cosine below which nothing is worth showing: of 80 questions of the entries none lies below, and of 60
of XQuAD three in four do."""
FAR_SHARE = 0.35
"""The same for words alone: none of the 80 lies below, and two in three of the 60."""
WHOLE = 100
"""Words up to which a quotation is shown whole; of a longer one, a table mostly, only a part is."""
PART = 60
"""Words of that part."""
EXAMPLE = 'study ask "why divide by the square root"'


@dataclass(frozen=True)
class Answer:
    """What the notes say to a question.

    Attributes:
        question: As it was typed.
        answered: Whether something is near enough to be an answer; if not, the quotes are the nearest.
        by: `meaning`, with MiniLM and words, or `words`.
        quotes: Sections, best first; none where nothing is near.
        read_as: The question with its slips of the finger mended, where that has a nearer answer.
    """

    question: str
    answered: bool
    by: str
    quotes: tuple[Hit, ...]
    read_as: str | None = None


def ask(
    index: Index,
    question: str,
    *,
    entries: Sequence[str] = (),
    limit: int = 3,
    meaning: Meaning | None = None,
    related: Related | None = None,
) -> Answer:
    """Return the sections that answer a question, each with the words that do as its snippet.

    Args:
        index: Of the base.
        question: In words, with formulas or code names.
        entries: Keep to these.
        limit: At most so many sections.
        meaning: Also go by what sections mean.
        related: Words that may stand in for one that is found nowhere.

    Raises:
        UsageError: The question has no word that says what is asked, or is too long, or an entry does not
            exist.
    """
    check(question)

    def look(text: str) -> Results:
        return index.query(
            text,
            kinds=KINDS,
            entries=entries,
            limit=limit,
            meaning=meaning,
            related=related,
            whole=True,
        )

    found, mended = look(question), mend(index, question)
    enough, far = (SHARE, FAR_SHARE) if found.nearest is None else (NEAREST, FAR)
    again = found if mended is None else look(mended)
    if _nearness(again) > _nearness(found) and _nearness(again) >= enough:
        found = again
    else:
        mended = None
    near = _nearness(found)
    quotes = found.hits if near >= far else ()
    return Answer(
        question=question,
        answered=bool(quotes) and near >= enough,
        by="words" if meaning is None else "meaning",
        quotes=tuple(replace(hit, snippet=part(hit.snippet, mended or question)) for hit in quotes),
        read_as=mended,
    )


def check(question: str) -> None:
    """Refuse a question that cannot be answered, whatever the notes say.

    Raises:
        UsageError: It has no word, none but those of every question, or more than is read.
    """
    if len(question) > LONGEST:
        what = f"A question may have {LONGEST:,} characters, this one has {len(question):,}"
        raise UsageError(f"{what}: ask what you want to know, without the text around it.")
    terms = parse(question).terms
    if not terms:
        raise UsageError(f"There is no question: try `{EXAMPLE}`.")
    if all(term.kind == "stop" for term in terms):
        raise UsageError(f"Every question has these words: name what you ask about, as in `{EXAMPLE}`.")


def mend(index: Index, question: str) -> str | None:
    """Return a question with its slips of the finger mended, or None.

    A slip is a word that is neither in the base nor among the words of English. Where one has no near word,
    or more than half of the words are slips, the question is in another language or of another field.
    """
    missing = index.query(question, kinds=KINDS, limit=1).missing
    slips = [typed for typed in missing if len(words(typed)) == 1 and not is_word(words(typed)[0])]
    mended = question
    for typed in slips:
        better = index.query(typed, limit=1).suggestion
        if better is None:
            return None
        mended = re.sub(rf"(?<!\w){re.escape(typed)}(?!\w)", lambda _, word=better: word, mended)
    return mended if 0 < 2 * len(slips) <= len(words(question)) else None


def part(text: str, question: str) -> str:
    """Return a text, or of a long one the part with most words of a question; `…` marks what is left out.

    >>> part("One two three.", "two")
    'One two three.'
    >>> part("row " * 200 + "the gate " + "row " * 200, "gate").split().index("gate")
    30
    """
    cut = text.split()
    if len(cut) <= WHOLE:
        return text
    asked = set(map(stem, words(question)))
    held = [{stem(word) for word in words(one)} & asked for one in cut]
    counts = [len(set().union(*held[start : start + PART])) for start in range(len(cut) - PART + 1)]
    most = max(counts)
    starts = [start for start, count in enumerate(counts) if count == most]
    best = starts[len(starts) // 2] if most else 0  # what was asked in the middle of the part
    before, after = "… " if best else "", " …" if best + PART < len(cut) else ""
    return before + " ".join(cut[best : best + PART]) + after


def _nearness(found: Results) -> float:
    """Return how near the best section is: a cosine, or where words alone decide a share."""
    return found.share if found.nearest is None else found.nearest
