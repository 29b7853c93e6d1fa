"""The network of the standard budget as it ships: `python -m implementations.ddpm.demo_weights` writes it.

`weights/ddpm.safetensors` holds the running means of the weights as bytes with a scale a row. With
`--checkpoint FILE` a run that was stopped goes on from there.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from foundations.errors import FoundationsError
from foundations.experiment import Budget
from foundations.nn.serialization import SavedStateError, load_metadata
from foundations.nn.shipping import commit_of, load_shipped, ship
from foundations.runtime import get_num_threads, set_num_threads
from implementations.cnn.pictures import pictures
from implementations.ddpm.budgets import lesson
from implementations.ddpm.diffusion import Diffusion
from implementations.ddpm.images import scaled
from implementations.ddpm.schedules import linear_schedule
from implementations.ddpm.training import Training
from implementations.ddpm.unet import UNet, UNetConfig

WEIGHTS = Path(__file__).parent / "weights" / "ddpm.safetensors"
COMMAND = "python -m implementations.ddpm.demo_weights"
SEED = 0
EVERY = 100
"""Steps between two checkpoints, and between two lines of progress."""


class Shipped(NamedTuple):
    """What ships.

    Attributes:
        model: The network in evaluation mode.
        diffusion: The forward process that it was trained with.
        record: How it came about: command, seed, budget, commit, settings of the training, losses.
    """

    model: UNet
    diffusion: Diffusion
    record: dict[str, str]


def read_model(weights: Path = WEIGHTS) -> Shipped:
    """Return the network as it ships.

    Raises:
        SavedStateError: If the file is missing, damaged, or holds another kind of network.
    """
    record, arrays = load_metadata(weights), load_shipped(weights)
    try:
        config = json.loads(record["network"])
        model = UNet(UNetConfig(**config | {"widths": tuple(config["widths"])}), rng=np.random.default_rng(0))
        model.load_state_dict(arrays)
        diffusion = diffusion_of(int(record["steps"]))
    except (FoundationsError, KeyError, TypeError, ValueError) as error:
        raise SavedStateError(f"{weights} holds no network of this kind: {error}; write it again") from None
    return Shipped(model.eval(), diffusion, record)


load_model = cache(read_model)
"""`read_model`, read once."""


def diffusion_of(steps: int) -> Diffusion:
    """Return the diffusion of T steps whose variances are the paper's range times 1000 / T."""
    return Diffusion(linear_schedule(steps, 0.1 / steps, 20 / steps))


def training(budget: Budget = "standard", seed: int = SEED) -> Training:
    """Return the run of a budget, not begun."""
    chosen = lesson(budget, seed)
    train, _ = pictures(chosen.data)
    model = UNet(chosen.network, rng=np.random.default_rng(seed))
    return Training(model, diffusion_of(chosen.steps), chosen.training, scaled(train.images))


def write(
    weights: Path = WEIGHTS, *, checkpoint: Path | None = None, budget: Budget = "standard"
) -> Training:
    """Train the network of a budget on one thread and write it.

    On one thread: how sums are split among several changes their last bits, and training carries that on.

    Args:
        weights: The file.
        checkpoint: Where the run is kept, and goes on from if it is there.
        budget: Of `lesson`.
    """
    commit = commit_of("foundations", "implementations/cnn", "implementations/ddpm")
    threads, run = get_num_threads(), training(budget)
    if checkpoint is not None and checkpoint.exists():
        run.resume(checkpoint)

    def tell(step: int, _: float) -> None:
        if step % EVERY == 0:
            print(f"step {step}: loss {np.mean(run.losses[-EVERY:]):.4f}", file=sys.stderr, flush=True)
            if checkpoint is not None:
                run.save(checkpoint)

    set_num_threads(1)
    try:
        run.run(after_step=tell)
    finally:
        set_num_threads(threads)
    metadata = {
        "command": COMMAND,
        "seed": str(SEED),
        "budget": budget,
        "commit": commit,
        "steps": str(run.diffusion.steps),
        "training": json.dumps(asdict(run.config)),
        "network": json.dumps(asdict(lesson(budget, SEED).network)),
        "losses": json.dumps([round(float(np.mean(run.losses[i : i + 50])), 5) for i in _fifties(run)]),
    }
    weights.parent.mkdir(exist_ok=True)
    with run.ema.applied():
        ship(dict(run.model.state_dict()), weights=weights, metadata=metadata, command=COMMAND)
    return run


def _fifties(run: Training) -> range:
    return range(0, len(run.losses), 50)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog=COMMAND, description="Train the network that ships, and write it.")
    parser.add_argument("--checkpoint", type=Path, help="keep the run here, and go on from it")
    finished = write(checkpoint=parser.parse_args().checkpoint)
    print(f"trained for {finished.step} steps, last loss {np.mean(finished.losses[-EVERY:]):.4f}")
