"""A tree as arrays: one entry a node, the root first."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from implementations.gradient_boosting.binning import THREADS
from implementations.gradient_boosting.objective import Split, leaf_weight

ROWS = 8192
"""Rows that walk down together: few enough to stay in the cache, many enough to be worth the call."""


class Block(NamedTuple):
    """Some rows of X, flat.

    Attributes:
        values: row after row, shape (rows × features,).
        start: where each row begins, shape (rows,).
        has_missing: whether any value is NaN.
    """

    values: np.ndarray
    start: np.ndarray
    has_missing: bool

    @classmethod
    def of(cls, X: np.ndarray) -> Block:
        """Take a few rows, X of shape (rows, features)."""
        values = np.ascontiguousarray(X, dtype=np.float64).ravel()
        return cls(values, np.arange(0, X.size, X.shape[1]), bool(np.isnan(values).any()))


@dataclass(frozen=True)
class Tree:
    r"""A grown regression tree. Node 0 is the root; a node's right child follows its left one.

    Attributes:
        feature: column that decides at a node, shape (nodes,); -1 for a leaf.
        threshold: x < threshold goes left, shape (nodes,); infinite for a leaf.
        missing_left: whether a missing value goes left, shape (nodes,); true for a leaf.
        left: number of the left child, shape (nodes,); a leaf has its own.
        value: what a node would say were it a leaf, $-G/(H+\lambda)$, shape (nodes,); shrunk in a model.
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
        return np.flatnonzero(self.feature < 0)

    @cached_property
    def depth(self) -> int:
        """Largest number of splits between root and leaf."""
        depth = np.zeros(len(self.feature), int)
        for node in np.flatnonzero(self.feature >= 0):  # children have larger numbers than their parent
            depth[self.left[node] : self.left[node] + 2] = depth[node] + 1
        return int(depth.max())

    def apply(self, X: np.ndarray) -> np.ndarray:
        """Return the leaf that each row of X falls into, shape (n,).

        Args:
            X: shape (n, features), NaN where missing.
        """
        leaf = np.empty(len(X), np.intp)
        for i in range(0, len(X), ROWS):
            leaf[i : i + ROWS] = self.walk(Block.of(X[i : i + ROWS]))
        return leaf

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the value of the leaf that each row of X falls into, shape (n,).

        Args:
            X: shape (n, features), NaN where missing.
        """
        return self.value[self.apply(X)]

    def scaled(self, rate: float) -> Tree:
        """Return the tree with every value times a rate: shrinkage."""
        return replace(self, value=rate * self.value)

    def text(self, names: Sequence[str] | None = None) -> str:
        """Return the tree as indented lines, one a node.

        Args:
            names: of the features; x0, x1, … by default.
        """
        lines: list[str] = []
        self._describe(0, "", names, lines)
        return "\n".join(lines)

    def walk(self, block: Block) -> np.ndarray:
        """Take all rows of a block down one level at a time; those in a leaf stay there.

        Args:
            block: some rows.

        Returns:
            The leaf of each row, shape (rows,).
        """
        column = np.maximum(self.feature, 0)
        node = np.zeros(len(block.start), np.intp)
        for _ in range(self.depth):
            x = block.values.take(block.start + column.take(node))
            goes_left = x < self.threshold.take(node)
            if block.has_missing:
                goes_left |= np.isnan(x) & self.missing_left.take(node)
            node = self.left.take(node) + ~goes_left
        return node

    def _describe(self, node: int, indent: str, names: Sequence[str] | None, lines: list[str]) -> None:
        column = int(self.feature[node])
        if column < 0:
            lines.append(f"{indent}{self.value[node]:+.4g}  (H = {self.cover[node]:.4g})")
            return
        name = names[column] if names is not None else f"x{column}"
        missing = ", or missing" if self.missing_left[node] else ""
        lines.append(f"{indent}{name} < {self.threshold[node]:.4g}{missing}  (gain {self.gain[node]:.4g})")
        self._describe(int(self.left[node]), indent + "    ", names, lines)
        self._describe(int(self.left[node]) + 1, indent + "    ", names, lines)


def sums(X: np.ndarray, rounds: Sequence[tuple[Tree, ...]]) -> np.ndarray:
    """Return the sums of trees over rounds, shape (n, outputs).

    Each block of rows goes through all trees while it is in the cache, and two blocks go at the same time.

    Args:
        X: shape (n, features), NaN where missing.
        rounds: each with one tree an output.
    """
    total = np.zeros((len(X), len(rounds[0]) if rounds else 1))

    def add(i: int) -> None:
        block, part = Block.of(X[i : i + ROWS]), total[i : i + ROWS]
        for trees in rounds:
            for k, tree in enumerate(trees):
                part[:, k] += tree.value.take(tree.walk(block))

    starts = range(0, len(X), ROWS)
    if len(starts) < 2:
        for i in starts:
            add(i)
    else:
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(add, starts))
    return total


class Draft:
    """A tree while it grows: a root, to which splits add two nodes at a time.

    Args:
        G: sum of first derivatives at the root.
        H: sum of second derivatives at the root.
        reg_lambda: λ of the objective.
    """

    def __init__(self, G: float, H: float, reg_lambda: float) -> None:
        self.reg_lambda = reg_lambda
        self.sums = [(G, H)]
        self.splits: dict[int, tuple[Split, int]] = {}

    def divide(self, node: int, split: Split, G_left: float, H_left: float) -> int:
        """Split a node and return the number of its left child; the right one follows.

        Args:
            node: number of the node.
            split: how its samples are divided.
            G_left: sum of first derivatives over the samples that go left.
            H_left: sum of second derivatives over them.
        """
        G, H = self.sums[node]
        left = len(self.sums)
        self.sums += [(G_left, H_left), (G - G_left, H - H_left)]
        self.splits[node] = split, left
        return left

    def finished(self) -> Tree:
        """Return the tree."""
        n = len(self.sums)
        G, H = np.array(self.sums, dtype=float).T
        feature, left = np.full(n, -1, np.intp), np.arange(n)
        threshold, missing_left, gain = np.full(n, np.inf), np.ones(n, bool), np.zeros(n)
        for node, (split, child) in self.splits.items():
            feature[node], threshold[node], missing_left[node], gain[node] = split
            left[node] = child
        return Tree(feature, threshold, missing_left, left, leaf_weight(G, H, self.reg_lambda), gain, H)
