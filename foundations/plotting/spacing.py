"""Positions along a line that keep their order and their distances, and else stay where they belong."""

from __future__ import annotations

from collections.abc import Sequence


def keep_apart(
    wanted: Sequence[float], distances: Sequence[float], weights: Sequence[float] | None = None
) -> list[float]:
    """Move what is too close apart, as little as can be in weighted squares, and keep the order.

    With the least distances taken off, the positions only have to increase: isotonic regression, by pooling
    neighbours that are out of order. What touches makes a run, which lies about the mean of where its members
    belong; runs that come to touch join.

    Args:
        wanted: Where each belongs, shape (n,).
        distances: Least distance from each to the next, shape (n - 1,); empty for none.
        weights: How much each resists, shape (n,); None for all alike.

    Returns:
        Where they go, in the same order.

    Example:
        >>> keep_apart([0, 1, 20], [4, 4])
        [-1.5, 2.5, 20.0]

    Source: Ayer, Brunk, Ewing, Reid & Silverman 1955, Annals of Mathematical Statistics 26(4), 641-647.
    """
    offsets = [0.0][: len(wanted)]
    for distance in distances:
        offsets.append(offsets[-1] + distance)
    blocks: list[tuple[float, float, int]] = []  # mean, weight, number of members
    for position, offset, weight in zip(wanted, offsets, weights or [1.0] * len(wanted), strict=True):
        blocks.append((position - offset, weight, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            mean, mass, number = blocks.pop()
            before, mass_before, number_before = blocks.pop()
            together = mass + mass_before
            pooled = (mean * mass + before * mass_before) / together
            blocks.append((pooled, together, number + number_before))
    flat = [mean for mean, _, number in blocks for _ in range(number)]
    return [float(mean + offset) for mean, offset in zip(flat, offsets, strict=True)]
