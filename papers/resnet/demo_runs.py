"""The paper's own experiment on CIFAR-10, resumable: `python -m papers.resnet.demo_runs full`.

Plain and residual networks of 20 and 56 layers, 64,000 steps each. Every 200 steps a run leaves a checkpoint
in `runs/resnet`; the same command goes on from there, bit for bit with the same number of threads, and writes
`records/full.json` at the end. On two cores it takes days.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from foundations.data import load
from foundations.files import write_atomically
from foundations.nn.serialization import SavedStateError
from foundations.nn.shipping import commit_of
from papers.resnet.augment import standard
from papers.resnet.configs import PAPER_CONFIGS, ResNetConfig
from papers.resnet.resnet import ResNet
from papers.resnet.training import Recipe, Training, error_rate

RUNS = Path("runs") / "resnet"
RECORDS = Path(__file__).parent / "records"
SAVE_EVERY = 200
NETWORKS = {
    "plain-20": PAPER_CONFIGS["plain-20"],
    "residual-20": PAPER_CONFIGS["cifar-20"],
    "plain-56": PAPER_CONFIGS["plain-56"],
    "residual-56": PAPER_CONFIGS["cifar-56"],
}


class Images(NamedTuple):
    """Standardised images and their labels, for training and for the test.

    Attributes:
        train: float32, shape (n, C, H, W), and labels (n,).
        test: Likewise.
        data: The data set that was used: a copy may have stood in for the one asked for.
    """

    train: tuple[np.ndarray, np.ndarray]
    test: tuple[np.ndarray, np.ndarray]
    data: str


def images(name: str = "cifar10") -> Images:
    """Return a data set without the per-pixel mean of its training images.

    Raises:
        DataError: If it can be neither found nor fetched.
    """
    data = load(name)
    parts = {}
    for split in ("train", "test"):
        pixels = np.asarray(data[split]["images"], dtype=np.float32)
        pixels = pixels[..., None] if pixels.ndim == 3 else pixels  # digits have one channel
        parts[split] = (pixels.transpose(0, 3, 1, 2), data[split]["labels"])
    scale = standard(parts["train"][0])
    scaled = {split: (scale.apply(x), labels) for split, (x, labels) in parts.items()}
    return Images(scaled["train"], scaled["test"], data.name)


def learn(
    config: ResNetConfig,
    recipe: Recipe,
    given: tuple[np.ndarray, np.ndarray],
    checkpoint: Path | None = None,
) -> Training:
    """Train a network, from the checkpoint on if there is one, and keep it there every 200 steps.

    Args:
        config: The network; its first weights follow from the recipe's seed.
        recipe: How to train it.
        given: Standardised images and labels.
        checkpoint: A .safetensors file; none by default.

    Raises:
        CheckpointError: If the checkpoint is damaged or of another run.
    """
    run = Training(ResNet(config, rng=np.random.default_rng(recipe.seed)), recipe, *given)
    if checkpoint is not None and checkpoint.exists():
        run.resume(checkpoint)
        print(f"  goes on at step {run.step} of {recipe.steps}, from {checkpoint}", flush=True)
    while run.step < recipe.steps:
        run.run(run.step - run.step % SAVE_EVERY + SAVE_EVERY)
        if checkpoint is not None:
            checkpoint.parent.mkdir(parents=True, exist_ok=True)
            run.save(checkpoint)
            print(f"  step {run.step} of {recipe.steps}: loss {run.losses[-1]:.3f} nats", flush=True)
    run.model.eval()
    return run


def record(
    networks: dict[str, ResNetConfig],
    recipe: Recipe,
    data: str = "cifar10",
    *,
    runs: Path = RUNS,
    records: Path = RECORDS,
) -> dict[str, Any]:
    """Train networks one after the other and write their errors to `records/full.json`.

    A network that is done is not trained again: its last checkpoint stays until all are.

    Args:
        networks: By name.
        recipe: How to train each.
        data: What to learn.
        runs: Folder of the checkpoints, which are removed at the end.
        records: Folder of the record.

    Returns:
        What was written: errors in per cent and what they belong to.
    """
    commit, given = commit_of("foundations", "papers/resnet"), images(data)
    files, errors = {}, {}
    for name, config in networks.items():
        print(f"{name}: {recipe.steps} steps", flush=True)
        files[name] = runs / f"full-{name}.safetensors"
        run = learn(config, recipe, given.train, files[name])
        errors[name] = {
            "test_error": 100 * error_rate(run.model, *given.test),
            "training_error": 100 * error_rate(run.model, *given.train),
        }
    said = {
        "command": "python -m papers.resnet.demo_runs full",
        "commit": commit,
        "data": given.data,
        "recipe": asdict(recipe),
        "errors": errors,
    }
    records.mkdir(parents=True, exist_ok=True)
    write_atomically(records / "full.json", json.dumps(said, indent=1) + "\n", error=SavedStateError)
    for file in files.values():
        file.unlink(missing_ok=True)
    return said


if __name__ == "__main__":
    if sys.argv[1:] != ["full"]:
        sys.exit("expected the budget full: python -m papers.resnet.demo_runs full")
    for network, found in record(NETWORKS, Recipe())["errors"].items():
        print(f"{network}: {found['test_error']:.2f} % of the test images read wrong")
