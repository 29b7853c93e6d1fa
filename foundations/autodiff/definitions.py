"""The switch that lets every fused function, and every optimiser, run its definition."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from foundations.autodiff.recording import mode


@contextmanager
def definitions_only() -> Iterator[None]:
    """Run the definition of every fused function in place of its kernels, in value and gradient.

    A change to a definition then has an effect without a change to the kernels: to try out another attention,
    edit `attention_definition`, or set the `definition` of the fused function, and compute inside this block.
    The steps of optimisers and the means of parameters are taken by their definitions as well: Adam's, for
    instance, is `Adam.definition`, the algorithm as its paper prints it. What they keep stays the same, so
    that a run may enter and leave the block between steps.

    Example:
        >>> import numpy as np
        >>> from foundations.autodiff import fused, ops
        >>> double = fused(lambda x: (x + x, None), lambda g, *_: (g + g,), lambda x: ops.multiply(2.0, x))
        >>> double.definition = lambda x: ops.multiply(3.0, x)
        >>> with definitions_only():
        ...     double(np.ones(2))
        array([3., 3.])
        >>> double(np.ones(2))
        array([2., 2.])
    """
    before, mode.definitions = mode.definitions, True
    try:
        yield
    finally:
        mode.definitions = before
