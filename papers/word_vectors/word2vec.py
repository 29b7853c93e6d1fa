"""Skip-gram and CBOW: the two models of word2vec, trained in blocks of neighbouring centres."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from foundations.errors import ValueRangeError
from papers.word_vectors.logistic import add_rows, logistic_gradients, logistic_loss
from papers.word_vectors.outputs import HierarchicalSoftmax, NegativeSampling, Output, Targets
from papers.word_vectors.vectors import WordVectors
from papers.word_vectors.vocabulary import Corpus, Formula, Vocabulary
from papers.word_vectors.windows import Block, Stream, blocks, draw_stream

MOST_BLOCKS = 8
"""Blocks in one step where the vocabulary is large."""
LAST_RATE = 1e-4
"""Share of the learning rate at which the last step is made, as in the authors' program."""
EVERY = 32
"""The loss is measured at every so many steps."""


@dataclass(frozen=True, kw_only=True)
class Word2VecConfig:
    """Settings of skip-gram and CBOW; the defaults are those of the authors' program.

    Args:
        dimension: d, length of a vector.
        window: C, the largest reach of a window to each side.
        dynamic: Whether each centre draws its reach uniformly from 1 … C.
        negatives: k, noise words for each pair; 0 for hierarchical softmax.
        noise_power: Noise is count ** power.
        skip_positives: Whether noise that is the word itself is skipped.
        sample: t of subsampling; `inf` keeps every word.
        formula: Of subsampling: "paper" or "code".
        divide_update: CBOW only: whether a context gets its share of the error, or all of it, as in the
            authors' program.
        block: L, neighbouring centres that share their noise.
        blocks: M, blocks in one step; 0 for 8, or fewer where the vocabulary is so small that one word would
            take many steps at once.
        shared: K, draws of noise a block.

    Raises:
        ValueRangeError: If a size is not above 0.
    """

    dimension: int = 100
    window: int = 5
    dynamic: bool = True
    negatives: int = 5
    noise_power: float = 0.75
    skip_positives: bool = True
    sample: float = 1e-3
    formula: Formula = "code"
    divide_update: bool = False
    block: int = 16
    blocks: int = 0
    shared: int = 16

    def __post_init__(self) -> None:
        least = {"dimension": 1, "window": 1, "block": 1, "shared": 1, "negatives": 0, "blocks": 0}
        for name, low in least.items():
            if getattr(self, name) < low:
                raise ValueRangeError(f"{name} is a whole number from {low} on, got {getattr(self, name)}")


