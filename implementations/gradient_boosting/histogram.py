"""Sums of first and second derivatives by feature, node and bin."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Complex = NDArray[np.complex128]

BINS = 256
FEW = 50_000
"""Numbers to sum up to which one call for all features is faster than one for each."""


@dataclass(frozen=True)
class Histogram:
    r"""Sums of derivatives over the samples of each node, by feature and bin.

    First and second derivative of a sample travel together as one complex number $g + ih$: adding complex
    numbers adds both parts, so that one pass over the samples does for two.

    Attributes:
        sums: $G + iH$, shape (features, nodes, 256).
    """

    sums: Complex

    @property
    def G(self) -> np.ndarray:  # noqa: N802
        """Sums of first derivatives, shape (features, nodes, 256)."""
        return self.sums.real

    @property
    def H(self) -> np.ndarray:  # noqa: N802
        """Sums of second derivatives, shape (features, nodes, 256)."""
        return self.sums.imag

    @classmethod
    def of(cls, codes: np.ndarray, gh: Complex, sizes: np.ndarray) -> Histogram:
        """Sum up, for every feature keyed by node and code.

        Args:
            codes: of the samples, those of node 0 first, then those of node 1, …; uint8 of shape
                (features, n).
            gh: g + ih of the samples in the same order, shape (n,).
            sizes: number of samples in each node, shape (nodes,).
        """
        features = len(codes)
        shape = features, len(sizes), BINS
        node = np.repeat(np.arange(len(sizes)), sizes)  # (n,)
        place = np.arange(features)[:, None] * len(sizes) + node  # (features, n)
        key = (place * BINS + codes).ravel()
        sums: Complex = np.empty(shape, complex)
        sums.real = np.bincount(
            key,
            np.tile(gh.real, features),
            sums.size,
        ).reshape(shape)
        sums.imag = np.bincount(
            key,
            np.tile(gh.imag, features),
            sums.size,
        ).reshape(shape)
        return cls(sums)

    @classmethod
    def of_rows(
        cls,
        codes: np.ndarray,
        gh: Complex,
        rows: np.ndarray,
        sizes: np.ndarray,
        *,
        out: np.ndarray | None = None,
        pool: Executor | None = None,
    ) -> Histogram:
        r"""Sum up over chosen rows: as `of(codes[:, rows], gh[rows], sizes)`, sooner if there are many.

        A sparse matrix whose row is a node, whose column is a code and whose entry is g + ih, written out as
        a dense one: SciPy adds up the entries that share a place.

        Args:
            codes: of all samples, uint8 of shape (features, n).
            gh: g + ih of all samples, shape (n,).
            rows: numbers of the samples, those in node 0 first; shape (m,).
            sizes: number of them in each node, shape (nodes,).
            out: where to put the sums, complex of shape (features, nodes, 256).
            pool: gathers the codes of one half of the features while those of the other are summed.
        """
        sums = np.empty((len(codes), len(sizes), BINS), complex) if out is None else out
        if codes.shape[0] * len(rows) <= FEW:
            sums[:] = cls.of(codes[:, rows], gh[rows], sizes).sums
            return cls(sums)
        starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
        matrix = csr_array((gh.take(rows), np.empty(len(rows), np.int32), starts), shape=(len(sizes), BINS))
        half = len(codes) // 2 if pool else len(codes)
        waiting = pool.submit(_gathered, codes[half:], rows) if pool else None
        for feature in range(len(codes)):
            if feature < half:
                matrix.indices = _gathered(codes[feature], rows)
            elif waiting is not None:
                matrix.indices = waiting.result()[feature - half]
            matrix.toarray(out=sums[feature])
        return cls(sums)

    def __sub__(self, other: Histogram) -> Histogram:
        """Return parent minus child: the sibling, without visiting its samples."""
        return Histogram(self.sums - other.sums)


def _gathered(codes: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return the codes of chosen rows, int32 of shape (…, m); the interpreter is free meanwhile.

    Args:
        codes: uint8 of shape (…, n).
        rows: numbers of the samples, shape (m,); all n of them are in order.
    """
    chosen = codes if len(rows) == codes.shape[-1] else codes.take(rows, axis=-1, mode="clip")
    return chosen.astype(np.int32)
