"""RAG: a retriever and a generator as one model, the document a hidden variable that is summed out."""

from __future__ import annotations

from typing import Any

import numpy as np

from foundations.autodiff import ops
from foundations.errors import DataError, ShapeError, ValueRangeError
from papers.rag.dense import Retrieved, Retriever
from papers.rag.generator import Generator, answer_log_probs
from papers.rag.marginal import sequence_log_likelihood, token_log_likelihood
from papers.rag.ranking import whole_k


class _Rag:
    """What both models share.

    Args:
        retriever: Finds documents; its index holds their tokens as passages, shape (N, L).
        generator: Writes answers from a document and the question.
        k: Documents that are summed over.

    Raises:
        DataError: If the index has no passages to read.
        ValueRangeError: If k is below 1 or above the number of documents.
    """

    def __init__(self, retriever: Retriever, generator: Generator, *, k: int = 10) -> None:
        if retriever.index.passages is None:
            raise DataError("RAG reads what it finds: give DenseIndex the passages of its vectors")
        self.k = whole_k(type(self).__name__, k, len(retriever.index))
        self.retriever = retriever
        self.generator = generator

    def contexts(self, questions: np.ndarray, retrieved: Retrieved) -> np.ndarray:
        """Return every document before its question: (B, Q) tokens to (B, k, L + Q)."""
        passages = np.asarray(self.retriever.index.passages)[retrieved.documents]  # (B, k, L)
        asked = np.broadcast_to(questions[:, None, :], (*passages.shape[:2], questions.shape[1]))
        return np.concatenate([passages, asked], axis=2)

    def terms(self, questions: np.ndarray, answers: np.ndarray) -> tuple[Any, Any]:
        """Return log p(z | x), (B, k), and log p(y_i | x, z, y_<i), (B, k, T), of given answers."""
        if questions.ndim != 2 or answers.ndim != 2 or len(questions) != len(answers):
            raise ShapeError(
                f"expected questions (B, Q) and answers (B, T), got {questions.shape}, {answers.shape}"
            )
        if not answers.shape[1]:
            raise ValueRangeError("an answer has at least one token")
        retrieved = self.retriever.retrieve(questions, self.k)
        contexts = self.contexts(questions, retrieved)  # (B, k, S)
        b, k, s = contexts.shape
        repeated = np.repeat(answers, k, axis=0)  # (B k, T)
        logs = answer_log_probs(self.generator, contexts.reshape(b * k, s), repeated)
        return retrieved.log_priors, ops.reshape(logs, (b, k, answers.shape[1]))

    def log_likelihood(self, questions: np.ndarray, answers: np.ndarray) -> Any:
        """Return log p(y | x), shape (B,)."""
        raise NotImplementedError

    def loss(self, questions: np.ndarray, answers: np.ndarray) -> Any:
        r"""Return $-\frac1B \sum_j \log p(y_j \mid x_j)$, in nats an answer.

        Its gradient reaches the generator through p(y | x, z) and the encoder of questions through p(z | x).
        Documents' vectors are constants.

        Source: Lewis et al. 2020, section 2.4.
        """
        return -ops.mean(self.log_likelihood(questions, answers))


class RagSequence(_Rag):
    r"""$p(y \mid x) = \sum_z p_\eta(z \mid x) \prod_i p_\theta(y_i \mid x, z, y_{<i})$: one for all.

    Args:
        retriever: Finds documents; its index holds their tokens as passages, shape (N, L).
        generator: Writes answers from a document and the question.
        k: Documents that are summed over.

    Raises:
        DataError: If the index has no passages to read.
        ValueRangeError: If k is below 1 or above the number of documents.

    Source: Lewis et al. 2020, section 2.1.
    """

    def log_likelihood(self, questions: np.ndarray, answers: np.ndarray) -> Any:
        """Return log p(y | x): questions (B, Q), answers (B, T) to (B,)."""
        return sequence_log_likelihood(*self.terms(questions, answers))


class RagToken(_Rag):
    r"""$p(y \mid x) = \prod_i \sum_z p_\eta(z \mid x)\, p_\theta(y_i \mid x, z, y_{<i})$: mixed each time.

    The same k documents with the same probabilities serve all tokens: nothing is retrieved anew.

    Args:
        retriever: Finds documents; its index holds their tokens as passages, shape (N, L).
        generator: Writes answers from a document and the question.
        k: Documents that are summed over.

    Raises:
        DataError: If the index has no passages to read.
        ValueRangeError: If k is below 1 or above the number of documents.

    Source: Lewis et al. 2020, section 2.1.
    """

    def log_likelihood(self, questions: np.ndarray, answers: np.ndarray) -> Any:
        """Return log p(y | x): questions (B, Q), answers (B, T) to (B,)."""
        return token_log_likelihood(*self.terms(questions, answers))
