"""A lesson that takes minutes: it can be killed and goes on, and leaves a record of what it reached.

`python -m implementations.cnn.demo_runs full` teaches the network of the full budget CIFAR-10: half an hour
on two cores at most. Every 100 steps it leaves a checkpoint in `runs/cnn`; the same command goes on from
there, bit for bit with the same number of threads. At the end it writes `records/full.json`.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np

from foundations import nn
from foundations.data import load
from foundations.experiment import Budget
from foundations.files import write_atomically
from foundations.nn.serialization import SavedStateError
from foundations.nn.shipping import commit_of
from foundations.runtime import get_num_threads
from implementations.cnn.demo_lessons import Lesson, lesson
from implementations.cnn.evaluation import accuracy
from implementations.cnn.networks import ConvNet
from implementations.cnn.pictures import Pictures, Standard, as_images, standard
from implementations.cnn.training import Training

RUNS = Path("runs") / "cnn"
RECORDS = Path(__file__).parent / "records"
SAVE_EVERY = 100


class Learnt(NamedTuple):
    """A run at its end.

    Attributes:
        model: The network, in evaluation mode.
        run: With its losses.
        scale: Mean and deviation of the training pictures.
        test: Pictures that it was never shown.
        data: The data set that was used: a copy may have stood in for the one asked for.
        seconds: Of training, those before it was killed included.
    """

    model: ConvNet
    run: Training
    scale: Standard
    test: Pictures
    data: str
    seconds: float


def checkpoint_of(budget: Budget, seed: int) -> Path | None:
    """Return where a run of minutes leaves its checkpoint; one of seconds leaves none."""
    return None if budget == "quick" else RUNS / f"{budget}-{seed}.safetensors"


def learn(chosen: Lesson, seed: int, checkpoint: Path | None = None) -> Learnt:
    """Teach a network a lesson, from the checkpoint on if there is one.

    Args:
        chosen: What to learn.
        seed: Of the initial weights.
        checkpoint: Written every 100 steps and read if it exists; none by default.

    Raises:
        CheckpointError: If the checkpoint is damaged or of another run.
        DataError: If the data set can be neither found nor fetched.
    """
    data = load(chosen.data)
    train, test = (
        Pictures(as_images(data[split]["images"]), data[split]["labels"]) for split in ("train", "test")
    )
    scale = standard(train.images)
    model = ConvNet(chosen.network, rng=np.random.default_rng(seed))
    run = Training(model, chosen.training, train, scale)
    seconds = 0.0
    if checkpoint is not None and checkpoint.exists():
        run.resume(checkpoint)
        seconds = _seconds(checkpoint)
        print(f"  goes on at step {run.step} of {run.steps}, from {checkpoint}", flush=True)
    while run.step < run.steps:
        began = time.perf_counter()
        run.run(run.step - run.step % SAVE_EVERY + SAVE_EVERY, after_step=lambda *at: _tell(run.steps, *at))
        seconds += time.perf_counter() - began
        if checkpoint is not None:
            checkpoint.parent.mkdir(parents=True, exist_ok=True)
            run.save(checkpoint)
            write_atomically(_clock(checkpoint), json.dumps({"seconds": seconds}), error=SavedStateError)
    return Learnt(model.eval(), run, scale, test, data.name, seconds)


def _clock(checkpoint: Path) -> Path:
    return checkpoint.with_suffix(".seconds.json")


def _seconds(checkpoint: Path) -> float:
    """Return the seconds that a run had taken by its checkpoint; not a number where they are not known."""
    try:
        return float(json.loads(_clock(checkpoint).read_text())["seconds"])
    except (OSError, ValueError, KeyError, TypeError):
        return float("nan")


def forget(checkpoint: Path) -> None:
    """Remove the checkpoint of a run that is over."""
    for path in (checkpoint, _clock(checkpoint)):
        path.unlink(missing_ok=True)


def record(budget: Budget, seed: int = 0, *, runs: Path = RUNS, records: Path = RECORDS) -> dict[str, Any]:
    """Run the lesson of a budget and write what it reached to `BUDGET.json`.

    Args:
        budget: Of the lesson.
        seed: Of weights, order and variations.
        runs: Folder of the checkpoint, which is removed at the end.
        records: Folder of the record.

    Returns:
        What was written: the share read right, seconds of training, and what they belong to.
    """
    commit, chosen = commit_of("foundations", "implementations/cnn"), lesson(budget, seed)
    checkpoint = runs / f"{budget}-{seed}.safetensors"
    model, run, scale, test, data, seconds = learn(chosen, seed, checkpoint)
    said = {
        "command": f"python -m implementations.cnn.demo_runs {budget}",
        "commit": commit,
        "seed": seed,
        "data": data,
        "training_pictures": len(run.pictures.labels),
        "test_pictures": len(test.labels),
        "right": accuracy(model, test, scale),
        "expected_at_least": chosen.least,
        "seconds": round(seconds, 1),
        "steps": run.steps,
        "threads": get_num_threads(),
        "cores": os.cpu_count(),
        "parameters": nn.count_parameters(model),
        "network": asdict(chosen.network),
        "training": asdict(chosen.training),
    }
    records.mkdir(exist_ok=True)
    write_atomically(records / f"{budget}.json", json.dumps(said, indent=1) + "\n", error=SavedStateError)
    forget(checkpoint)
    return said


def _tell(steps: int, step: int, loss: float) -> None:
    if step % max(1, steps // 8) == 0:
        print(f"  step {step:5} of {steps}: loss {loss:.3f} nats", flush=True)


if __name__ == "__main__":
    asked = sys.argv[1:]
    if asked not in (["standard"], ["full"]):
        sys.exit("expected one budget, standard or full: python -m implementations.cnn.demo_runs full")
    found = record(cast("Budget", asked[0]))
    print(f"{found['right']:.2%} of {found['test_pictures']:,} test pictures of {found['data']} read right")
    print(f"{found['seconds'] / 60:.1f} minutes of training, {found['threads']} threads, {found['commit']}")
