"""Huffman's codes: the frequent words get short paths through a binary tree."""

from __future__ import annotations

import heapq
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import ValueRangeError


class Codes(NamedTuple):
    """Every word's path from the root of the tree, padded to the longest.

    Attributes:
        nodes: Inner nodes on the path, from the root (V - 2) down, int64, shape (V, longest); 0 beyond.
        turns: 1 where the path turns to the second child, else 0, int8, shape (V, longest).
        lengths: Number of turns, shape (V,).
    """

    nodes: np.ndarray
    turns: np.ndarray
    lengths: np.ndarray


def huffman_codes(counts: ArrayLike) -> Codes:
    r"""Build the binary tree that joins the two rarest subtrees again and again.

    It has the shortest average path of all binary trees, $\sum_w f(w)\,L(w)$, at most one above the entropy
    of $f$. Inner nodes are numbered in the order in which they are made, so that the root is V - 2.

    Args:
        counts: Occurrences of every word, above 0, shape (V,), V ≥ 2.

    Returns:
        The paths.

    Raises:
        ValueRangeError: If there are fewer than two words, or a count is not above 0.

    Example:
        >>> huffman_codes([5, 2, 1]).lengths.tolist()
        [1, 2, 2]

    Source: Huffman 1952; Mikolov et al. 2013b, section 2.1.
    """
    weights = np.asarray(counts)
    if weights.ndim != 1 or len(weights) < 2 or not (weights > 0).all():
        raise ValueRangeError(
            f"a Huffman tree needs two words or more, each with a count above 0, got shape {weights.shape}"
        )
    size = len(weights)
    # (count, node): leaves are 0 … V-1
    heap = [(int(count), word) for word, count in enumerate(weights)]
    heapq.heapify(heap)
    parent = np.zeros(2 * size - 1, dtype=np.int64)
    turn = np.zeros(2 * size - 1, dtype=np.int8)
    for made in range(size, 2 * size - 1):
        (a, first), (b, second) = heapq.heappop(heap), heapq.heappop(heap)
        parent[first] = parent[second] = made
        turn[second] = 1
        heapq.heappush(heap, (a + b, made))
    paths = [_path(word, parent, turn, size) for word in range(size)]
    lengths = np.array([len(path) for path in paths])
    nodes = np.zeros((size, lengths.max()), dtype=np.int64)
    turns = np.zeros_like(nodes, dtype=np.int8)
    for word, path in enumerate(paths):
        nodes[word, : len(path)], turns[word, : len(path)] = zip(*path, strict=True)
    return Codes(nodes, turns, lengths)


def _path(word: int, parent: np.ndarray, turn: np.ndarray, size: int) -> list[tuple[int, int]]:
    """Return (inner node, turn taken there) from the root down to a word."""
    path, node, root = [], word, 2 * size - 2
    while node != root:
        path.append((int(parent[node]) - size, int(turn[node])))
        node = int(parent[node])
    return path[::-1]
