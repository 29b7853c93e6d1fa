"""The one teacher of `three-percent`: trained on all 52,000 digits that the seeds learn from.

`python -m papers.distillation.experiments.big_teacher` trains it and writes what it answers to
`weights/big_teacher.safetensors`, as bytes with a scale an image: on the digits that students may learn from,
and on the test digits. Killed, it goes on from its checkpoint.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from foundations.nn.serialization import SavedStateError, load_metadata
from foundations.nn.shipping import commit_of, load_shipped, ship
from foundations.runtime import get_num_threads, set_num_threads
from papers.distillation.cases import Settings
from papers.distillation.experiments.draws import FIRST_PILOT_SEED, FOLDS, TRAINING, digits, rows
from papers.distillation.networks import PAPER_CONFIGS, Net
from papers.distillation.training import Training
from papers.distillation.transfer import errors

WEIGHTS = Path(__file__).parents[1] / "weights" / "big_teacher.safetensors"
CHECKPOINT = Path("runs") / "distillation" / "big_teacher.safetensors"
COMMAND = "python -m papers.distillation.experiments.big_teacher"
SETTINGS = Settings(epochs=15, learning_rate=0.002, batch_size=200)
SEEDS = (*range(FOLDS), FIRST_PILOT_SEED, FIRST_PILOT_SEED + 1)
FEW = 1560
"""Three in a hundred of 52,000."""
SAVE_EVERY = 130


class Given(NamedTuple):
    """What the teacher answers.

    Attributes:
        training: Logits on the 1560 digits of each of `SEEDS`, shape (10, 1560, 10).
        test: Logits on the test digits, shape (10000, 10).
    """

    training: np.ndarray
    test: np.ndarray


def learned_from() -> np.ndarray:
    """Return the numbers of the 52,000 digits: those seeds 0 to 7 train on, not their validation digits."""
    return np.concatenate([rows(seed, "standard")[:TRAINING] for seed in range(FOLDS)])


def few(seed: int) -> np.ndarray:
    """Return the numbers of a seed's 1560 digits, all of which the teacher has seen."""
    if seed < FIRST_PILOT_SEED:
        return rows(seed, "standard")[:FEW]
    return np.random.default_rng(seed).permutation(learned_from())[:FEW]


@cache
def given(weights: Path = WEIGHTS) -> Given:
    """Return what ships.

    Raises:
        SavedStateError: If the file is missing, broken or of something else.
    """
    said, arrays = load_metadata(weights), load_shipped(weights)
    if said.get("command") != COMMAND or set(arrays) != {"training", "test"}:
        raise SavedStateError(
            f"{weights} does not hold this teacher's answers: restore it, or run `{COMMAND}`"
        )
    shapes = (len(SEEDS) * FEW, 10), (10_000, 10)
    if (arrays["training"].shape, arrays["test"].shape) != shapes:
        raise SavedStateError(f"{weights} expects shapes {shapes}: restore it, or run `{COMMAND}`")
    return Given(arrays["training"].reshape(len(SEEDS), FEW, 10), arrays["test"])


def write(weights: Path = WEIGHTS, checkpoint: Path = CHECKPOINT) -> float:
    """Train the teacher, on one thread, and write its answers.

    Returns:
        The share of the test digits that it reads wrong.
    """
    commit, threads = commit_of("foundations", "papers/distillation"), get_num_threads()
    set_num_threads(1)
    try:
        net = _train(checkpoint)
    finally:
        set_num_threads(threads)
    data = digits("standard")
    answers = {
        "training": np.concatenate([net.logits(data["train"].images[few(seed)]) for seed in SEEDS]),
        "test": net.logits(data["test"].images),
    }
    wrong = errors(answers["test"], data["test"].labels) / len(data["test"].labels)
    about = {"command": COMMAND, "seed": str(SETTINGS.seed), "budget": "standard", "commit": commit}
    about |= {"net": json.dumps(asdict(net.config)), "settings": json.dumps(asdict(SETTINGS))}
    weights.parent.mkdir(exist_ok=True)
    ship(answers, weights=weights, metadata=about | {"wrong": str(wrong)}, command=COMMAND)
    checkpoint.unlink(missing_ok=True)
    return wrong


def _train(checkpoint: Path) -> Net:
    net = Net(PAPER_CONFIGS["teacher"], rng=np.random.default_rng(SETTINGS.seed))
    run = Training(net, digits("standard")["train"].take(learned_from()), SETTINGS)
    if checkpoint.exists():
        run.resume(checkpoint)
    while run.step < run.steps:
        run.run(run.step + SAVE_EVERY)
        checkpoint.parent.mkdir(parents=True, exist_ok=True)
        run.save(checkpoint)
        print(f"  step {run.step:5} of {run.steps}: loss {run.losses[-1]:.3f} nats", flush=True)
    return net.eval()


if __name__ == "__main__":
    argparse.ArgumentParser(prog=COMMAND, description=__doc__).parse_args()  # it takes none
    print(f"{write():.2%} of 10,000 test digits read wrong")
