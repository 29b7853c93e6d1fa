"""The keys and values of what was read already, so that the next token costs one position and not all."""

from __future__ import annotations

import numpy as np

from foundations.errors import ShapeError
from foundations.nn.arguments import whole


class KeyValueCache:
    """Room for the keys and values of `context` positions in every layer, taken once.

    A model that is called with a cache reads only the new tokens: their queries look at the keys kept here.
    What is kept never changes, because a causal model does not look back from an old position to a new one.

    Args:
        num_layers: Layers of the model.
        batch_size: Texts that are read side by side.
        num_heads: Heads of a layer.
        context: Most positions.
        d_head: Width of a head.
        dtype: Type of the numbers; that of the model.

    Attributes:
        keys: Shape (num_layers, batch_size, num_heads, context, d_head).
        values: Likewise.
        length: Positions that are filled, of every layer.

    Raises:
        ValueRangeError: If a size is below 1.

    Source: Shazeer 2019, arXiv:1911.02150, section 2.4.

    Example:
        >>> cache = KeyValueCache(1, 1, 1, 4, 2)
        >>> cache.nbytes
        64
    """

    def __init__(
        self,
        num_layers: int,
        batch_size: int,
        num_heads: int,
        context: int,
        d_head: int,
        dtype: type | np.dtype = np.float32,
    ) -> None:
        sizes = {
            "num_layers": num_layers,
            "batch_size": batch_size,
            "num_heads": num_heads,
            "context": context,
            "d_head": d_head,
        }
        shape = tuple(whole("KeyValueCache", name, size, 1) for name, size in sizes.items())
        self.keys = np.zeros(shape, dtype)
        self.values = np.zeros(shape, dtype)
        self.length = 0

    @property
    def context(self) -> int:
        """Most positions that have room."""
        return self.keys.shape[3]

    @property
    def nbytes(self) -> int:
        """Bytes of both arrays: 2 layers batch heads context d_head, times those of a number."""
        return self.keys.nbytes + self.values.nbytes

    def clear(self) -> None:
        """Forget what was read; the room stays."""
        self.length = 0

    def check_room(self, batch_size: int, positions: int) -> None:
        """Raise unless so many more positions of so many texts have room.

        Raises:
            ShapeError: If they have not; the remedy is named.
        """
        if batch_size != self.keys.shape[1]:
            raise ShapeError(
                f"the cache was made for {self.keys.shape[1]} texts side by side, got {batch_size}: "
                "make another with model.cache(batch_size)"
            )
        if self.length + positions > self.context:
            raise ShapeError(
                f"the cache has room for {self.context} positions, {self.length} are filled and {positions} "
                "came: clear() it and read the end of the text again, as generate does"
            )

    def extend(self, layer: int, keys: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Keep the keys and values of new positions of a layer, and return all that it has now.

        The length stays as it is until every layer has been given its part: `advance` then moves it.

        Args:
            layer: Number of the layer, from 0.
            keys: Shape (batch_size, num_heads, T, d_head).
            values: Likewise.

        Returns:
            Keys and values, shape (batch_size, num_heads, length + T, d_head): views, not to be changed.
        """
        end = self.length + keys.shape[2]
        self.keys[layer, :, :, self.length : end] = keys
        self.values[layer, :, :, self.length : end] = values
        return self.keys[layer, :, :, :end], self.values[layer, :, :, :end]

    def advance(self, positions: int) -> None:
        """Count positions as filled, once all layers have theirs."""
        self.length += positions
