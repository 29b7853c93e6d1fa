"""How large the models of the papers are, and what a word costs them in training."""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType

from papers.word_vectors.glove import GloVeConfig
from papers.word_vectors.word2vec import Word2VecConfig


@dataclass(frozen=True, kw_only=True)
class PaperConfig:
    """A model of a paper.

    Args:
        where: The table that it stands in.
        vocabulary: V, number of words.
        config: Its settings.
    """

    where: str
    vocabulary: int
    config: Word2VecConfig | GloVeConfig

    @property
    def parameters(self) -> int:
        """Number of trained numbers.

        Two vectors a word; with hierarchical softmax one inner node less; with GloVe two biases more.
        """
        V, d = self.vocabulary, self.config.dimension
        if isinstance(self.config, GloVeConfig):
            return 2 * V * (d + 1)
        return V * d + (V if self.config.negatives else V - 1) * d


def _nips(negatives: int, sample: float) -> PaperConfig:
    config = Word2VecConfig(dimension=300, negatives=negatives, sample=sample, formula="paper")
    return PaperConfig(where="Mikolov et al. 2013b, Table 1", vocabulary=692_000, config=config)


PAPER_CONFIGS = MappingProxyType(
    {
        "neg-5": _nips(5, math.inf),
        "neg-15": _nips(15, math.inf),
        "hs": _nips(0, math.inf),
        "neg-5-subsampled": _nips(5, 1e-5),
        "neg-15-subsampled": _nips(15, 1e-5),
        "hs-subsampled": _nips(0, 1e-5),
        "glove-6b": PaperConfig(
            where="Pennington et al. 2014, Table 2", vocabulary=400_000, config=GloVeConfig(dimension=300)
        ),
    }
)
"""The models of NIPS 2013, Table 1 (section 3: 692,000 words, 300 numbers, t = 1e-5), and GloVe's on 6
billion words (section 4.2: 400,000 words)."""


def cbow_cost(N: int, D: int, V: int) -> float:
    r"""Return the multiplications a training word of CBOW, $Q = N D + D \log_2 V$.

    Args:
        N: Words in the context.
        D: Length of a vector.
        V: Words of the vocabulary.

    Source: Mikolov et al. 2013a, equation (4).
    """
    return N * D + D * math.log2(V)


def skip_gram_cost(C: int, D: int, V: int) -> float:
    r"""Return the multiplications a training word of skip-gram, $Q = C\,(D + D \log_2 V)$.

    Args:
        C: The largest distance.
        D: Length of a vector.
        V: Words of the vocabulary.

    Source: Mikolov et al. 2013a, equation (5).
    """
    return C * (D + D * math.log2(V))
