"""The best split of every node of a level, read off its histogram."""

from __future__ import annotations

from concurrent.futures import Executor
from typing import NamedTuple

import numpy as np

from implementations.gradient_boosting.binning import MISSING
from implementations.gradient_boosting.histogram import Complex, Histogram
from implementations.gradient_boosting.objective import Limits, least_weight, least_worthy, structure_score

BLOCK = 16_384
"""Thresholds that are looked at together, so that what is computed on the way stays in the cache."""

ENOUGH = 5
"""Blocks from which on it pays to hand them to other threads."""


class Best(NamedTuple):
    """The best split of each node of a level; every field has shape (nodes,).

    Attributes:
        feature: which column decides.
        code: the largest code that goes left.
        missing_left: whether missing values go left.
        gain: what the split gains; minus infinity where none is allowed.
        G_left: sum of first derivatives over the samples that go left.
        H_left: sum of second derivatives over them.
    """

    feature: np.ndarray
    code: np.ndarray
    missing_left: np.ndarray
    gain: np.ndarray
    G_left: np.ndarray
    H_left: np.ndarray


def best_of_histogram(
    histogram: Histogram,
    G: np.ndarray,
    H: np.ndarray,
    has_missing: np.ndarray,
    limits: Limits,
    *,
    pool: Executor | None = None,
) -> Best:
    """Return the best split of every node: cumulative sums give the left side of every threshold at once.

    Of splits that gain the same, the first counts: least feature, missing values to the right, least code.

    Args:
        histogram: sums of shape (features, nodes, 256).
        G: sum of first derivatives over all samples of each node, shape (nodes,).
        H: sum of second derivatives over them, shape (nodes,).
        has_missing: whether a feature has missing values, shape (features,).
        limits: what a split must reach.
        pool: looks at several features at the same time.
    """
    sums, node = histogram.sums, np.arange(len(G))
    # One row for each feature with missing values to the right, one more where it has any: to the left.
    row_feature = np.concatenate([np.arange(len(sums)), np.flatnonzero(has_missing)])
    row_left = np.arange(len(row_feature)) >= len(sums)
    top = np.empty((len(row_feature), len(G)))  # largest gain of each row, (rows, nodes)
    step = max(1, BLOCK // (MISSING * len(G)))

    def scan(i: int) -> None:
        G_left, H_left = _left_sums(sums[row_feature[i : i + step]], row_left[i : i + step, None, None])
        top[i : i + step] = _gains(G_left, H_left, G[:, None], H[:, None], limits).max(axis=2)

    starts = range(0, len(row_feature), step)
    list((pool.map if pool and len(starts) >= ENOUGH else map)(scan, starts))

    best = top.max(axis=0)
    best[np.isneginf(best)] = np.nan  # no row is as good
    enough = least_worthy(best, G, H, limits.reg_lambda)
    order = np.argsort(2 * row_feature + row_left)
    row = order[(top[order] >= enough).argmax(axis=0)]  # (nodes,)
    G_left, H_left = _left_sums(sums[row_feature[row], node], row_left[row, None])  # (nodes, 255)
    gain = _gains(G_left, H_left, G[:, None], H[:, None], limits)
    code = (gain >= enough[:, None]).argmax(axis=1)
    at = node, code
    return Best(row_feature[row], code, row_left[row], gain[at], G_left[at], H_left[at])


def _left_sums(sums: Complex, missing_left: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the sums over the samples that go left, for every threshold.

    Args:
        sums: G + iH, shape (…, 256).
        missing_left: whether missing values go left, of a shape that broadcasts to (…, 255).
    """
    parts = []
    for part in (sums.real, sums.imag):
        left = part[..., :MISSING].cumsum(axis=-1)  # (…, 255)
        if missing_left.any():
            left += missing_left * part[..., MISSING:]
        parts.append(left)
    return parts[0], parts[1]


def _gains(
    G_left: np.ndarray, H_left: np.ndarray, G: np.ndarray, H: np.ndarray, limits: Limits
) -> np.ndarray:
    """Return `split_gain` of every threshold, minus infinity where a side is too light.

    The same formula in fewer passes over memory: this is where a tree of many nodes spends its time.

    Args:
        G_left: shape (…, nodes, 255).
        H_left: of the same shape.
        G: shape (nodes, 1).
        H: shape (nodes, 1).
        limits: least weight and λ.
    """
    least = least_weight(H, limits)
    light = H_left < least
    light |= H_left > H - least
    with np.errstate(divide="ignore", invalid="ignore"):  # sides without samples, barred below
        gain, other, weight = G_left * G_left, G - G_left, H_left + limits.reg_lambda
        gain /= weight
        other *= other
        np.subtract(H + 2 * limits.reg_lambda, weight, out=weight)  # H_right + λ
        other /= weight
        gain += other
        gain -= structure_score(G, H, limits.reg_lambda)
    gain[light] = -np.inf
    return gain
