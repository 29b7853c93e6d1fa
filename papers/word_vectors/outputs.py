"""What a vector predicts: negative sampling and hierarchical softmax as rows, labels and weights."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np

from papers.word_vectors.huffman import huffman_codes
from papers.word_vectors.vocabulary import Vocabulary


class Targets(NamedTuple):
    """Rows of the output table with what the logistic regressions should say of them.

    Attributes:
        rows: Numbers of rows, shape (M, P).
        labels: 1 for what belongs together, 0 for noise, float32, shape (M, 1, P).
        weights: How often each row counts for each hidden vector, float32, shape (M, L, P).
    """

    rows: np.ndarray
    labels: np.ndarray
    weights: np.ndarray


class Output(Protocol):
    """How the words of a vocabulary are predicted."""

    size: int
    """Rows of the output table."""

    def targets(self, words: np.ndarray, pairs: np.ndarray, *, rng: np.random.Generator) -> Targets:
        """Return what M × L hidden vectors have to predict.

        Args:
            words: Words to be predicted, shape (M, Q).
            pairs: 1 where hidden vector l is to predict word q, shape (M, L, Q).
            rng: Source of the noise.
        """
        ...


class NegativeSampling:
    r"""Tell the words that are there from k drawn from a noise distribution.

    For each pair of hidden vector h and word o the objective is

    $$\ln\sigma(u_o\cdot h) + \sum_{i=1}^{k} \mathbb E_{n_i\sim P}\ln\sigma(-u_{n_i}\cdot h).$$

    A block of hidden vectors shares K draws, each weighted k / K times the number of pairs: the sum has the
    expectation of k fresh draws for each pair, and is a matrix product.

    Args:
        vocabulary: The words.
        negatives: k, at least 1.
        shared: K, draws a block.
        power: Noise is count ** power.
        skip_positives: Whether a draw that is the pair's own word is skipped, as in the authors' program;
            the paper's formula counts it.

    Source: Mikolov et al. 2013b, equation (4); Ji et al. 2016 for shared draws.
    """

    def __init__(
        self, vocabulary: Vocabulary, negatives: int, *, shared: int, power: float, skip_positives: bool
    ) -> None:
        self.size = len(vocabulary)
        self.each = negatives / shared  # k / K
        self.shared = shared
        self.skip_positives = skip_positives
        self.cumulative = np.cumsum(vocabulary.noise(power))
        self.cumulative[-1] = 1.0

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Return words drawn from the noise distribution."""
        return np.searchsorted(self.cumulative, rng.random(shape), side="right")

    def targets(self, words: np.ndarray, pairs: np.ndarray, *, rng: np.random.Generator) -> Targets:
        """Return the words with label 1 and the shared draws with label 0."""
        noise = self.draw((len(words), self.shared), rng)  # (M, K)
        count = pairs.sum(-1, keepdims=True)  # (M, L, 1): pairs of each hidden vector
        if self.skip_positives:
            same = words[:, :, None] == noise[:, None, :]  # (M, Q, K)
            count = count - pairs @ same.astype(pairs.dtype)  # (M, L, K)
        each = np.broadcast_to(count * pairs.dtype.type(self.each), (*pairs.shape[:2], self.shared))
        labels = np.zeros((1, 1, words.shape[1] + self.shared), pairs.dtype)
        labels[..., : words.shape[1]] = 1
        return Targets(np.concatenate([words, noise], axis=1), labels, np.concatenate([pairs, each], axis=2))


class HierarchicalSoftmax:
    r"""Predict the turns on a word's path through the Huffman tree, one logistic regression each.

    $$p(w \mid h) = \prod_{j=1}^{L(w)-1} \sigma\bigl(\pm u_{n(w,j)}\cdot h\bigr)$$

    with a plus where the path takes the first child. The probabilities of all words sum to 1.

    Args:
        vocabulary: The words.

    Source: Mikolov et al. 2013b, equation (3); Morin and Bengio 2005.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.codes = huffman_codes(vocabulary.counts)
        self.size = len(vocabulary) - 1
        longest = self.codes.nodes.shape[1]
        self.on_path = (np.arange(longest) < self.codes.lengths[:, None]).astype(np.float32)  # (V, longest)

    def targets(self, words: np.ndarray, pairs: np.ndarray, *, rng: np.random.Generator) -> Targets:
        """Return the inner nodes on the paths of the words; nothing is drawn."""
        blocks, wanted = words.shape
        rows = self.codes.nodes[words].reshape(blocks, -1)  # (M, Q * longest)
        labels = 1 - self.codes.turns[words].reshape(blocks, 1, -1).astype(pairs.dtype)
        on_path = self.on_path[words].reshape(blocks, 1, wanted, -1)
        weights = pairs[..., None] * on_path  # (M, L, Q, longest)
        return Targets(rows, labels, weights.reshape(*pairs.shape[:2], -1))
