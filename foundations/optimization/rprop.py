"""Steps by the sign of the gradient alone."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from foundations.autodiff.tensor import Tensor
from foundations.errors import ValueRangeError
from foundations.optimization.optimizer import Optimizer


class Rprop(Optimizer):
    """Move each element by a step of its own that grows while the gradient keeps its sign.

    Where g has the sign of the gradient before, the step grows by eta_plus; where the sign turned, it shrinks
    by eta_minus and the element rests, its gradient forgotten. theta <- theta - step sign(g). For gradients
    of the whole data: the signs of noisy ones say little.

    Args:
        parameters: Tensors that require gradients.
        learning_rate: The first step of every element; later changes of it have no effect.
        etas: (eta_minus, eta_plus), with 0 < eta_minus < 1 < eta_plus.
        step_sizes: Least and greatest step.
        maximize: Whether to climb instead of descend.

    Raises:
        ValueRangeError: If the etas or the step sizes are out of order.

    Source: Riedmiller & Braun 1993; in the form of Igel & Hüsken 2000, iRprop-.
    """

    slots = ("before", "step_size")
    n_scratch = 2

    def __init__(
        self,
        parameters: Iterable[Tensor],
        learning_rate: float = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50.0),
        *,
        maximize: bool = False,
    ) -> None:
        if not 0 < etas[0] < 1 < etas[1]:
            raise ValueRangeError(f"etas are (in (0, 1), above 1), got {etas}")
        if not 0 <= step_sizes[0] <= step_sizes[1]:
            raise ValueRangeError(f"step_sizes are (least, greatest), at least 0, got {step_sizes}")
        self.etas = etas
        self.step_sizes = step_sizes
        super().__init__(parameters, learning_rate, maximize=maximize)

    def start(self, name: str, p: np.ndarray) -> np.ndarray:
        """Return the first step, and no gradient before it."""
        return np.full_like(p, self.learning_rate if name == "step_size" else 0)

    def update(self, p: np.ndarray, g: np.ndarray, scratch: list[np.ndarray], *slots: np.ndarray) -> None:
        """Move one stretch."""
        (agreement, s), (before, step) = scratch, slots
        np.multiply(g, before, out=agreement)
        step[agreement > 0] *= self.etas[1]
        step[agreement < 0] *= self.etas[0]
        np.clip(step, *self.step_sizes, out=step)
        np.copyto(before, g)
        before[agreement < 0] = 0
        np.sign(before, out=s)
        s *= step
        p -= s
