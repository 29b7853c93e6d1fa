"""Gradient descent, with momentum and Nesterov's look ahead."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from foundations.autodiff.tensor import Tensor
from foundations.errors import ValueRangeError
from foundations.optimization.optimizer import Optimizer, check_at_least_zero, check_shares
from foundations.runtime import axpy


class SGD(Optimizer):
    """Step against the gradient, or against a decaying sum of the gradients.

    b <- momentum b + (1 - dampening) g (the first b is g);  theta <- theta - learning_rate b,
    or with Nesterov theta <- theta - learning_rate (g + momentum b).

    Args:
        parameters: Tensors that require gradients.
        learning_rate: Step size.
        momentum: How much of the last direction is kept, in [0, 1).
        dampening: How much of the gradient is left out of the direction, in [0, 1].
        nesterov: Whether to look ahead along the direction; needs momentum and no dampening.
        weight_decay: Factor of the L2 penalty, added to the gradient.
        maximize: Whether to climb instead of descend.

    Raises:
        ValueRangeError: If `nesterov` is asked for without momentum or with dampening.

    Source: Polyak 1964; Nesterov 1983, in the form of Sutskever et al. 2013.
    """

    def __init__(
        self,
        parameters: Iterable[Tensor],
        learning_rate: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        *,
        nesterov: bool = False,
        weight_decay: float = 0.0,
        maximize: bool = False,
    ) -> None:
        check_shares(momentum=momentum)
        check_at_least_zero(dampening=dampening)
        if nesterov and (momentum == 0 or dampening != 0):
            raise ValueRangeError("Nesterov's step needs momentum > 0 and dampening = 0")
        self.momentum = momentum
        self.dampening = dampening
        self.nesterov = nesterov
        self.slots = ("direction",) if momentum else ()
        super().__init__(parameters, learning_rate, weight_decay=weight_decay, maximize=maximize)

    def prepare(self, count: int) -> None:
        """Weigh the gradient: the first direction is the gradient itself."""
        self._weight = 1.0 if count == 1 else 1 - self.dampening

    def update(self, p: np.ndarray, g: np.ndarray, scratch: list[np.ndarray], *slots: np.ndarray) -> None:
        """Move one stretch."""
        if not slots:
            axpy(-self.learning_rate, g, p)
            return
        (b,) = slots
        b *= self.momentum
        b += g if self._weight == 1 else np.multiply(g, self._weight, out=scratch[0])
        if self.nesterov:
            axpy(-self.learning_rate, g, p)
            axpy(-self.learning_rate * self.momentum, b, p)
        else:
            axpy(-self.learning_rate, b, p)
