"""Retrieval-augmented generation (Lewis et al. 2020): find documents, and sum over them while writing."""

from papers.rag.bm25 import BM25, Found
from papers.rag.decoding import Answer, answer, mixture_search
from papers.rag.dense import DenseIndex, Retrieved, Retriever, in_batch_loss
from papers.rag.embeddings import EmbeddingCache, RebuiltCache
from papers.rag.generator import Generator, Reader, ReaderConfig, answer_log_probs
from papers.rag.library import Library, Passage, minilm
from papers.rag.marginal import sequence_log_likelihood, token_log_likelihood
from papers.rag.rag import RagSequence, RagToken
from papers.rag.ranking import ndcg_at_k, recall_at_k, reciprocal_rank_fusion, top_k
from papers.rag.words import words

__all__ = [
    "BM25",
    "Answer",
    "DenseIndex",
    "EmbeddingCache",
    "Found",
    "Generator",
    "Library",
    "Passage",
    "RagSequence",
    "RagToken",
    "Reader",
    "ReaderConfig",
    "RebuiltCache",
    "Retrieved",
    "Retriever",
    "answer",
    "answer_log_probs",
    "in_batch_loss",
    "minilm",
    "mixture_search",
    "ndcg_at_k",
    "recall_at_k",
    "reciprocal_rank_fusion",
    "sequence_log_likelihood",
    "token_log_likelihood",
    "top_k",
    "words",
]
