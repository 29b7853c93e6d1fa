"""The lesson of the demo; one of minutes or hours leaves checkpoints, and goes on from them when killed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np

from foundations.experiment import Budget, by_budget
from foundations.files import write_atomically
from foundations.nn import SavedStateError
from papers.vae.data import binarised, grey_digits
from papers.vae.demo_weights import bound_of
from papers.vae.training import Training, TrainingConfig
from papers.vae.vae import VAE, VAEConfig

RUNS = Path("runs") / "vae"
SAVE_EVERY = 1000
"""Minibatches between two checkpoints."""
POINTS = 12
"""Times at which the bound is measured."""
MEASURED_ON = 500
"""Rows it is measured on, of both parts."""


class Lesson(NamedTuple):
    """What a budget trains.

    Attributes:
        data: Name of the data set.
        network: Sizes.
        training: How.
    """

    data: str
    network: VAEConfig
    training: TrainingConfig


class Learnt(NamedTuple):
    """What came of it.

    Attributes:
        train: Rows it learnt from.
        test: Rows it did not.
        curve: `samples` evaluated so far, to the `training` and `test` bounds, nats.
    """

    train: np.ndarray
    test: np.ndarray
    curve: dict[str, list[float]]


def lesson(budget: Budget, seed: int) -> Lesson:
    """Return what a budget trains: seconds, ten minutes, two hours of one core."""
    how = {"learning_rate": 0.05, "seed": seed}
    return by_budget(
        budget,
        quick=Lesson("mnist-small", VAEConfig(n_hidden=100, n_latent=10), TrainingConfig(1200, **how)),
        standard=Lesson("mnist", VAEConfig(n_hidden=200, n_latent=20), TrainingConfig(150_000, **how)),
        full=Lesson("mnist", VAEConfig(n_hidden=500, n_latent=20), TrainingConfig(1_000_000, **how)),
    )


def checkpoint_of(budget: Budget, seed: int) -> Path | None:
    """Return where a run of minutes leaves its checkpoint; one of seconds leaves none."""
    return None if budget == "quick" else RUNS / f"{budget}-{seed}.safetensors"


def learn(chosen: Lesson, checkpoint: Path | None = None) -> Learnt:
    """Train, from the checkpoint on if there is one, and measure the bound twelve times.

    Args:
        chosen: What to train.
        checkpoint: Written every 1000 minibatches, with the curve beside it, and read if it exists.

    Raises:
        DataError: If the data set can be neither found nor fetched.
        SavedStateError: If the checkpoint or its curve is damaged or of another run.
    """
    how, rng = chosen.training, np.random.default_rng(chosen.training.seed)
    train, test = (binarised(grey_digits(chosen.data, part), rng=rng) for part in ("train", "test"))
    run = Training(VAE(chosen.network, rng=rng), how, train)
    curve: dict[str, list[float]] = {"samples": [], "training": [], "test": []}
    if checkpoint is not None:
        checkpoint.parent.mkdir(parents=True, exist_ok=True)
        if checkpoint.exists():
            run.resume(checkpoint)
            curve = _read(_curve(checkpoint)) if _curve(checkpoint).exists() else curve
            print(f"  goes on at step {run.step} of {how.steps}, from {checkpoint}", flush=True)

    def keep(step: int, _loss: float) -> None:
        if checkpoint is not None and step % SAVE_EVERY == 0:
            run.save(checkpoint)

    for step in np.linspace(0, how.steps, POINTS + 1)[1:].round().astype(int).tolist():
        if step * how.batch_size in curve["samples"]:
            continue
        run.run(step, after_step=keep)
        for name, rows in (("training", train), ("test", test)):
            curve[name].append(bound_of(run.model, rows[:MEASURED_ON], how.seed))
        curve["samples"].append(step * how.batch_size)
        if checkpoint is not None:  # the weights first: what is measured can be measured again
            run.save(checkpoint)
            write_atomically(_curve(checkpoint), json.dumps(curve) + "\n", error=SavedStateError)
    return Learnt(train, test, curve)


def forget(checkpoint: Path) -> None:
    """Remove the checkpoint of a run that is over, and its curve."""
    for path in (checkpoint, _curve(checkpoint)):
        path.unlink(missing_ok=True)


def _curve(checkpoint: Path) -> Path:
    return checkpoint.with_suffix(".curve.json")


def _read(file: Path) -> dict[str, list[float]]:
    try:
        curve = json.loads(file.read_text(encoding="utf-8"))
        if len({len(curve[name]) for name in ("samples", "training", "test")}) == 1:
            return curve
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise SavedStateError(f"{file} is damaged: remove it and the checkpoint beside it to begin anew")
