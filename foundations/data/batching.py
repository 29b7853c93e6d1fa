"""Minibatches."""

from collections.abc import Iterator

import numpy as np

from foundations.errors import ValueRangeError


def batches(
    n: int, batch_size: int, *, rng: np.random.Generator | None, drop_last: bool = False
) -> Iterator[np.ndarray]:
    """Go once through `n` items in batches of indices.

    Args:
        n: Number of items.
        batch_size: Items a batch; the last batch holds what is left.
        rng: Source of the random order; None keeps the order, for evaluation.
        drop_last: Whether to leave out a last batch that is not full.

    Yields:
        Indices, int64 of shape (batch,), to index images and labels alike.

    Raises:
        ValueRangeError: If `n` is negative or `batch_size` below 1.

    Examples:
        >>> [batch.tolist() for batch in batches(5, 2, rng=None)]
        [[0, 1], [2, 3], [4]]
    """
    if n < 0 or batch_size < 1:
        raise ValueRangeError(
            f"expected n from 0 and a batch size from 1, got n={n}, batch_size={batch_size}"
        )
    order = np.arange(n) if rng is None else rng.permutation(n)
    end = n - n % batch_size if drop_last else n
    for start in range(0, end, batch_size):
        yield order[start : start + batch_size]
