"""Steps by the sign of the gradient alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from foundations.autodiff.tensor import Array
from foundations.errors import ValueRangeError
from foundations.optimization.algorithm import Step
from foundations.optimization.groups import Group, Parameters
from foundations.optimization.optimizer import Optimizer


class Rprop(Optimizer):
    """Move each element by a step of its own that grows while the gradient keeps its sign.

    Where g has the sign of the gradient before, the step grows by eta_plus; where the sign turned, it shrinks
    by eta_minus and the element rests, its gradient forgotten. theta <- theta - delta sign(g). For gradients
    of the whole data: the signs of noisy ones say little.

    Args:
        parameters: Tensors that require gradients, or groups.
        learning_rate: The first step of every element; cannot be changed afterwards.
        etas: (eta_minus, eta_plus), with 0 < eta_minus < 1 < eta_plus.
        step_sizes: Least and greatest step.
        maximize: Whether to climb instead of descend.

    Raises:
        ValueRangeError: If the etas or the step sizes are out of order.

    Source: Riedmiller & Braun 1993; in the form of Igel & Hüsken 2000, iRprop-.
    """

    slots = ("g_before", "delta")
    n_scratch = 2
    fixed = ("learning_rate",)

    def __init__(
        self,
        parameters: Parameters,
        learning_rate: float = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50.0),
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            parameters, learning_rate=learning_rate, etas=etas, step_sizes=step_sizes, maximize=maximize
        )

    @classmethod
    def check_options(cls, options: Mapping[str, Any]) -> None:
        """Raise unless etas and step sizes are in order."""
        etas, sizes = options["etas"], options["step_sizes"]
        if not 0 < etas[0] < 1 < etas[1] < float("inf"):
            raise ValueRangeError(f"etas are (in (0, 1), above 1), got {etas}")
        if not 0 <= sizes[0] <= sizes[1] < float("inf"):
            raise ValueRangeError(f"step_sizes are (least, greatest), at least 0, got {sizes}")

    @staticmethod
    def definition(o: Group, t: int, theta: Array, g: Array, *state: Array) -> Step:
        """Igel & Hüsken 2000, iRprop-."""
        g_before, delta = state
        (eta_minus, eta_plus), (least, greatest) = o.etas, o.step_sizes
        agreement = g_before * g
        delta = np.where(agreement > 0, np.minimum(eta_plus * delta, greatest), delta)
        delta = np.where(agreement < 0, np.maximum(eta_minus * delta, least), delta)
        delta = np.clip(delta, least, greatest)  # a first step outside the limits too
        g = np.where(agreement < 0, 0, g)
        theta = theta - np.sign(g) * delta
        return theta, g, delta

    def start(self, o: Group, name: str, theta: np.ndarray) -> np.ndarray:
        """Return the first step, and no gradient before it."""
        return np.full_like(theta, o.learning_rate if name == "delta" else 0)

    def update(
        self, o: Group, c: Any, p: np.ndarray, g: np.ndarray, scratch: list[np.ndarray], *slots: np.ndarray
    ) -> None:
        """Move one stretch."""
        (agreement, s), (before, delta) = scratch, slots
        np.multiply(g, before, out=agreement)
        delta[agreement > 0] *= o.etas[1]
        delta[agreement < 0] *= o.etas[0]
        np.clip(delta, *o.step_sizes, out=delta)
        np.copyto(before, g)
        before[agreement < 0] = 0
        np.sign(before, out=s)
        s *= delta
        p -= s
