"""Samples of the claims: as many from every sampler, all from the same noise x_T."""

from __future__ import annotations

from typing import Any

import numpy as np

from foundations.experiment import Budget, Verdict, at_most, by_budget
from papers.diffusion.experiments.judging import judging
from papers.diffusion.experiments.models import chain, trained
from papers.diffusion.experiments.networks import SIDE
from papers.diffusion.gaussian import GaussianDiffusion
from papers.diffusion.sampling import ddim_sample, ddpm_sample, guided_sample

GATE = float(np.log(3))
"""DDIM in all steps: at most three times as far from real digits as as many real digits are."""
GUIDED_STEPS = 25
"""Steps of the guided samplers."""


def count(budget: Budget) -> int:
    """Return the number of samples."""
    return by_budget(budget, quick=50, standard=1000, full=10_000)


def noise(seed: int, budget: Budget) -> np.ndarray:
    """Return x_T, the same for every sampler of a seed."""
    shape = (count(budget), 1, SIDE, SIDE)
    return np.random.default_rng([seed, 4]).standard_normal(shape, dtype=np.float32)


def classes(budget: Budget) -> np.ndarray:
    """Return the classes that are asked for, all ten in turn."""
    return np.arange(count(budget)) % 10


def by_ddim(seed: int, budget: Budget, steps: int, eta: float) -> np.ndarray:
    """Return samples of the unconditional network by DDIM, unclipped as DDIM's authors have it."""
    start, rng = noise(seed, budget), np.random.default_rng([seed, 5])
    model = trained("plain", seed, budget)
    return ddim_sample(model, chain(), start.shape, rng=rng, steps=steps, eta=eta, start=start)


def by_ddpm(
    seed: int, budget: Budget, walked: GaussianDiffusion, *, name: str = "plain", clip: bool = True
) -> np.ndarray:
    """Return samples of an unconditional network by DDPM's steps over a chain, all of its times."""
    start, rng = noise(seed, budget), np.random.default_rng([seed, 5])
    return ddpm_sample(trained(name, seed, budget), walked, start.shape, rng=rng, clip=clip, start=start)


def guided(
    seed: int, budget: Budget, scale: float, *, conditional: bool = False, guide: str = "guide", **how: Any
) -> np.ndarray:
    """Return samples by Algorithm 1 in `GUIDED_STEPS` steps."""
    start, rng, asked = noise(seed, budget), np.random.default_rng([seed, 5]), classes(budget)
    model = trained("conditional" if conditional else "plain", seed, budget)
    return guided_sample(
        model,
        trained(guide, seed, budget),
        chain(),
        start.shape,
        classes=asked,
        scale=scale,
        rng=rng,
        steps=GUIDED_STEPS,
        labels=asked if conditional else None,
        start=start,
        **how,
    )


def regime_metrics(seed: int, budget: Budget) -> dict[str, float]:
    """Return what the gate of every claim looks at: DDIM in all steps, and as many real digits."""
    judge = judging(seed, budget)
    every = by_ddim(seed, budget, chain().steps, 0.0)
    return {"distance_all": judge.distance(every), "distance_real": judge.floor(count(budget))}


def regime(m: Any) -> Verdict:
    """DDIM in all steps is at most three times as far from real digits as as many real digits are."""
    return at_most(np.log(m["distance_all"]) - np.log(m["distance_real"]), GATE)
