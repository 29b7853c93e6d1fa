"""Pointwise mutual information, which negative sampling factorises, and corpora for which it is known."""

from __future__ import annotations

import numpy as np

from foundations.errors import ValueRangeError
from papers.word_vectors.logistic import sigmoid
from papers.word_vectors.vocabulary import Corpus


def pair_counts(corpus: Corpus, size: int, window: int = 1) -> np.ndarray:
    """Return how often word c stands within the window of word w, shape (V, V), as a table with all cells.

    Args:
        corpus: Sentences as numbers.
        size: V.
        window: The largest distance; every pair counts 1.
    """
    counts = np.zeros((size, size))
    for distance in range(1, window + 1):
        together = corpus.sentence[distance:] == corpus.sentence[:-distance]
        w, c = corpus.tokens[:-distance][together], corpus.tokens[distance:][together]
        np.add.at(counts, (w, c), 1.0)
        np.add.at(counts, (c, w), 1.0)
    return counts


def pmi(counts: np.ndarray) -> np.ndarray:
    r"""Return $\ln\frac{\#(w,c)\,N}{\#(w)\,\#(c)}$: the log of how much oftener than by chance, shape (V, V).

    Cells that were never seen are -inf.

    Args:
        counts: #(w, c), at least 0, shape (V, V).

    Raises:
        ValueRangeError: If nothing was counted, or a count is negative.

    Source: Church & Hanks 1990.
    """
    if not (counts >= 0).all() or not counts.sum() > 0:
        raise ValueRangeError("pmi expects counts from 0 on, and one above it")
    by_chance = counts.sum(1, keepdims=True) * counts.sum(0, keepdims=True) / counts.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(counts / by_chance)


def planted(size: int, strength: float, *, rng: np.random.Generator) -> np.ndarray:
    r"""Return probabilities of pairs that are log-linear, $p(w, c) \propto \exp(S_{wc} + b_w + b_c)$.

    Args:
        size: V.
        strength: Standard deviation of the entries of S, which is symmetric and of full rank; 0 makes the two
            words of a pair independent.
        rng: Source of S and b.

    Returns:
        Symmetric, summing to 1, shape (V, V).
    """
    normal = rng.standard_normal((size, size))
    b = rng.normal(0, 0.3, size)
    p = np.exp(strength * (normal + normal.T) / np.sqrt(2) + b[:, None] + b)
    return p / p.sum()


def pairs_corpus(p: np.ndarray, pairs: int, *, rng: np.random.Generator) -> Corpus:
    """Draw sentences of two words each from probabilities of pairs.

    Args:
        p: Shape (V, V).
        pairs: Number of sentences.
        rng: Source of the draws.
    """
    drawn = rng.choice(p.size, size=pairs, p=p.ravel())
    tokens = np.stack(np.unravel_index(drawn, p.shape), axis=1).ravel()
    return Corpus(tokens.astype(np.int64), np.repeat(np.arange(pairs), 2))


def expected_step(
    w: np.ndarray, c: np.ndarray, counts: np.ndarray, k: float, rate: float
) -> tuple[np.ndarray, np.ndarray]:
    r"""Move all vectors uphill on the objective that negative sampling has on average, without drawing.

    $$\sum_{w,c} \#(w,c)\ln\sigma(w\cdot c) + k\,\frac{\#(w)\,\#(c)}{N}\ln\sigma(-w\cdot c)$$

    with noise from the unigram distribution; divided by the mean count of a word, N / V.

    Args:
        w: Vectors of words, shape (V, d).
        c: Vectors of contexts, shape (V, d).
        counts: #(w, c), shape (V, V).
        k: Negatives a pair.
        rate: Length of the step.

    Returns:
        Both tables after the step.

    Source: Levy & Goldberg 2014, section 3.1.
    """
    chance = counts.sum(1, keepdims=True) * counts.sum(0, keepdims=True) / counts.sum()
    seen = sigmoid(w @ c.T)  # (V, V)
    error = (counts * (1 - seen) - k * chance * seen) * (len(counts) / counts.sum())
    return w + rate * error @ c, c + rate * error.T @ w
