"""GloVe: vectors whose dot products are logarithms of co-occurrence counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import sparse

from foundations.errors import ValueRangeError
from papers.word_vectors.logistic import add_rows
from papers.word_vectors.vectors import WordVectors
from papers.word_vectors.vocabulary import Corpus, Vocabulary


class Counts(NamedTuple):
    """The pairs of words that occur together, X_ij > 0.

    Attributes:
        rows: i, shape (cells,).
        columns: j, shape (cells,).
        values: X_ij, shape (cells,).
    """

    rows: np.ndarray
    columns: np.ndarray
    values: np.ndarray


def cooccurrence(corpus: Corpus, size: int, window: int = 10, *, harmonic: bool = True) -> Counts:
    r"""Count which words occur within a window of each other, to both sides.

    Two words at distance $\delta \le$ window add $1/\delta$ to $X_{ij}$ and to $X_{ji}$; windows stop at the
    ends of a sentence.

    Args:
        corpus: Sentences as numbers.
        size: V.
        window: The largest distance.
        harmonic: Whether a pair counts 1/distance; else 1.

    Returns:
        The cells above 0, by row and column.

    Raises:
        ValueRangeError: If the window is below 1, or no two words stand in one.

    Source: Pennington et al. 2014, section 4.2.
    """
    if window < 1:
        raise ValueRangeError(f"a window reaches one word or more, got {window}")
    tokens, sentence = corpus
    total = sparse.csr_array((size, size))
    for distance in range(1, min(window, len(tokens) - 1) + 1):
        together = sentence[distance:] == sentence[:-distance]
        pair = tokens[:-distance][together], tokens[distance:][together]
        weight = np.full(len(pair[0]), 1 / distance if harmonic else 1.0)
        total = total + sparse.csr_array(sparse.coo_array((weight, pair), shape=(size, size)))
    both = sparse.coo_array(total + total.T)
    if not both.nnz:
        raise ValueRangeError(f"no two of {len(tokens)} words stand within {window} words of one sentence")
    rows, columns = both.coords
    return Counts(rows.astype(np.int64), columns.astype(np.int64), both.data)


@dataclass(frozen=True, kw_only=True)
class GloVeConfig:
    """Settings of GloVe; the defaults are the paper's, x_max but for a corpus of billions of words.

    Args:
        dimension: d, length of a vector.
        x_max: Count from which on a cell has full weight; `0` gives every cell that weight.
        alpha: Power of the weight below it.
        batch: Cells in one step.

    Raises:
        ValueRangeError: If a size is out of range.
    """

    dimension: int = 50
    x_max: float = 100.0
    alpha: float = 0.75
    batch: int = 4096

    def __post_init__(self) -> None:
        if self.dimension < 1 or self.batch < 1:
            raise ValueRangeError(f"dimension and batch are from 1 on, got {self.dimension} and {self.batch}")
        if not self.x_max >= 0:
            raise ValueRangeError(f"x_max is a count from 0 on, got {self.x_max}")


def glove_weight(
    x: np.ndarray,
    x_max: float = 100.0,
    alpha: float = 0.75,
) -> np.ndarray:
    r"""Return $f(x) = \min(1, (x/x_{\max})^{\alpha})$: 0 for cells that were never seen, 1 for frequent ones.

    Args:
        x: Counts from 0 on, any shape.
        x_max: Where the weight reaches 1; 0 for weight 1 everywhere above 0.
        alpha: The power.

    Source: Pennington et al. 2014, equation (9).
    """
    if x_max == 0:
        return (x > 0).astype(float)
    return np.minimum(x / x_max, 1.0) ** alpha


def glove_gradients(
    w: np.ndarray, context: np.ndarray, counts: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    r"""Return the cost of cells and half its gradient for both vectors, biases last.

    $$J = \sum f(X)\,e^2, \qquad e = w\cdot\tilde w + b + \tilde b - \ln X$$

    Args:
        w: Vector and bias of the word, shape (cells, d + 1).
        context: Those of the context, shape (cells, d + 1).
        counts: X, above 0, shape (cells,).
        weights: f(X), shape (cells,).

    Returns:
        The terms of J, shape (cells,), and two gradients of J / 2, shape (cells, d + 1).

    Source: Pennington et al. 2014, equation (8); the authors' program drops the factor 2 as well.
    """
    product = (w[:, :-1] * context[:, :-1]).sum(axis=1)
    error = product + w[:, -1] + context[:, -1] - np.log(counts)  # (7)
    pull = (weights * error)[:, None]
    to_w, to_context = pull * context, pull * w
    to_w[:, -1:] = to_context[:, -1:] = pull  # d error / d bias = 1
    return weights * error**2, to_w, to_context


class GloVe:
    """Fit dot products to the logarithms of co-occurrence counts, frequent cells weighted more.

    Args:
        vocabulary: The words, two or more.
        config: Settings; None for the paper's.
        rng: Source of the first vectors, uniform within ±1/(2d), biases too.

    Attributes:
        words: w and, last, b of every word, shape (V, d + 1).
        contexts: w̃ and b̃, shape (V, d + 1).

    Raises:
        ValueRangeError: If there are fewer than two words.

    Source: Pennington et al. 2014, section 3; AdaGrad as in Duchi et al. 2011 with sums that start at 1.
    Deviation: cells of a batch move at once, and their squares are in the sums before the step.
    """

    def __init__(
        self, vocabulary: Vocabulary, config: GloVeConfig | None = None, *, rng: np.random.Generator
    ) -> None:
        if len(vocabulary) < 2:
            raise ValueRangeError(
                f"word vectors need two words to tell apart, got {len(vocabulary)}: {vocabulary}"
            )
        self.vocabulary, self.config = vocabulary, GloVeConfig() if config is None else config
        d = self.config.dimension
        first = rng.uniform(-0.5 / d, 0.5 / d, (2, len(vocabulary), d + 1)).astype(np.float32)
        self.words, self.contexts = first[0], first[1]
        self.sums = np.ones_like(first)

    @property
    def vectors(self) -> np.ndarray:
        """The sum of both kinds of vectors, W + W̃, shape (V, d)."""
        return self.words[:, :-1] + self.contexts[:, :-1]

    @property
    def word_vectors(self) -> WordVectors:
        """The sums with their words."""
        return WordVectors(self.vocabulary.words, self.vectors)

    @property
    def parameters(self) -> int:
        """Number of trained numbers: two vectors and two biases a word."""
        return self.words.size + self.contexts.size

    def train(
        self, counts: Counts, *, epochs: int = 25, learning_rate: float = 0.05, rng: np.random.Generator
    ) -> list[float]:
        """Pass over the cells in fresh order each time, by AdaGrad.

        Args:
            counts: What `cooccurrence` returned.
            epochs: Passes.
            learning_rate: η.
            rng: Source of the order.

        Returns:
            J of each pass, before its steps, divided by the number of cells.

        Raises:
            ValueRangeError: If there are no cells, a count is not above 0, a number of a word is too large,
                or the vectors grow beyond all bounds; then they are as they were.
        """
        self._check(counts, epochs, learning_rate)
        values = counts.values.astype(np.float32)
        weights = glove_weight(values, self.config.x_max, self.config.alpha).astype(np.float32)
        words, contexts, sums = self.words.copy(), self.contexts.copy(), self.sums.copy()
        losses = []
        for _ in range(epochs):
            order, cost = rng.permutation(len(values)), 0.0
            for start in range(0, len(order), self.config.batch):
                cells = order[start : start + self.config.batch]
                i, j = counts.rows[cells], counts.columns[cells]
                terms, *gradients = glove_gradients(words[i], contexts[j], values[cells], weights[cells])
                adagrad_rows(words, sums[0], i, gradients[0], learning_rate)
                adagrad_rows(contexts, sums[1], j, gradients[1], learning_rate)
                cost += float(terms.sum())
            losses.append(cost / len(order))
        if not np.isfinite(words).all() or not np.isfinite(contexts).all():
            raise ValueRangeError(
                f"the vectors grew beyond all bounds at learning_rate {learning_rate}: take a smaller one"
            )
        self.words, self.contexts, self.sums = words, contexts, sums
        return losses

    def _check(self, counts: Counts, epochs: int, learning_rate: float) -> None:
        if epochs < 1 or not learning_rate > 0:
            raise ValueRangeError(f"epochs and learning_rate are above 0, got {epochs} and {learning_rate}")
        if not len(counts.values):
            raise ValueRangeError("GloVe learns from pairs that occur together, got none")
        if not (counts.values > 0).all():
            raise ValueRangeError(
                f"a count of a cell is above 0, got {counts.values.min()}: ln 0 would make vectors NaN; "
                "leave out the cells that were never seen"
            )
        if max(counts.rows.max(), counts.columns.max()) >= len(self.vocabulary):
            raise ValueRangeError(
                f"cells name words below {len(self.vocabulary)}: count with this vocabulary"
            )


def adagrad_rows(
    table: np.ndarray,
    sums: np.ndarray,
    indices: np.ndarray,
    gradients: np.ndarray,
    rate: float,
) -> None:
    r"""Move rows of a table downhill in place: $G \leftarrow G + g^2$, $θ ← θ - \eta g/\sqrt G$.

    Args:
        table: θ, shape (n, d).
        sums: G, shape (n, d).
        indices: Row of each gradient, repeats allowed, shape (k,).
        gradients: Shape (k, d); for a row named several times both g and g² are summed first.
        rate: η.
    """
    add_rows(sums, indices, gradients**2)
    add_rows(table, indices, -rate * gradients / np.sqrt(sums[indices]))
