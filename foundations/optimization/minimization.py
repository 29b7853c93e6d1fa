"""What the deterministic methods share: evaluating safely, recording the way, knowing when to stop."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from foundations.autodiff import Tensor, enable_grad, gradients, hessian, no_grad
from foundations.errors import GraphError, ShapeError, ValueRangeError
from foundations.optimization import checks

Function = Callable[[Tensor], Tensor]
"""A function of one Tensor that returns a single number, computed with `foundations.autodiff`."""


@dataclass(frozen=True)
class Result:
    """Where a method ended, and how it got there.

    Attributes:
        x: The last point, in the shape of the start.
        value: The function there.
        gradient_norm: Euclidean norm of the gradient there.
        iterations: How many steps were taken.
        evaluations: How often the function or its gradient was evaluated.
        converged: Whether gradient_norm is at most the tolerance. A saddle has a zero gradient too.
        reason: Why the method stopped, in words.
        path: The points, shape (iterations + 1, *x.shape); only the last where the path was not kept.
        values: The function after each step, the start first, shape (iterations + 1,).
        gradient_norms: The norm of the gradient after each step, shape (iterations + 1,).
    """

    x: np.ndarray
    value: float
    gradient_norm: float
    iterations: int
    evaluations: int
    converged: bool
    reason: str
    path: np.ndarray
    values: np.ndarray
    gradient_norms: np.ndarray


def check_bounds(tolerance: float, max_iterations: int) -> None:
    """Raise unless a method can know when to stop.

    Raises:
        DTypeError: If one of them is not a number.
        ValueRangeError: If the tolerance is negative or not finite, or the iterations are no whole number.
    """
    checks.at_least_zero("tolerance", tolerance)
    checks.whole("max_iterations", max_iterations)


quiet = np.errstate(over="ignore", invalid="ignore")
"""Decorator of the methods: a run that diverges ends in an error of its own, not in a warning of NumPy's."""


class Minimization:
    """A run of a method: the function, where it stands, the way so far, and when it is over.

    A method loops `while run.going:` and calls `run.move(x)` once a step.

    Args:
        f: Function to be minimised.
        x0: Where to start, of any shape; computed with in float64.
        tolerance: The run has converged when the norm of the gradient is at most this.
        max_iterations: Most steps to take.
        keep_path: Whether to keep every point, or only the last.

    Attributes:
        x: Where it stands, flat, shape (n,).
        value: The function there.
        gradient: Its gradient there, shape (n,).

    Raises:
        ValueRangeError: If the start, or the function or its gradient there, is not finite.
        DTypeError: If the start does not hold numbers, or f is no function.
        ShapeError: If the function does not return a single number, or the start is empty.
        GraphError: If what it returns was not computed from its argument, or the start requires gradients.
    """

    def __init__(
        self, f: Function, x0: ArrayLike, *, tolerance: float, max_iterations: int, keep_path: bool = True
    ) -> None:
        check_bounds(tolerance, max_iterations)
        checks.function("f", f)
        checks.flag("keep_path", keep_path)
        start = np.array(checks.real_array("x0", x0))
        if start.size == 0:
            raise ShapeError("the start is empty: there is nothing to minimise over")
        if not np.isfinite(start).all():
            raise ValueRangeError(
                f"the start holds {np.sum(~np.isfinite(start))} values that are not finite: replace them"
            )
        self.f = f
        self.tolerance = tolerance
        self.max_iterations = max_iterations
        self.evaluations = 0
        self._shape = start.shape
        self._keep_path = keep_path
        self._reason = ""
        self._path: list[np.ndarray] = []
        self._values: list[float] = []
        self._norms: list[float] = []
        self._record(start.reshape(-1), *self.evaluate(start.reshape(-1)))

    @property
    def iterations(self) -> int:
        """How many steps were taken."""
        return len(self._values) - 1

    @property
    def converged(self) -> bool:
        """Whether the gradient is as small as was asked for."""
        return self._norms[-1] <= self.tolerance

    @property
    def going(self) -> bool:
        """Whether there is a step to take."""
        return not (self.converged or self._reason or self.iterations >= self.max_iterations)

    def evaluate(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the function and its gradient at a flat point, finite or not; counts as one evaluation."""
        variable = Tensor(x.reshape(self._shape), dtype=np.float64, requires_grad=True)
        with enable_grad(), np.errstate(all="ignore"):  # what overflows is not finite, and that is looked at
            y = self._number(variable)
            if not y.requires_grad:
                raise GraphError(
                    "the value does not depend on the argument: compute it from the Tensor that is passed in"
                )
            (g,) = gradients(y, [variable])
        return y.item(), np.asarray(g.data, dtype=np.float64).reshape(-1)

    def value_at(self, x: np.ndarray) -> float:
        """Return the function at a flat point, finite or not; counts as one evaluation."""
        with no_grad(), np.errstate(all="ignore"):
            return self._number(Tensor(x.reshape(self._shape), dtype=np.float64)).item()

    def hessian_here(self) -> np.ndarray:
        """Return the matrix of second derivatives where the run stands, shape (n, n)."""
        n = self.x.size
        with np.errstate(all="ignore"):
            h = hessian(self.f, self.x.reshape(self._shape)).numpy().reshape(n, n)
        if not np.isfinite(h).all():
            raise ValueRangeError(
                f"the Hessian in step {self.iterations} holds values that are not finite: "
                "start elsewhere, or use a method that needs first derivatives only"
            )
        return (h + h.T) / 2

    def move(self, x: np.ndarray, value: float | None = None, gradient: np.ndarray | None = None) -> None:
        """Take a step to a flat point; the function and gradient there, where they are known already."""
        if value is None or gradient is None:
            value, gradient = self.evaluate(x)
        self._record(x, value, gradient)

    def stop(self, reason: str) -> None:
        """End the run before its time."""
        self._reason = reason

    def result(self) -> Result:
        """Return what became of the run."""
        if self.converged:
            reason = f"the gradient is at most {self.tolerance:g}"
        else:
            reason = self._reason or f"stopped after {self.iterations} iterations: allow more"
        return Result(
            x=self.x.reshape(self._shape),
            value=self.value,
            gradient_norm=self._norms[-1],
            iterations=self.iterations,
            evaluations=self.evaluations,
            converged=self.converged,
            reason=reason,
            path=np.array(self._path).reshape(-1, *self._shape),
            values=np.array(self._values),
            gradient_norms=np.array(self._norms),
        )

    def _number(self, variable: Tensor) -> Tensor:
        self.evaluations += 1
        y = self.f(variable)
        if not isinstance(y, Tensor):
            raise GraphError(
                f"the function returned {type(y).__name__}, expected a Tensor: compute it from its argument "
                "with the functions of foundations.autodiff"
            )
        if y.size != 1:
            raise ShapeError(
                f"the function returned shape {y.shape}, expected a single number: take its sum or mean"
            )
        return y

    def _record(self, x: np.ndarray, value: float, gradient: np.ndarray) -> None:
        if not (math.isfinite(value) and np.isfinite(gradient).all()):
            step = len(self._values)
            what = f"the value is {value}" if not math.isfinite(value) else "the gradient is not finite"
            advice = "take a smaller step" if step else "start where the function is defined"
            if value == -math.inf:
                advice = "the function has no bound below"
            raise ValueRangeError(f"{what} {f'after step {step}' if step else 'at the start'}: {advice}")
        self.x, self.value, self.gradient = x, value, gradient
        if not self._keep_path:
            self._path.clear()
        self._path.append(x.copy())
        self._values.append(value)
        self._norms.append(float(np.linalg.norm(gradient)))
