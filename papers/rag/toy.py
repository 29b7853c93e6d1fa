"""The running example: three documents, four words, answers of a first and a last name; all can be listed."""

from __future__ import annotations

import itertools

import numpy as np

from foundations.nn import functional as F
from papers.rag.marginal import sequence_log_likelihood, token_log_likelihood

WORDS = ("Ada", "Bo", "Lim", "Ray")
FIRST, LAST = WORDS[:2], WORDS[2:]
DOCUMENTS = (("Ada", "Lim"), ("Bo", "Ray"), ("Bo", "Lim"))
SWAPPED = (("Ada", "Ray"), ("Bo", "Lim"), ("Ada", "Lim"))
"""What three documents say the leader is called, and what those of another year say."""
SCORES = (1.0, 0.9, 0.5)
RIGHT = 0.9
"""The probability with which the generator copies a name; the rest goes to the other name of its place."""
ANSWERS = tuple(itertools.product(FIRST, LAST))


def log_priors(scores: tuple[float, ...] = SCORES) -> np.ndarray:
    """Return log p(z | x) of the three documents, shape (1, 3)."""
    return F.log_softmax(np.array([scores], dtype=np.float64), axis=-1)


def log_probs(
    answer: tuple[str, str], documents: tuple[tuple[str, str], ...] = DOCUMENTS, right: float = RIGHT
) -> np.ndarray:
    """Return log p(y_i | x, z, y_<i) of an answer under each document, shape (1, 3, 2)."""
    return np.log(
        [[[right if a == b else 1 - right for a, b in zip(answer, z, strict=True)] for z in documents]]
    )


def distributions(
    scores: tuple[float, ...] = SCORES,
    documents: tuple[tuple[str, str], ...] = DOCUMENTS,
    right: float = RIGHT,
) -> dict[str, np.ndarray]:
    """Return p(y | x) of the four answers under RAG-Sequence and RAG-Token, each shape (4,)."""
    prior = log_priors(scores)
    found = {"sequence": sequence_log_likelihood, "token": token_log_likelihood}
    return {
        name: np.exp([model(prior, log_probs(y, documents, right))[0] for y in ANSWERS])
        for name, model in found.items()
    }
