"""The networks of a seed, trained once and kept in the cache, so that no claim trains them again."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from foundations import nn
from foundations.data import cache_folder
from foundations.experiment import Budget, by_budget, code_hash, foundations_hash
from implementations.ddpm.schedules import cosine_schedule, linear_schedule
from papers.diffusion.experiments.networks import DenseDenoiser, DenseGuide
from papers.diffusion.experiments.rows import Rows
from papers.diffusion.gaussian import GaussianDiffusion
from papers.diffusion.training import TrainingConfig, train_classifier, train_denoiser

STEPS = 100
"""T of the claims; the variances are DDPM's range times 10.

A seed costs 230 s for each denoiser and 10 s for both guides on one core, paid by the claim that asks first.
"""
NAMES = ("plain", "conditional", "cosine", "guide", "shuffled")
WIDTH, DEPTH = 256, 3
RATE = 2e-3


def chain(name: str = "plain", variance: str = "posterior") -> GaussianDiffusion:
    """Return the diffusion of a network: the cosine schedule for "cosine", the linear one for all others."""
    betas = cosine_schedule(STEPS) if name == "cosine" else linear_schedule(STEPS, 1e-3, 0.2)
    return GaussianDiffusion(betas, variance=variance)


def config(name: str, seed: int, budget: Budget) -> TrainingConfig:
    """Return how a network is trained."""
    guide = name in ("guide", "shuffled")
    steps = by_budget(budget, quick=20, standard=1500 if guide else 20_000, full=100_000)
    return TrainingConfig(steps, 64, RATE, seed=seed)


def untrained(name: str, seed: int, budget: Budget) -> Any:
    """Return a network with its first weights, which follow from the seed alone."""
    rng = np.random.default_rng([seed, 1])
    if name in ("guide", "shuffled"):
        return DenseGuide(rng=rng)
    width = by_budget(budget, quick=64, standard=WIDTH, full=512)
    classes = 10 if name == "conditional" else 0
    return DenseDenoiser(classes, width, DEPTH, chain(name).alpha_bar, rng=rng)


def train(name: str, model: nn.Module, seed: int, budget: Budget, steps: int | None = None) -> list[float]:
    """Train a network of the claims in place and return its losses.

    Args:
        name: One of `NAMES`; "shuffled" is the guide that learns from labels in the wrong order.
        model: From `untrained`.
        seed: Of the run.
        budget: Of the run.
        steps: Of the training; those of `config` by default.
    """
    how, digits = config(name, seed, budget), Rows(seed, budget).training
    if steps is not None:
        how = TrainingConfig(steps, how.batch_size, how.learning_rate, seed=seed)
    labels = digits.labels
    if name == "shuffled":
        labels = np.random.default_rng([seed, 2]).permutation(labels)
    if name in ("guide", "shuffled"):
        return train_classifier(model, chain(name), how, digits.images, labels)
    told = labels if name == "conditional" else None
    return train_denoiser(model, chain(name), how, digits.images, told)


@lru_cache(maxsize=16)
def trained(name: str, seed: int, budget: Budget) -> Any:
    """Return a network of a seed in evaluation mode, from the cache where it is there.

    The file's name is a hash of everything that the weights follow from: code, configuration and seed.
    """
    model = untrained(name, seed, budget)
    path = _file(name, seed, budget)
    if budget != "quick" and path.is_file():
        model.load_state_dict(nn.load_arrays(path))
        return model.eval()
    train(name, model, seed, budget)
    if budget != "quick":
        path.parent.mkdir(parents=True, exist_ok=True)
        nn.save_arrays(path, model.state_dict())
    return model.eval()


def _file(name: str, seed: int, budget: Budget) -> Path:
    return cache_folder() / "diffusion" / f"{name}-{seed}-{_digest(name, seed, budget)}.safetensors"


def _digest(name: str, seed: int, budget: Budget) -> str:
    said = f"{name} {config(name, seed, budget)} {WIDTH} {DEPTH} {budget} {_code()}"
    return hashlib.sha256(said.encode()).hexdigest()[:24]


@lru_cache(maxsize=1)
def _code() -> str:
    return code_hash(Path(__file__).parents[1], "models") + foundations_hash()
