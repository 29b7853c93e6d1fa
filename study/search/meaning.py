"""Sections found by what they mean: the retriever of `papers/rag` over the notes of this base.

A section is known by three kinds of vectors: of the headings that lead to it, of pieces of its text, and of
the terms of its index. A question is as near to a section as to the nearest of each kind, added up. Vectors
are those of all-MiniLM-L6-v2, kept in `.study/embeddings.safetensors` by the content of each text.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from study.files import paths

KINDS = ("notes", "docs", "reader")
"""What is found by its meaning; a function or a reference is found by its name."""
PIECE = 60
"""Words of a piece of text, about: a piece ends with a sentence."""
BATCH = 256
"""Texts that are encoded between two looks at the clock, and kept together."""
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[^a-z0-9\s])|(?<=:)\s+(?=[A-Z])")

Encode = Callable[[Sequence[str]], np.ndarray]
Told = Callable[[int, int], None]


class Near(NamedTuple):
    """How near a section is to a question.

    Attributes:
        score: The three nearnesses added up, 3 at most.
        nearest: The greatest of the three, a cosine.
        piece: The piece of its text that is nearest.
    """

    score: float
    nearest: float
    piece: str

    def weighted(self, weight: float) -> Near:
        """Return the same with its score multiplied."""
        return self._replace(score=weight * self.score)


class Meaning:
    """Tell how near sections are to a question.

    Args:
        encode: Texts to vectors of length one, shape (n, d).
        keep: The same for the texts of the base, which remembers what it has encoded; by default nothing is
            kept.
        told: Called with the number of texts encoded so far and of all that must be.
    """

    def __init__(self, encode: Encode, *, keep: Encode | None = None, told: Told | None = None) -> None:
        self.encode, self.keep, self.told = encode, keep or encode, told

    @classmethod
    def of_minilm(cls, root: Path, *, told: Told | None = None) -> Meaning:
        """Return what all-MiniLM-L6-v2 tells; vectors are kept beside the index of `root`.

        Raises:
            DataError: The weights are not on this machine, or not what they should be.
        """
        from implementations.transformer.sentence_encoder import SentenceEncoder
        from papers.rag.embeddings import EmbeddingCache

        encode = SentenceEncoder.from_pretrained().encode
        kept = EmbeddingCache(encode, paths.local_folder(root) / "embeddings.safetensors", name="minilm")
        return cls(encode, keep=kept, told=told)

    def __call__(self, db: sqlite3.Connection, question: str) -> dict[int, Near]:
        """Return how near every section of notes and pages is, by its row in the index."""
        kinds = ", ".join("?" * len(KINDS))
        rows = db.execute(
            "SELECT id, sections.title, sections.heading, words.terms, words.body FROM sections "
            f"JOIN words ON words.rowid = id WHERE kind IN ({kinds}) ORDER BY id",
            KINDS,
        ).fetchall()
        if not rows:
            return {}
        trails = [f"{title} › {heading}" if title else heading for _, title, heading, _, _ in rows]
        parts = [list(pieces(body)) or [trail] for trail, (*_, body) in zip(trails, rows, strict=True)]
        terms = [[term for term in listed.split("\n") if term] for *_, listed, _ in rows]
        asked = self.encode([question])[0]  # (d,)
        cosines = self._cosines(asked, [*trails, *(text for group in (*parts, *terms) for text in group)])
        by_trail, by_piece, by_term = (
            [np.array([cosines[text] for text in group], np.float32) for group in groups]
            for groups in ([[trail] for trail in trails], parts, terms)
        )
        return {
            row: Near(
                score=float(trail.max() + piece.max() + term.max(initial=0.0)),
                nearest=float(max(trail.max(), piece.max(), term.max(initial=0.0))),
                piece=texts[int(piece.argmax())],
            )
            for (row, *_), texts, trail, piece, term in zip(
                rows, parts, by_trail, by_piece, by_term, strict=True
            )
        }

    def _cosines(self, asked: np.ndarray, texts: list[str]) -> dict[str, float]:
        """Return the cosine of a vector, shape (d,), with that of every text; each text is encoded once."""
        texts = list(dict.fromkeys(texts))
        made = []
        for start in range(0, len(texts), BATCH):
            made.append(self.keep(texts[start : start + BATCH]) @ asked)
            if self.told is not None:
                self.told(min(start + BATCH, len(texts)), len(texts))
        return dict(zip(texts, np.concatenate(made).tolist(), strict=True))


def pieces(text: str) -> Iterator[str]:
    """Yield a text in pieces of about `PIECE` words that end where sentences do.

    >>> list(pieces("One two. " + "Word " * 70 + "end. Last one."))[0]
    'One two.'
    """
    taken: list[str] = []
    words = 0
    for sentence in sentences(text):
        count = len(sentence.split())
        if taken and words + count > PIECE:
            yield " ".join(taken)
            taken, words = [], 0
        taken.append(sentence)
        words += count
    if taken:
        yield " ".join(taken)


def sentences(text: str) -> list[str]:
    """Return the sentences of a text.

    >>> sentences("It holds (eq. 3 shows it). Why? Because x = 1.5.")
    ['It holds (eq. 3 shows it).', 'Why?', 'Because x = 1.5.']
    """
    return [part for part in SENTENCE.split(text.strip()) if part]


def has_minilm() -> bool:
    """Tell whether the weights of all-MiniLM-L6-v2 are on this machine, and the code that runs them."""
    try:
        from foundations.data import Status, status
        from foundations.errors import DataError
        from papers.rag import embeddings  # noqa: F401  (a base may be without it)
    except ImportError:
        return False
    try:
        return status("minilm") in (Status.SHIPPED, Status.PRESENT)
    except DataError:
        return False
