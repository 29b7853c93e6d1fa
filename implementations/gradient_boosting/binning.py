"""Continuous features into at most 256 codes of one byte."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

THREADS = 2

MISSING = 255
"""The code of a missing value. Where a feature has any, 255 bins are left for the others."""


def between(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return thresholds t with low < t ≤ high, half way where there is a number between them.

    Args:
        low: any shape.
        high: of the same shape, above `low`.
    """
    middle = low / 2 + high / 2  # not (low + high) / 2, which may overflow
    return np.where((low < middle) & (middle <= high), middle, high)


@dataclass(frozen=True)
class Bins:
    """The edges between the bins of every feature.

    A feature with few distinct values gets an edge half way between any two of them, so that nothing is
    lost; one with many gets edges at its quantiles. The code of a value is the number of edges at or below
    it, so that code ≤ k is the same as x < edges[k].

    Attributes:
        edges: for each feature its edges, ascending.
        has_missing: whether a feature had missing values, shape (features,).
    """

    edges: tuple[np.ndarray, ...]
    has_missing: np.ndarray

    @classmethod
    def of(cls, X: np.ndarray, max_bins: int = 256) -> Bins:
        """Choose edges from the columns of X.

        Args:
            X: shape (n, features), NaN where missing.
            max_bins: most bins of a feature, 2 to 256, that of missing values included.
        """

        def one(column: np.ndarray) -> tuple[np.ndarray, bool]:
            column = np.sort(column)  # missing values come last
            missing = bool(np.isnan(column[-1]))
            if missing:
                column = column[: np.searchsorted(column, np.nan)]
            return _edges(column, max_bins - missing), missing

        with ThreadPoolExecutor(THREADS) as pool:
            edges, has_missing = zip(*pool.map(one, np.ascontiguousarray(X.T)), strict=True)
        return cls(edges, np.array(has_missing))

    def codes(self, X: np.ndarray) -> np.ndarray:
        """Return the codes of X by column, uint8 of shape (features, n).

        Args:
            X: shape (n, features), NaN where missing, which is only allowed where `of` saw it too.
        """

        def one(column: np.ndarray, edges: np.ndarray, missing: bool) -> np.ndarray:
            code = np.searchsorted(edges, column, side="right").astype(np.uint8)
            if missing:
                code[np.isnan(column)] = MISSING
            return code

        with ThreadPoolExecutor(THREADS) as pool:
            return np.stack(list(pool.map(one, np.ascontiguousarray(X.T), self.edges, self.has_missing)))

    def only(self, columns: np.ndarray) -> Bins:
        """Return the bins of some columns.

        Args:
            columns: their numbers.
        """
        return Bins(tuple(self.edges[column] for column in columns), self.has_missing[columns])

    def threshold(self, feature: int, code: int) -> float:
        """Return the threshold below which codes up to `code` lie; infinite for the last bin.

        Args:
            feature: number of the column.
            code: the largest code that goes left.
        """
        edges = self.edges[feature]
        return float(edges[code]) if code < len(edges) else np.inf


def _edges(values: np.ndarray, bins: int) -> np.ndarray:
    """Return the edges for ascending values: between all that differ, or at quantiles if those are many."""
    rises = np.flatnonzero(values[1:] > values[:-1]) + 1  # where a new value begins
    if len(rises) >= bins:
        quantiles = np.arange(1, bins) * len(values) // bins
        rises = quantiles[values[quantiles] > values[quantiles - 1]]
    return between(values[rises - 1], values[rises])
