"""Real questions and the sentences that answer them, from the data sets that ship."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from foundations.data import load

SENTENCE = re.compile(r"(?<=[.!?])[\"”)\]]?\s+(?=[\"“(\[]?[A-Z0-9])")


class Questions(NamedTuple):
    """612 questions on 120 paragraphs of Wikipedia.

    Attributes:
        questions: Texts.
        answers: Number of the sentence where the answer begins, shape (612,).
        paragraphs: Number of the paragraph, shape (612,).
        sentences: Sentences of all paragraphs, in order.
        contexts: The paragraphs.
    """

    questions: list[str]
    answers: np.ndarray
    paragraphs: np.ndarray
    sentences: list[str]
    contexts: list[str]


def sentences_of(text: str) -> list[tuple[int, str]]:
    """Return the sentences of a text, each with the place of its first character."""
    starts = [0, *(found.end() for found in SENTENCE.finditer(text))]
    ends = [*starts[1:], len(text)]
    return [(a, text[a:b].strip()) for a, b in zip(starts, ends, strict=True)]


@lru_cache
def questions() -> Questions:
    """Return XQuAD's development half as questions and sentences."""
    rows = load("xquad-en-half")["test"]
    contexts = list(dict.fromkeys(rows["contexts"]))
    cut = [sentences_of(one) for one in contexts]
    first = np.cumsum([0, *(len(one) for one in cut)])
    number = {context: i for i, context in enumerate(contexts)}
    paragraphs = np.array([number[context] for context in rows["contexts"]])
    answers = [
        first[p] + int(np.searchsorted([a for a, _ in cut[p]], start, side="right")) - 1
        for p, start in zip(paragraphs, rows["starts"], strict=True)
    ]
    return Questions(
        list(rows["questions"]), np.array(answers), paragraphs, [s for one in cut for _, s in one], contexts
    )


def summaries(count: int, *, rng: np.random.Generator) -> list[str]:
    """Return first sentences of Wikipedia articles, drawn without replacement."""
    texts = load("wiki-summaries")["all"]["texts"]
    return [sentences_of(texts[i])[0][1] for i in rng.permutation(len(texts))[:count]]
