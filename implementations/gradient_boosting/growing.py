"""The fast kernel: a tree grown from histograms, the larger child of every split by subtraction."""

from __future__ import annotations

from concurrent.futures import Executor
from typing import NamedTuple

import numpy as np

from implementations.gradient_boosting.binning import MISSING, Bins
from implementations.gradient_boosting.histogram import Histogram
from implementations.gradient_boosting.objective import Limits, Split, worthy
from implementations.gradient_boosting.scanning import best_of_histogram
from implementations.gradient_boosting.tree import Draft, Tree


class Child(NamedTuple):
    """A node and the samples in it.

    Attributes:
        node: its number in the tree.
        rows: numbers of its samples, ascending.
    """

    node: int
    rows: np.ndarray


def grow_by_histograms(
    codes: np.ndarray,
    bins: Bins,
    g: np.ndarray,
    h: np.ndarray,
    limits: Limits | None = None,
    rows: np.ndarray | None = None,
    *,
    pool: Executor | None = None,
) -> tuple[Tree, np.ndarray]:
    """Grow a tree level by level; its thresholds are edges of bins.

    Args:
        codes: what `Bins.codes` gave, uint8 of shape (features, n).
        bins: the edges.
        g: first derivatives of the loss by the raw score, shape (n,).
        h: second derivatives, shape (n,).
        limits: depth, penalties and least weights.
        rows: numbers of the samples to grow on, ascending; all by default.
        pool: threads to share the work with.

    Returns:
        The tree, and the leaf of every sample it was grown on, shape (n,); -1 for the others.
    """
    limits = limits or Limits()
    gh = np.empty(len(g), complex)
    gh.real, gh.imag = g, h
    rows = np.arange(len(g)) if rows is None else rows
    leaf = np.full(len(g), -1, np.intp)
    tree = Draft(g[rows].sum(), h[rows].sum(), limits.reg_lambda)
    level, histogram = [Child(0, rows)], Histogram.of_rows(codes, gh, rows, np.array([len(rows)]), pool=pool)
    for depth in range(limits.max_depth):
        G, H = np.array([tree.sums[child.node] for child in level]).T
        best = best_of_histogram(histogram, G, H, bins.has_missing, limits, pool=pool)
        splits = worthy(best.gain, limits)
        pairs = []
        for (node, rows), splits_here, found in zip(level, splits, zip(*best, strict=True), strict=True):
            if not splits_here:
                leaf[rows] = node
                continue
            feature, code, missing_left, gain, G_left, H_left = found
            split = Split(int(feature), bins.threshold(feature, code), bool(missing_left), float(gain))
            left = tree.divide(node, split, G_left, H_left)
            x = codes[feature].take(rows)
            goes_left = (x <= code) | (x == MISSING) if missing_left else x <= code
            if depth + 1 == limits.max_depth:
                leaf[rows] = left + ~goes_left
            else:
                pairs.append(
                    (Child(left, rows.compress(goes_left)), Child(left + 1, rows.compress(~goes_left)))
                )
        if not pairs:
            return tree.finished(), leaf
        level, histogram = _children(histogram, splits, pairs, codes, gh, pool)
    leaf[rows] = 0  # no depth: the root is the only leaf
    return tree.finished(), leaf


def _children(
    parents: Histogram,
    splits: np.ndarray,
    pairs: list[tuple[Child, Child]],
    codes: np.ndarray,
    gh: np.ndarray,
    pool: Executor | None,
) -> tuple[list[Child], Histogram]:
    """Return the nodes of the next level with their histogram: the smaller of each pair, then the larger.

    Args:
        parents: the histogram of this level, shape (features, nodes, 256).
        splits: which of its nodes were split, shape (nodes,).
        pairs: the children of those.
        codes: uint8 of shape (features, n).
        gh: g + ih, shape (n,).
        pool: threads to share the work with.
    """
    ordered = [sorted(pair, key=lambda child: len(child.rows)) for pair in pairs]
    smaller, larger = [pair[0] for pair in ordered], [pair[1] for pair in ordered]
    rows = np.concatenate([child.rows for child in smaller])
    sizes = np.array([len(child.rows) for child in smaller])
    sums = np.empty((len(codes), 2 * len(pairs), parents.sums.shape[2]), complex)
    counted, subtracted = sums[:, : len(pairs)], sums[:, len(pairs) :]
    Histogram.of_rows(codes, gh, rows, sizes, out=counted, pool=pool)
    np.subtract(parents.sums if splits.all() else parents.sums[:, splits], counted, out=subtracted)
    return smaller + larger, Histogram(sums)
