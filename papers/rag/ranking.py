"""Rankings: the best k of many scores, several rankings made one, and how good a ranking is."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from foundations.errors import ShapeError, ValueRangeError


def whole_k(owner: str, k: Any, most: int | None = None) -> int:
    """Return k, a whole number from 1.

    Raises:
        ValueRangeError: If it is none, or there are not so many.
    """
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
        raise ValueRangeError(f"{owner}: k is a whole number from 1, got {k!r}")
    if most is not None and k > most:
        raise ValueRangeError(f"{owner}: k = {k} of {most} documents: lower k")
    return int(k)


def top_k(scores: np.ndarray, k: int) -> np.ndarray:
    """Return the numbers of the k largest scores, largest first; of equals the first comes first.

    Args:
        scores: Shape (n,).
        k: How many; fewer come back where n is smaller.

    Returns:
        Whole numbers, shape (min(k, n),).

    Example:
        >>> top_k(np.array([0.5, 2.0, 2.0, 1.0]), 3).tolist()
        [1, 2, 3]
    """
    k = min(whole_k("top_k", k), len(scores))
    if k == 0:
        return np.zeros(0, dtype=np.int64)
    least = np.partition(scores, len(scores) - k)[len(scores) - k]  # the k-th largest
    candidates = np.flatnonzero(scores >= least)  # more than k where scores are equal
    return candidates[np.argsort(-scores[candidates], kind="stable")[:k]]


def reciprocal_rank_fusion(
    rankings: Sequence[Sequence[Hashable]], *, constant: float = 60.0
) -> list[tuple[Any, float]]:
    r"""Make one ranking of several: $\text{score}(d) = \sum_r 1/(c + \text{rank}_r(d))$.

    Args:
        rankings: Documents, best first, one list a ranking; a document may be missing from some.
        constant: c, how little the first places stand out; from 0.

    Returns:
        Documents with their scores, best first; of equals the one met first.

    Raises:
        ValueRangeError: If c is negative, or a ranking names a document twice.

    Example:
        >>> [d for d, _ in reciprocal_rank_fusion([["a", "b", "c"], ["b", "d"]])]
        ['b', 'a', 'd', 'c']

    Source: Cormack, Clarke & Büttcher 2009, whose c is 60.
    """
    if not constant >= 0:
        raise ValueRangeError(f"reciprocal_rank_fusion: the constant is a number from 0, got {constant!r}")
    scores: dict[Any, float] = {}
    for ranking in rankings:
        if len(set(ranking)) < len(ranking):
            raise ValueRangeError("reciprocal_rank_fusion: a ranking names a document twice: leave one out")
        for rank, document in enumerate(ranking, 1):
            scores[document] = scores.get(document, 0.0) + 1 / (constant + rank)
    return sorted(scores.items(), key=lambda pair: -pair[1])


def recall_at_k(ranked: Any, relevant: Sequence[Any], k: int) -> np.ndarray:
    r"""Return the share of each question's relevant documents among its first k.

    Args:
        ranked: Documents, best first, shape (questions, at least k).
        relevant: A document, or a collection of documents, for each question.
        k: How many places count.

    Returns:
        Shape (questions,), each in [0, 1]. With one relevant document it is 0 or 1.

    Raises:
        ShapeError: If there are not as many rows as questions.
        ValueRangeError: If k is below 1 or a question has no relevant document.

    Example:
        >>> recall_at_k([[3, 1, 2], [0, 2, 1]], [1, {1, 2}], 2).tolist()
        [1.0, 0.5]
    """
    rows = _rows("recall_at_k", ranked, relevant, k)
    return np.array([len(set(row[:k]) & wanted) / len(wanted) for row, wanted in rows])


def ndcg_at_k(ranked: Any, relevant: Sequence[Any], k: int) -> np.ndarray:
    r"""Return the DCG of the first k places over its ideal, DCG = $\sum_{i \le k} r_i / \log_2(i+1)$.

    Args:
        ranked: Documents, best first, shape (questions, at least k).
        relevant: A document, or a collection of documents, for each question; relevance is 0 or 1.
        k: How many places count.

    Returns:
        Shape (questions,), each in [0, 1].

    Raises:
        ShapeError: If there are not as many rows as questions.
        ValueRangeError: If k is below 1 or a question has no relevant document.

    Example:
        >>> ndcg_at_k([[3, 1, 2]], [1], 3).round(3).tolist()
        [0.631]

    Source: Järvelin & Kekäläinen 2002, section 2, with the discount log2(i + 1).
    """
    rows = _rows("ndcg_at_k", ranked, relevant, k)
    discount = 1 / np.log2(np.arange(2, k + 2))  # (k,)
    gained = [
        sum(weight for weight, one in zip(discount, row, strict=False) if one in wanted)
        for row, wanted in rows
    ]
    ideal = [discount[: len(wanted)].sum() for _, wanted in rows]
    return np.array(gained) / np.array(ideal)


def _rows(owner: str, ranked: Any, relevant: Sequence[Any], k: int) -> list[tuple[list[Any], set[Any]]]:
    whole_k(owner, k)
    if len(ranked) != len(relevant):
        raise ShapeError(f"{owner} expects a ranking a question, got {len(ranked)} for {len(relevant)}")
    found = []
    for row, wanted in zip(ranked, relevant, strict=True):
        several = wanted if isinstance(wanted, set | frozenset | list | tuple | np.ndarray) else [wanted]
        if not len(several):
            raise ValueRangeError(f"{owner}: question {len(found)} has no relevant document: leave it out")
        found.append((list(row), set(several)))
    return found
