"""The definition: a tree grown by trying every split of every feature. Slow, and short enough to read."""

from __future__ import annotations

import numpy as np

from implementations.gradient_boosting.binning import between
from implementations.gradient_boosting.objective import Limits, Split, first_best, least_weight, split_gain
from implementations.gradient_boosting.tree import Draft, Tree


def best_split(
    X: np.ndarray,
    g: np.ndarray,
    h: np.ndarray,
    limits: Limits,
) -> Split | None:
    """Return the split of these samples with the largest gain, or None if no split is worth it.

    Of splits that gain the same, the first counts: least feature, missing values to the right, least
    threshold.

    Args:
        X: shape (n, features), NaN where missing.
        g: first derivatives of the loss by the raw score, shape (n,).
        h: second derivatives, shape (n,).
        limits: what a split must reach.
    """
    G, H = g.sum(), h.sum()
    least = least_weight(H, limits)
    candidates = []  # feature, whether missing values go left, thresholds, their gains
    for feature in range(X.shape[1]):
        order = np.argsort(X[:, feature], kind="stable")  # missing values come last
        x = X[order, feature]
        present = len(x) - int(np.isnan(x).sum())
        if not present:
            continue
        # one threshold after each present value, shape (present,)
        threshold = np.append(between(x[: present - 1], x[1:present]), np.inf)
        divides = np.append(x[: present - 1] < x[1:present], present < len(x))
        # sums over the first sample, the first two, …, shape (present,)
        G_present = np.cumsum(g[order])[:present]
        H_present = np.cumsum(h[order])[:present]
        for missing_left in (False, True) if present < len(x) else (False,):
            G_left = G_present + missing_left * (G - G_present[-1])
            H_left = H_present + missing_left * (H - H_present[-1])
            allowed = divides & (H_left >= least) & (H_left <= H - least)
            gain = np.full(present, -np.inf)
            gain[allowed] = split_gain(
                G_left[allowed],
                H_left[allowed],
                G,
                H,
                limits.reg_lambda,
            )
            candidates.append((feature, missing_left, threshold, gain))
    place = first_best([gain for *_, gain in candidates], G, H, limits)
    if place is None:
        return None
    feature, missing_left, threshold, gain = candidates[place[0]]
    return Split(
        feature,
        float(threshold[place[1]]),
        missing_left,
        float(gain[place[1]]),
    )


def grow_exactly(
    X: np.ndarray,
    g: np.ndarray,
    h: np.ndarray,
    limits: Limits | None = None,
) -> Tree:
    """Grow a tree level by level, every node by its best split (Chen and Guestrin 2016, Algorithms 1 and 3).

    Args:
        X: shape (n, features), NaN where missing.
        g: first derivatives of the loss by the raw score, shape (n,).
        h: second derivatives, shape (n,).
        limits: depth, penalties and least weights.
    """
    limits = limits or Limits()
    tree = Draft(g.sum(), h.sum(), limits.reg_lambda)
    level = {0: np.arange(len(X))}  # node to the samples in it
    for _ in range(limits.max_depth):
        children = {}
        for node, samples in level.items():
            split = best_split(X[samples], g[samples], h[samples], limits)
            if split is None:
                continue
            x = X[samples, split.feature]
            goes_left = np.where(np.isnan(x), split.missing_left, x < split.threshold)
            left, right = samples[goes_left], samples[~goes_left]
            child = tree.divide(node, split, g[left].sum(), h[left].sum())
            children |= {child: left, child + 1: right}
        level = children
    return tree.finished()
