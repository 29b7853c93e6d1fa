"""A problem whose best rank is known: linear regression towards an update of rank 16."""

from __future__ import annotations

import numpy as np

from foundations import nn
from foundations.autodiff import ops
from foundations.experiment import Budget, by_budget
from foundations.optimization import Adam
from papers.lora.lora import LoRALinear

WIDTH, TRUE_RANK = 64, 16
SINGULAR = 4 * 0.85 ** np.arange(TRUE_RANK)
"""Singular values of the update."""


def tail(r: int) -> float:
    """Return the least loss of rank r, the sum of σ_i² over i > r (Eckart and Young)."""
    return float(np.sum(SINGULAR[r:] ** 2))


def loss_after_training(r: int, seed: int, budget: Budget) -> float:
    """Return ‖s B A − ΔW‖² after training: the expected squared error on white inputs.

    The inputs are the rows of the identity, times √d: their covariance is exactly the identity.
    """
    rng = np.random.default_rng([seed, 5])
    u, v = (np.linalg.qr(rng.standard_normal((WIDTH, WIDTH)))[0][:, :TRUE_RANK] for _ in range(2))
    base = nn.Linear(WIDTH, WIDTH, bias=False, rng=rng)
    x = np.eye(WIDTH, dtype=np.float32) * np.float32(np.sqrt(WIDTH))
    y = x @ (base.weight.data + (u * SINGULAR) @ v.T).astype(np.float32)
    layer = LoRALinear(base, r, float(r), rng=rng)
    optimizer = Adam([layer.a, layer.b], 0.02)
    steps = by_budget(budget, quick=20, standard=1500, full=1500)
    loss = float("nan")
    for t in range(steps):
        optimizer.learning_rate = 0.02 * min(1.0, 2 * (steps - t) / steps)
        optimizer.zero_grad()
        error = ops.sum((layer(x) - y) ** 2) / WIDTH
        error.backward()
        optimizer.step()
        loss = error.item()
    return loss
