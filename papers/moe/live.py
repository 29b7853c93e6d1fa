"""Eight linear experts on two-dimensional clusters: the small training that the page's figure runs again.

Noise comes from a generator of one line, so that a page can draw the same numbers.
"""

from __future__ import annotations

import math

import numpy as np

from foundations import nn
from foundations.autodiff import ops
from papers.moe.balance import importance_loss, load_loss
from papers.moe.gating import Gating, noisy_top_k
from papers.moe.training import Balance, balance_of

EXPERTS, CLUSTERS, EACH, RATE = 8, 8, 16, 0.5


class Congruential:
    """s ← (1664525 s + 1013904223) mod 2³², read as uniform numbers and, in pairs, as normal ones."""

    def __init__(self, seed: int) -> None:
        self.state = seed

    def uniform(self) -> float:
        """Return a number in (0, 1)."""
        self.state = (1664525 * self.state + 1013904223) % 2**32
        return (self.state + 0.5) / 2**32

    def normal(self) -> float:
        """Return a standard normal number (Box and Muller)."""
        radius = math.sqrt(-2 * math.log(self.uniform()))
        return radius * math.cos(2 * math.pi * self.uniform())

    def standard_normal(self, shape: tuple[int, ...], dtype: object = None) -> np.ndarray:
        """Return an array of them, row by row, float64; what a gate asks its source of noise for."""
        return np.array([self.normal() for _ in range(math.prod(shape))]).reshape(shape)


class Live(nn.Module):
    """The figure's model and data at some step.

    y_i = a_c · (x_i − centre_c) + b_c, a target of its own in each cluster c; every expert is a linear map of
    (x, 1), and so is the gate.

    Args:
        k: Experts a point visits.
        w_importance: Weight of CV(Importance)².
        w_load: Weight of CV(Load)².
        seed: Of data, first weights and noise.

    Attributes:
        x: Points with a 1, shape (128, 3).
        y: Targets, shape (128,).
        w_gate: Shape (3, 8), zeros at first.
        w_noise: Shape (3, 8), zeros at first.
        experts: Shape (3, 8), a column an expert.
        task: Mean squared error of the last step, before it.
        found: How evenly the experts were used in it.
    """

    def __init__(self, k: int = 2, w_importance: float = 0.0, w_load: float = 0.0, seed: int = 1) -> None:
        self.k, self.weights = k, (w_importance, w_load)
        self.source = Congruential(seed)
        angle = 2 * math.pi * np.arange(CLUSTERS) / CLUSTERS
        centres = 2 * np.column_stack([np.cos(angle), np.sin(angle)])  # (8, 2)
        maps = self.source.standard_normal((CLUSTERS, 3))
        cluster = np.repeat(np.arange(CLUSTERS), EACH)
        offset = 0.35 * self.source.standard_normal((CLUSTERS * EACH, 2))
        self.x = np.column_stack([centres[cluster] + offset, np.ones(len(cluster))])
        self.y = np.sum(maps[cluster, :2] * offset, axis=1) + maps[cluster, 2]
        self.experts = nn.Parameter(0.1 * self.source.standard_normal((3, EXPERTS)))
        self.w_gate = nn.Parameter(np.zeros((3, EXPERTS)))
        self.w_noise = nn.Parameter(np.zeros((3, EXPERTS)))
        self.task, self.found = math.nan, None

    def gating(self) -> Gating:
        """Return what the gate decides for all points, with fresh noise."""
        spread = ops.softplus(self.x @ self.w_noise)
        return noisy_top_k(self.x @ self.w_gate, self.k, spread=spread, rng=self.source)  # type: ignore[arg-type]

    def step(self) -> None:
        """Take one step of gradient descent on all points."""
        gating = self.gating()
        outputs = ops.sum(gating.dense() * (self.x @ self.experts), 1)  # (128,)
        task = ops.mean((outputs - self.y) ** 2)
        loss = task + importance_loss(gating, self.weights[0]) + load_loss(gating, self.weights[1])
        self.zero_grad()
        loss.backward()
        for p in self.parameters():
            p.data = p.data - RATE * p.grad.numpy()  # type: ignore[union-attr]
        self.task, self.found = task.item(), balance_of(gating)

    def run(self, steps: int) -> Live:
        """Take many steps."""
        for _ in range(steps):
            self.step()
        return self

    @property
    def balance(self) -> Balance:
        """How evenly the experts were used in the last step."""
        assert self.found is not None
        return self.found

    def dead(self) -> int:
        """Return how many experts got no point in the last step."""
        return int((self.balance.load == 0).sum())

    def favourite(self, points: np.ndarray) -> np.ndarray:
        """Return the expert of the largest clean logit at points of shape (n, 2)."""
        x = np.column_stack([points, np.ones(len(points))])
        return np.argmax(x @ self.w_gate.data, axis=1)
