"""A tree as arrays: one entry a node, the root first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Tree:
    """A grown regression tree. Node 0 is the root; a node's right child follows its left one.

    Attributes:
        feature: column that decides at a node, shape (nodes,); -1 for a leaf.
        threshold: x < threshold goes left, shape (nodes,).
        missing_left: whether a missing value goes left, shape (nodes,).
        left: number of the left child, shape (nodes,); a leaf has its own.
        value: what a node would say were it a leaf, $-G/(H+\\lambda)$, shape (nodes,).
        gain: what the split of a node gained, shape (nodes,); 0 for a leaf.
        cover: sum of second derivatives of the samples that came by, shape (nodes,).
    """

    feature: np.ndarray
    threshold: np.ndarray
    missing_left: np.ndarray
    left: np.ndarray
    value: np.ndarray
    gain: np.ndarray
    cover: np.ndarray

    @property
    def leaves(self) -> np.ndarray:
        """Numbers of the leaves, ascending."""
        raise NotImplementedError

    @property
    def depth(self) -> int:
        """Largest number of splits between root and leaf."""
        raise NotImplementedError

    def apply(self, X: np.ndarray) -> np.ndarray:
        """Return the leaf that each row of X, shape (n, features), NaN where missing, falls into."""
        raise NotImplementedError

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the value of the leaf that each row of X falls into, shape (n,)."""
        raise NotImplementedError

    def text(self, names: tuple[str, ...] | None = None) -> str:
        """Return the tree as indented lines, one a node."""
        raise NotImplementedError
