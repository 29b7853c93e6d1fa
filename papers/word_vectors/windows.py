"""From text to training pairs: words are thinned out, windows drawn, and centres put into blocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from papers.word_vectors.vocabulary import Corpus


class Stream(NamedTuple):
    """The words of one epoch that survived, and how far the window of each reaches.

    Attributes:
        tokens: Shape (n,).
        left: Number of words before each that are its context, shape (n,).
        right: Number of words after it, shape (n,).
    """

    tokens: np.ndarray
    left: np.ndarray
    right: np.ndarray


class Block(NamedTuple):
    """M blocks of L neighbouring centres, each with all the words that its windows may reach.

    Attributes:
        centres: Words, shape (M, L).
        contexts: The same words with C more on both sides, shape (M, L + 2C).
        pairs: 1 where a context lies in the window of a centre, else 0, float32, shape (M, L, L + 2C).
    """

    centres: np.ndarray
    contexts: np.ndarray
    pairs: np.ndarray


def draw_stream(
    corpus: Corpus, keep: np.ndarray, window: int, *, dynamic: bool = True, rng: np.random.Generator
) -> Stream:
    """Thin out a corpus, then draw a window for every word that is left; windows stop at a sentence's ends.

    A word that is dropped brings its neighbours closer: windows are drawn after the thinning.

    Args:
        corpus: Sentences as numbers.
        keep: Probability to survive of every word, shape (V,).
        window: C, the largest reach.
        dynamic: Whether the reach is drawn uniformly from 1 … C, or is C.
        rng: Source of the draws.
    """
    kept = rng.random(len(corpus.tokens), dtype=np.float32) < keep[corpus.tokens]
    tokens, sentence = corpus.tokens[kept], corpus.sentence[kept]
    reach = rng.integers(1, window + 1, len(tokens)) if dynamic else np.full(len(tokens), window)
    at = np.arange(len(tokens))
    begins = np.searchsorted(sentence, sentence, side="left")  # where the sentence of each word begins
    ends = np.searchsorted(sentence, sentence, side="right") - 1
    return Stream(tokens, np.minimum(reach, at - begins), np.minimum(reach, ends - at))


def blocks(stream: Stream, window: int, *, length: int, number: int) -> Iterator[Block]:
    """Cut a stream into blocks; the last is filled up with centres that have no context.

    Args:
        stream: The words of an epoch.
        window: C.
        length: L, centres a block.
        number: M, blocks at a time.
    """
    step, n = length * number, len(stream.tokens)
    missing = -n % step
    tokens = np.pad(stream.tokens, (window, missing + window))
    left, right = (np.pad(reach, (0, missing)) for reach in (stream.left, stream.right))
    offset = np.arange(length + 2 * window) - window - np.arange(length)[:, None]  # (L, L + 2C)
    other = offset != 0
    reached = np.arange(number)[:, None] * length + np.arange(length + 2 * window)  # (M, L + 2C)
    for start in range(0, n, step):
        around = tokens[start : start + step + 2 * window]
        before, after = (one[start : start + step].reshape(number, length, 1) for one in (left, right))
        pairs = (offset >= -before) & (offset <= after) & other
        centres = around[window : window + step].reshape(number, length)
        yield Block(centres, around[reached], pairs.astype(np.float32))
