"""Least squares one example at a time, with every constant that the theory of SGD asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from foundations.autodiff import Tensor
from foundations.errors import DTypeError, ShapeError, ValueRangeError
from foundations.optimization import checks
from foundations.optimization.sgd import SGD


@dataclass(frozen=True)
class LeastSquares:
    """The mean of f_i(x) = (a_i^T x - b_i)^2 / 2 + (ridge / 2) |x|^2.

    Attributes:
        features: One a_i a row, shape (N, D).
        targets: b_i, shape (N,).
        ridge: Factor of the penalty, at least 0.

    Raises:
        DTypeError: If features or targets do not hold numbers, or ridge is none.
        GraphError: If one of them requires gradients.
        ShapeError: If there is not one target an example.
        ValueRangeError: If ridge is negative, or a value not finite.
    """

    features: np.ndarray
    targets: np.ndarray
    ridge: float = 0.0

    def __post_init__(self) -> None:
        features, targets = (
            checks.real_array("features", self.features),
            checks.real_array("targets", self.targets),
        )
        object.__setattr__(self, "features", features)
        object.__setattr__(self, "targets", targets)
        if not (np.isfinite(features).all() and np.isfinite(targets).all()):
            raise ValueRangeError("features or targets hold values that are not finite: replace them")
        if self.features.ndim != 2 or self.targets.shape != self.features.shape[:1]:
            raise ShapeError(
                f"expected features (N, D) and targets (N,), got {self.features.shape} "
                f"and {self.targets.shape}"
            )
        if not features.size:
            raise ShapeError(f"expected at least one example and one feature, got {features.shape}")
        object.__setattr__(self, "ridge", checks.at_least_zero("ridge", self.ridge))

    @cached_property
    def hessian(self) -> np.ndarray:
        """The Hessian of the mean, the same everywhere, shape (D, D)."""
        n, d = self.features.shape
        return self.features.T @ self.features / n + self.ridge * np.eye(d)

    @cached_property
    def convexity(self) -> float:
        """mu, the smallest eigenvalue of the Hessian."""
        return float(np.linalg.eigvalsh(self.hessian)[0])

    @cached_property
    def smoothness(self) -> float:
        """L_max = max_i |a_i|^2 + ridge, the smoothness of the worst example."""
        return float((self.features**2).sum(1).max() + self.ridge)

    @cached_property
    def solution(self) -> np.ndarray:
        """The minimum of the mean, shape (D,)."""
        return np.linalg.solve(self.hessian, self.features.T @ self.targets / len(self.targets))

    @cached_property
    def noise(self) -> float:
        """sigma^2, the mean of |grad f_i|^2 at the solution: 0 where one x fits every example."""
        residuals = self.features @ self.solution - self.targets
        gradients = residuals[:, None] * self.features + self.ridge * self.solution  # (N, D)
        return float((gradients**2).sum(1).mean())


def sgd_distances(
    problem: LeastSquares,
    step_size: Callable[[int], float],
    *,
    steps: int,
    runs: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Run SGD many times from 0, each time with examples of its own, and say how far it is off.

    All runs are rows of one parameter that the optimiser `SGD` moves.

    Args:
        problem: What is minimised.
        step_size: Of the k-th step, counted from 0.
        steps: How many to take.
        runs: How many runs.
        rng: Draws an example for each step of each run, with replacement.

    Returns:
        |x_k - x*|^2, shape (runs, steps + 1).

    Raises:
        DTypeError: If an argument is of another kind.
        ValueRangeError: If there are less than 0 steps or less than one run.
    """
    if not isinstance(problem, LeastSquares):
        raise DTypeError(f"problem is LeastSquares, got {type(problem).__name__}")
    checks.function("step_size", step_size)
    checks.generator("rng", rng)
    steps, runs = checks.whole("steps", steps), checks.whole("runs", runs, least=1)
    x = Tensor(np.zeros((runs, problem.features.shape[1])), dtype=np.float64, requires_grad=True)
    optimizer = SGD([x])
    squares = np.empty((runs, steps + 1))
    squares[:, 0] = ((x.data - problem.solution) ** 2).sum(1)
    for k in range(steps):
        drawn = rng.integers(len(problem.targets), size=runs)
        residuals = (Tensor(problem.features[drawn]) * x).sum(1) - problem.targets[drawn]  # (runs,)
        loss = 0.5 * (residuals * residuals).sum() + 0.5 * problem.ridge * (x * x).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.learning_rate = step_size(k)
        optimizer.step()
        squares[:, k + 1] = ((x.data - problem.solution) ** 2).sum(1)
    return squares