class _Word2Vec(ABC):
    """Two tables of vectors, and the training that skip-gram and CBOW share.

    Attributes:
        vectors: Input vectors, "the" word vectors, float32, shape (V, d); they start uniform within ±1/(2d).
        output_vectors: One a word, shape (V, d), or one an inner node, (V - 1, d); they start at 0.
    """

    rate: float

    def __init__(
        self, vocabulary: Vocabulary, config: Word2VecConfig | None = None, *, rng: np.random.Generator
    ) -> None:
        if len(vocabulary) < 2:
            raise ValueRangeError(
                f"word vectors need two words to tell apart, got {len(vocabulary)}: {vocabulary}"
            )
        self.vocabulary = vocabulary
        self.config = c = Word2VecConfig() if config is None else config
        self.output: Output = (
            NegativeSampling(
                vocabulary,
                c.negatives,
                shared=c.shared,
                power=c.noise_power,
                skip_positives=c.skip_positives,
            )
            if c.negatives
            else HierarchicalSoftmax(vocabulary)
        )
        spread = 0.5 / c.dimension
        self.vectors = rng.uniform(-spread, spread, (len(vocabulary), c.dimension)).astype(np.float32)
        self.output_vectors = np.zeros((self.output.size, c.dimension), np.float32)

    @property
    def word_vectors(self) -> WordVectors:
        """The input vectors with their words."""
        return WordVectors(self.vocabulary.words, self.vectors)

    @property
    def parameters(self) -> int:
        """Number of trained numbers, in both tables."""
        return self.vectors.size + self.output_vectors.size

    def train(
        self,
        corpus: Corpus,
        *,
        epochs: float = 5,
        learning_rate: float | None = None,
        keep: np.ndarray | None = None,
        rng: np.random.Generator,
    ) -> list[float]:
        """Pass over a corpus; the rate falls linearly, to a ten-thousandth.

        Args:
            corpus: What `vocabulary.encode` returned.
            epochs: Passes; the last may be a part of one.
            learning_rate: Of the first step; 0.025 for skip-gram and 0.05 for CBOW where it is None.
            keep: Probability of every word to survive, shape (V,), in place of subsampling.
            rng: Source of all draws.

        Returns:
            The mean loss of each pass, nats a prediction, measured on some of its steps.

        Raises:
            ValueRangeError: If there is nothing to learn from, or the vectors grow beyond all bounds; then
                they are as they were.
        """
        c, first = self.config, self.rate if learning_rate is None else learning_rate
        if not (epochs > 0 and first > 0):
            raise ValueRangeError(f"epochs and learning_rate are above 0, got {epochs} and {first}")
        if keep is None:
            keep = self.vocabulary.keep_probability(c.sample, c.formula)
        tables = self.vectors.copy(), self.output_vectors.copy()
        losses = []
        with np.errstate(over="ignore", invalid="ignore"):  # said below, in words
            for epoch in range(int(np.ceil(epochs))):
                stream = draw_stream(corpus, keep, c.window, dynamic=c.dynamic, rng=rng)
                if not (stream.left.any() or stream.right.any()):
                    raise ValueRangeError(
                        f"no two words stand in one window: {len(stream.tokens)} of "
                        f"{len(corpus.tokens)} words are left after subsampling; give longer "
                        "sentences, or a larger sample"
                    )
                losses.append(self._pass(stream, tables, first, epoch, epochs, rng))
        if not all(np.isfinite(table).all() for table in tables):
            raise ValueRangeError(
                f"the vectors grew beyond all bounds at learning_rate {first}: take a smaller one"
            )
        self.vectors, self.output_vectors = tables
        return losses

    def _pass(
        self,
        stream: Stream,
        tables: tuple[np.ndarray, np.ndarray],
        first: float,
        epoch: int,
        epochs: float,
        rng: np.random.Generator,
    ) -> float:
        """Pass over a stream, or the part of it that is left of `epochs`; return the mean loss."""
        c, measured = self.config, []
        together = c.blocks or max(1, min(MOST_BLOCKS, len(self.vocabulary) // (2 * c.block)))  # M
        share = c.block * together / len(stream.tokens)  # of the pass, each step
        for number, block in enumerate(blocks(stream, c.window, length=c.block, number=together)):
            done = (epoch + number * share) / epochs
            if done >= 1:
                break
            rate = first * max(LAST_RATE, 1 - done)
            loss = self._step(block, tables, rate, rng, measure=number % EVERY == 0)
            if loss is not None:
                measured.append(loss)
        return float(np.mean(measured))

    def _step(
        self,
        block: Block,
        tables: tuple[np.ndarray, np.ndarray],
        rate: float,
        rng: np.random.Generator,
        *,
        measure: bool,
    ) -> float | None:
        """Move both tables uphill by one step; return the loss a prediction before it, if asked to."""
        vectors, outputs = tables
        hidden, targets = self._predictions(block, vectors, rng)
        rows = outputs[targets.rows]  # (M, P, d)
        loss = None
        if measure:
            loss = logistic_loss(hidden, rows, targets.labels, targets.weights) / max(self._count(block), 1)
        uphill, rows_uphill = logistic_gradients(hidden, rows, targets.labels, targets.weights)
        self._move(block, vectors, rate * uphill)
        add_rows(outputs, targets.rows, rate * rows_uphill)
        return loss

    @abstractmethod
    def _predictions(
        self, block: Block, vectors: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, Targets]:
        """Return hidden vectors, shape (M, L, d), and what they have to predict."""

    @abstractmethod
    def _move(self, block: Block, vectors: np.ndarray, steps: np.ndarray) -> None:
        """Take the steps of the hidden vectors, shape (M, L, d), back to the input vectors, in place."""

    @abstractmethod
    def _count(self, block: Block) -> float:
        """Return how many words are predicted."""


class SkipGram(_Word2Vec):
    r"""Predict every word of the window from the vector of its centre.

    The objective is $\frac1T\sum_t\sum_{-c\le j\le c,\,j\ne0}\ln p(w_{t+j}\mid w_t)$, with $\ln p$ replaced
    by the objective of negative sampling, or computed along a tree.

    Args:
        vocabulary: The words, two or more.
        config: Settings; None for the defaults.
        rng: Source of the first vectors.

    Raises:
        ValueRangeError: If there are fewer than two words.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> text = [["salt", "and", "pepper"], ["pepper", "and", "salt"]] * 50
        >>> v = Vocabulary.of(text)
        >>> model = SkipGram(v, Word2VecConfig(dimension=4, sample=float("inf")), rng=rng)
        >>> losses = model.train(v.encode(text), epochs=20, rng=rng)
        >>> losses[-1] < losses[0], model.vectors.shape
        (True, (3, 4))

    Source: Mikolov et al. 2013a, section 3.2; 2013b, equation (1).
    Deviation: the centre is the input, as in the paper; in `word2vec.c` it is the output. The pairs are the
    same, as every word is a centre. The steps of a block are made at once.
    """

    rate = 0.025

    def _predictions(
        self, block: Block, vectors: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, Targets]:
        return vectors[block.centres], self.output.targets(block.contexts, block.pairs, rng=rng)

    def _move(self, block: Block, vectors: np.ndarray, steps: np.ndarray) -> None:
        add_rows(vectors, block.centres, steps)

    def _count(self, block: Block) -> float:
        return float(block.pairs.sum())


class CBOW(_Word2Vec):
    r"""Predict the centre from the average of the vectors of its window, a "continuous bag of words".

    Args:
        vocabulary: The words, two or more.
        config: Settings; None for the defaults. `divide_update` says what a context gets of the error.
        rng: Source of the first vectors.

    Raises:
        ValueRangeError: If there are fewer than two words.

    Source: Mikolov et al. 2013a, section 3.1; `word2vec.c`; İrsoy, Benton & Stratos 2021 for the division.
    """

    rate = 0.05

    def _predictions(
        self, block: Block, vectors: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, Targets]:
        n = block.pairs.sum(-1, keepdims=True)  # (M, L, 1): words in each window
        hidden = (block.pairs / np.maximum(n, 1)) @ vectors[block.contexts]  # (M, L, d)
        own = np.eye(n.shape[1], dtype=np.float32) * (n > 0)  # (M, L, L): each predicts its own centre
        return hidden, self.output.targets(block.centres, own, rng=rng)

    def _move(self, block: Block, vectors: np.ndarray, steps: np.ndarray) -> None:
        share = block.pairs
        if self.config.divide_update:
            share = share / np.maximum(share.sum(-1, keepdims=True), 1)
        add_rows(vectors, block.contexts, share.mT @ steps)

    def _count(self, block: Block) -> float:
        return float((block.pairs.sum(-1) > 0).sum())
