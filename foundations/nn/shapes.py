"""Build models of any size without their memory, to count them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _State(threading.local):
    only = False


_state = _State()


def building_shapes_only() -> bool:
    """Return whether parameters are being made as zero-stride views."""
    return _state.only


@contextmanager
def shapes_only() -> Iterator[None]:
    """Make parameters that have a shape and no memory: every element is the same zero.

    A model of billions of parameters is built, walked and counted in milliseconds. It cannot be trained.

    Example:
        >>> from foundations import nn
        >>> with nn.shapes_only():
        ...     layer = nn.Linear(100_000, 100_000)
        >>> nn.count_parameters(layer)
        10000100000
        >>> layer.weight.data.strides
        (0, 0)
    """
    before, _state.only = _state.only, True
    try:
        yield
    finally:
        _state.only = before
