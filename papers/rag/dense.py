"""Dense retrieval: documents and questions as vectors, the best by their inner product, exactly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from foundations.autodiff import ops
from foundations.autodiff.tensor import Tensor
from foundations.errors import DataError, DTypeError, ShapeError, ValueRangeError
from foundations.nn import functional as F
from papers.rag.ranking import top_k, whole_k

BLOCK = 8_000_000
"""Scores held at once: 32 MB."""


class Retrieved(NamedTuple):
    """What a retriever finds.

    Attributes:
        documents: Numbers of the top k documents of each question, best first, shape (B, k).
        log_priors: log p(z | x) over these k, shape (B, k); a Tensor where the encoder gives one.
    """

    documents: np.ndarray
    log_priors: Any


class DenseIndex:
    r"""Find the documents with the largest $d(z)^\top q(x)$: an exact search for inner products.

    Args:
        vectors: d(z), one a document, shape (N, d); kept as float32.
        passages: What the vectors stand for, N of it; swapped together with them. Optional.
        backend: "numpy", or "faiss" for its flat index, which has to be installed.

    Raises:
        ShapeError: If the vectors have not two axes, or there are not as many passages.
        ValueRangeError: If there is no vector, one is not finite, or the backend is unknown.
        DataError: If faiss is asked for and not installed.

    Example:
        >>> index = DenseIndex(np.array([[1.0, 0.0], [0.0, 3.0], [1.0, 1.0]]))
        >>> index.search(np.array([[1.0, 0.5]]), 2)[1].tolist()
        [[1, 2]]

    Source: Lewis et al. 2020, section 2.2.

    Deviation: exact, where the paper searches an approximate graph (HNSW).
    """

    def __init__(self, vectors: Any, passages: Any = None, *, backend: str = "numpy") -> None:
        found = np.asarray(vectors)
        if found.ndim != 2 or found.shape[1] == 0:
            raise ShapeError(f"DenseIndex expects vectors (N, d), got {found.shape}")
        if not len(found):
            raise ValueRangeError("DenseIndex holds no document: give at least one vector")
        if found.dtype.kind not in "fiu" or not np.isfinite(found).all():
            raise ValueRangeError("DenseIndex expects finite numbers: encode the documents again")
        if passages is not None and len(passages) != len(found):
            raise ShapeError(f"DenseIndex expects a passage a vector, got {len(passages)} for {len(found)}")
        if backend not in ("numpy", "faiss"):
            raise ValueRangeError(f"DenseIndex searches by 'numpy' or 'faiss', got {backend!r}")
        self.vectors = np.ascontiguousarray(found, dtype=np.float32)
        self.passages = passages
        self._flat = _faiss(self.vectors) if backend == "faiss" else None

    def __len__(self) -> int:
        return len(self.vectors)

    @property
    def dimension(self) -> int:
        """Width d of the vectors."""
        return self.vectors.shape[1]

    def search(self, queries: Any, k: int = 10) -> tuple[np.ndarray, np.ndarray]:
        """Return the k best documents of each query.

        Args:
            queries: q(x), shape (B, d), or (d,) for one.
            k: At most N.

        Returns:
            Inner products and numbers of documents, best first: both (B, k), or (k,) for one query.

        Raises:
            ShapeError: If the width is another.
            ValueRangeError: If k is below 1 or above N, or a number is not finite.
        """
        q = np.asarray(queries, dtype=np.float32)
        if q.ndim == 1:
            scores, numbers = self.search(q[None], k)
            return scores[0], numbers[0]
        k = whole_k("DenseIndex.search", k, len(self))
        if q.ndim != 2 or q.shape[1] != self.dimension:
            raise ShapeError(
                f"DenseIndex expects queries (B, {self.dimension}), got {q.shape}: "
                "encode questions and documents to one width"
            )
        if not np.isfinite(q).all():
            raise ValueRangeError("DenseIndex expects finite queries: encode the questions again")
        if self._flat is not None:
            return self._flat.search(np.ascontiguousarray(q), k)
        numbers = np.empty((len(q), k), dtype=np.int64)
        best = np.empty((len(q), k), dtype=np.float32)
        step = max(1, BLOCK // len(self))
        for start in range(0, len(q), step):
            products = q[start : start + step] @ self.vectors.T  # (step, N)
            for row, scores in enumerate(products, start):
                numbers[row] = top_k(scores, k)
                best[row] = scores[numbers[row]]
        return best, numbers


def _faiss(vectors: np.ndarray) -> Any:
    try:
        import faiss  # type: ignore[import-not-found]
    except ImportError:
        raise DataError(
            "backend 'faiss' needs the package faiss-cpu: install it, or use 'numpy', which is exact too"
        ) from None
    flat = faiss.IndexFlatIP(vectors.shape[1])
    flat.add(vectors)
    return flat


class Retriever:
    r"""$p_\eta(z \mid x) \propto \exp(d(z)^\top q(x))$ over the top k documents.

    The search is not differentiated. The scores of what it found are computed once more from q(x), so that
    the loss reaches the encoder of questions; the vectors of documents are constants.

    Args:
        encoder: q: questions to vectors (B, d), an array or a Tensor.
        index: The documents.

    Attributes:
        encoder: As given.
        index: As given, or as swapped.

    Source: Lewis et al. 2020, section 2.2.
    """

    def __init__(self, encoder: Callable[[Any], Any], index: DenseIndex) -> None:
        self.encoder = encoder
        self.index = index

    def retrieve(self, questions: Any, k: int) -> Retrieved:
        """Return the top k documents of each question and log p(z | x), renormalised over them."""
        q = self.encoder(questions)  # (B, d)
        plain = q.numpy() if isinstance(q, Tensor) else np.asarray(q)
        if plain.ndim != 2:
            raise ShapeError(f"expected vectors (B, d), got {plain.shape}: pass several")
        _, documents = self.index.search(plain, k)  # (B, k)
        d = self.index.vectors[documents].astype(plain.dtype)  # (B, k, d)
        scores = ops.sum(d * q[:, None, :], axis=-1)  # (B, k): d(z)^T q(x)
        return Retrieved(documents, F.log_softmax(scores, axis=-1))

    def hot_swap(self, index: DenseIndex) -> DenseIndex:
        """Put another index in place, nothing being trained; return the one that was there.

        Raises:
            DTypeError: If it is no index.
            ShapeError: If its vectors have another width.

        Source: Lewis et al. 2020, section 4.5.
        """
        if not isinstance(index, DenseIndex):
            raise DTypeError(f"hot_swap expects a DenseIndex, got {type(index).__name__}")
        if index.dimension != self.index.dimension:
            raise ShapeError(
                f"hot_swap expects vectors of width {self.index.dimension}, got {index.dimension}: "
                "encode the new documents with the same encoder"
            )
        before, self.index = self.index, index
        return before


def in_batch_loss(questions: Any, documents: Any) -> Any:
    r"""Return $-\frac1B \sum_i \log \frac{\exp q_i^\top d_i}{\sum_j \exp q_i^\top d_j}$, in nats.

    Every other document of the batch is a wrong answer to question i.

    Args:
        questions: Shape (B, d), row i the question that row i of the documents answers.
        documents: Shape (B, d).

    Raises:
        ShapeError: If the shapes differ or have not two axes.

    Source: Karpukhin et al. 2020, section 3.2, equation 2.
    """
    if questions.ndim != 2 or questions.shape != documents.shape:
        raise ShapeError(f"in_batch_loss expects (B, d) twice, got {questions.shape}, {documents.shape}")
    products = questions @ documents.T  # (B, B)
    return F.cross_entropy(products, np.arange(questions.shape[0]))
