"""Gradient descent, with momentum and Nesterov's look ahead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from foundations.autodiff.tensor import Array
from foundations.errors import ValueRangeError
from foundations.optimization.algorithm import Step
from foundations.optimization.groups import Group, Parameters
from foundations.optimization.optimizer import Optimizer
from foundations.runtime import axpy


class SGD(Optimizer):
    """Step against the gradient, or against a decaying sum of the gradients.

    b <- momentum b + (1 - dampening) g (the first b is g);  theta <- theta - learning_rate b,
    or with Nesterov theta <- theta - learning_rate (g + momentum b).

    Args:
        parameters: Tensors that require gradients, or groups.
        learning_rate: Step size.
        momentum: How much of the last direction is kept, in [0, 1).
        dampening: How much of the gradient is left out of the direction, in [0, 1].
        nesterov: Whether to look ahead along the direction; needs momentum and no dampening.
        weight_decay: Factor of the L2 penalty, added to the gradient.
        maximize: Whether to climb instead of descend.

    Raises:
        ValueRangeError: If `nesterov` is asked for without momentum or with dampening.

    Sparse rows: the steps are those of the dense gradient. Without momentum only rows with a gradient move;
    with momentum every row that ever had one keeps moving with its b, so that a step costs more as more of
    the table has been seen.

    Source: Polyak 1964; Nesterov 1983, in the form of Sutskever et al. 2013.
    """

    takes_rows = True

    def __init__(
        self,
        parameters: Parameters,
        learning_rate: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        *,
        nesterov: bool = False,
        weight_decay: float = 0.0,
        maximize: bool = False,
    ) -> None:
        self._in_motion: dict[int, np.ndarray] = {}  # by parameter: the rows whose b is not 0, ascending
        super().__init__(
            parameters,
            learning_rate=learning_rate,
            momentum=momentum,
            dampening=dampening,
            nesterov=nesterov,
            weight_decay=weight_decay,
            maximize=maximize,
        )

    @classmethod
    def check_options(cls, options: Mapping[str, Any]) -> None:
        """Raise unless Nesterov's step has momentum and no dampening."""
        if options["nesterov"] and (options["momentum"] == 0 or options["dampening"] != 0):
            raise ValueRangeError("Nesterov's step needs momentum > 0 and dampening = 0")

    @classmethod
    def kept(cls, options: Mapping[str, Any]) -> tuple[str, ...]:
        """Keep the direction where there is momentum."""
        return ("b",) if options["momentum"] else ()

    @staticmethod
    def definition(o: Group, t: int, theta: Array, g: Array, *state: Array) -> Step:
        """Sutskever et al. 2013, equations 1 to 4, with the direction b = -v / learning_rate."""
        (b,) = state or (0.0,)
        if o.momentum == 0:
            return (theta - o.learning_rate * g,)
        b = g if t == 1 else o.momentum * b + (1 - o.dampening) * g
        direction = g + o.momentum * b if o.nesterov else b
        theta = theta - o.learning_rate * direction
        return theta, b

    def prepare(self, o: Group, t: int) -> float:
        """Weigh the gradient: the first direction is the gradient itself."""
        return 1.0 if t == 1 else 1 - o.dampening

    def update(
        self, o: Group, c: Any, p: np.ndarray, g: np.ndarray, scratch: list[np.ndarray], *slots: np.ndarray
    ) -> None:
        """Move one stretch."""
        if not slots:
            axpy(-o.learning_rate, g, p)
            return
        (b,) = slots
        b *= o.momentum
        b += g if c == 1 else np.multiply(g, c, out=scratch[0])
        if o.nesterov:
            axpy(-o.learning_rate, g, p)
            axpy(-o.learning_rate * o.momentum, b, p)
        else:
            axpy(-o.learning_rate, b, p)

    def step(self) -> None:
        """Move every parameter that has a gradient; after a dense one, all rows are in motion."""
        for i in list(self._in_motion):
            if isinstance(getattr(self.parameters[i].grad, "data", None), np.ndarray):
                del self._in_motion[i]
        super().step()

    def moving_rows(self, o: Group, i: int, indices: np.ndarray, table: np.ndarray) -> np.ndarray:
        """Return the rows that have a gradient or, with momentum, ever had one."""
        if not o.momentum:
            return indices
        if i not in self._in_motion:
            b = self.state["b"][i].reshape(table.shape)
            self._in_motion[i] = np.flatnonzero(b.any(axis=tuple(range(1, b.ndim))))
        rows = np.union1d(self._in_motion[i], indices)
        self._in_motion[i] = rows
        return rows

    def _forget(self) -> None:
        self._in_motion.clear()
