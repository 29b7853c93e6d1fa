"""Continuous features into at most 256 codes of one byte."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Bins:
    """The edges between the bins of every feature.

    A feature with few distinct values gets an edge half way between any two of them, so that nothing is
    lost; one with many gets edges at its quantiles. Code c of a value is the number of edges not above it.

    Attributes:
        edges: for each feature its edges, ascending.
        missing: the code of a missing value, 255: one bin fewer is left where any value is missing.
    """

    edges: tuple[np.ndarray, ...]
    missing: int = 255

    @classmethod
    def of(cls, X: np.ndarray, max_bins: int = 256) -> Bins:
        """Choose edges from the columns of X, shape (n, features), NaN where missing."""
        raise NotImplementedError

    def codes(self, X: np.ndarray) -> np.ndarray:
        """Return the codes of X by column, uint8 of shape (features, n)."""
        raise NotImplementedError
