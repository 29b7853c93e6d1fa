"""Sums of first and second derivatives by node, feature and bin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Histogram:
    """Sums of derivatives over the samples of each node, feature and bin.

    Attributes:
        G: sums of first derivatives, shape (nodes, features, bins).
        H: sums of second derivatives, of the same shape.
    """

    G: np.ndarray
    H: np.ndarray

    @classmethod
    def of(cls, codes: np.ndarray, g: np.ndarray, h: np.ndarray, node: np.ndarray, nodes: int) -> Histogram:
        """Count: for every feature one `bincount` keyed by node and code.

        Args:
            codes: uint8, shape (features, n).
            g, h: derivatives, shape (n,).
            node: number of the node each sample is in, shape (n,).
            nodes: how many nodes there are.
        """
        raise NotImplementedError

    def __sub__(self, other: Histogram) -> Histogram:
        """Return parent minus child: the sibling, without counting its samples."""
        raise NotImplementedError
