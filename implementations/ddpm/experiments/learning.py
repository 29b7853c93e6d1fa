"""How the arms of the claims train, and what is measured of them."""

from __future__ import annotations

import numpy as np

from foundations import nn
from foundations.experiment import Budget, by_budget
from implementations.ddpm.bound import elbo_terms
from implementations.ddpm.diffusion import Diffusion
from implementations.ddpm.experiments.small import DRAWN, Rows, SmallNetwork
from implementations.ddpm.losses import noise_loss
from implementations.ddpm.sampling import sample
from implementations.ddpm.schedules import linear_schedule
from implementations.ddpm.training import Training, TrainingConfig

BATCH_SIZE = 64
NO_CLIP = 1e9
"""Gradients are not cut in the claims: that would treat large weights of the error otherwise than small."""
STEPS = 200
"""T of the claims; the variances are the paper's range times 5."""


def chain(variance: str = "beta") -> Diffusion:
    """Return the diffusion of the claims."""
    return Diffusion(linear_schedule(STEPS, 5e-4, 0.1), variance=variance)


def steps(budget: Budget) -> int:
    """Return the steps of a run."""
    return by_budget(budget, quick=20, standard=1000, full=20_000)


def prepared(
    rows: Rows,
    diffusion: Diffusion,
    rate: float,
    *,
    weight: np.ndarray | None = None,
    decay: float = 0.0,
    ema: float = 0.995,
) -> Training:
    """Return a run that is not begun; initial weights, images, times and noise follow from the seed alone.

    Args:
        rows: The seed's rows.
        diffusion: The forward process.
        rate: Learning rate, after 50 steps of warm-up.
        weight: Factor of the error of each time; 1 by default.
        decay: Share of the steps at the end in which the rate falls to zero.
        ema: Decay of the running mean.
    """
    how = TrainingConfig(
        steps=steps(rows.budget),
        batch_size=BATCH_SIZE,
        learning_rate=rate,
        warm_up=50,
        decay=decay,
        ema=ema,
        clip=NO_CLIP,
        seed=rows.seed,
    )
    model = SmallNetwork(rng=np.random.default_rng([rows.seed, 2]))
    return Training(model, diffusion, how, rows.training, weight=weight)


def drawn(model: nn.Module, diffusion: Diffusion, rows: Rows, n_steps: int | None = None) -> np.ndarray:
    """Return digits drawn from a network; the noise follows from the seed alone."""
    n = 60 if rows.budget == "quick" else DRAWN
    rng = np.random.default_rng([rows.seed, 3])
    return sample(model, diffusion, (n, 1, 8, 8), rng=rng, steps=n_steps, batch_size=n)


def bits(model: nn.Module, diffusion: Diffusion, images: np.ndarray, rows: Rows) -> float:
    """Return the bound in bits a pixel, the same noise for every arm."""
    rng = np.random.default_rng([rows.seed, 4])
    return elbo_terms(model, diffusion, images, rng=rng).bits_per_dimension


def validation_loss(
    model: nn.Module, diffusion: Diffusion, rows: Rows, weight: np.ndarray | None = None
) -> float:
    """Return the loss on the rows to tune on, eight draws of time and noise for each."""
    rng = np.random.default_rng([rows.seed, 5])
    x0 = np.repeat(rows.validation, 8, axis=0)
    t = rng.integers(1, diffusion.steps + 1, len(x0))
    noise = rng.standard_normal(x0.shape, dtype=np.float32)
    return float(noise_loss(model.eval(), diffusion, x0, t, noise, weight=weight).numpy())
