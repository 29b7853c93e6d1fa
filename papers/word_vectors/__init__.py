"""word2vec (Mikolov et al. 2013) and GloVe (Pennington et al. 2014): vectors for words, in NumPy."""

from papers.word_vectors.files import load_word2vec, save_word2vec
from papers.word_vectors.glove import Counts, GloVe, GloVeConfig, cooccurrence, glove_weight
from papers.word_vectors.huffman import Codes, huffman_codes
from papers.word_vectors.phrases import Phrases, find_phrases
from papers.word_vectors.pmi import pair_counts, pmi
from papers.word_vectors.sizes import PAPER_CONFIGS, PaperConfig, cbow_cost, skip_gram_cost
from papers.word_vectors.vectors import (
    Score,
    WordVectors,
    analogy,
    analogy_score,
    most_similar,
    similarity_score,
)
from papers.word_vectors.vocabulary import Corpus, Vocabulary
from papers.word_vectors.word2vec import CBOW, SkipGram, Word2VecConfig

__all__ = [
    "CBOW",
    "PAPER_CONFIGS",
    "Codes",
    "Corpus",
    "Counts",
    "GloVe",
    "GloVeConfig",
    "PaperConfig",
    "Phrases",
    "Score",
    "SkipGram",
    "Vocabulary",
    "Word2VecConfig",
    "WordVectors",
    "analogy",
    "analogy_score",
    "cbow_cost",
    "cooccurrence",
    "find_phrases",
    "glove_weight",
    "huffman_codes",
    "load_word2vec",
    "most_similar",
    "pair_counts",
    "pmi",
    "save_word2vec",
    "similarity_score",
    "skip_gram_cost",
]
