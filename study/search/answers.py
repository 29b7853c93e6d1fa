"""What the notes say to a question: sections in order, each with the words that answer, quoted as they stand.

Nothing is made up: an answer is a quotation and its place. Where nothing is near enough, that is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from study.search.hits import Hit
from study.search.index import Index
from study.search.meaning import Meaning
from study.search.ranking import Related

KINDS = ("notes", "docs", "reader")
"""What is quoted: what somebody wrote for a reader."""
NEAREST = 0.45
"""The cosine below which nothing is an answer: 97 % of the entries' questions lie above, and 7 % of XQuAD's,
which ask of other things."""
SHARE = 0.5
"""The share of a question, by rarity of its words, that some section must have where words alone decide."""


@dataclass(frozen=True)
class Answer:
    """What the notes say to a question.

    Attributes:
        question: As it was typed.
        answered: Whether something is near enough to be an answer; if not, the quotes are the nearest.
        by: `meaning`, with MiniLM and words, or `words`.
        quotes: Sections, best first.
    """

    question: str
    answered: bool
    by: str
    quotes: tuple[Hit, ...]


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
        UsageError: The question has no word, or an entry does not exist.
    """
    found = index.query(
        question,
        kinds=KINDS,
        entries=entries,
        limit=limit,
        meaning=meaning,
        related=related,
        whole=True,
    )
    near_enough = found.share >= SHARE if found.nearest is None else found.nearest >= NEAREST
    return Answer(
        question=question,
        answered=bool(found.hits) and near_enough,
        by="words" if meaning is None else "meaning",
        quotes=found.hits,
    )
