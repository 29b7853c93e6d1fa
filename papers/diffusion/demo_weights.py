"""The networks of the page's digits as they ship: `python -m papers.diffusion.demo_weights` writes them.

A U-Net of ADM that is told no class, and a classifier of noisy digits that guides it, both trained on digits
of 14 × 14 pixels in a frame of one, in about six minutes of one core. The digits that they draw, by class
and scale, go into `interactive/guided_digits.js` for the page.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from foundations.data import load
from foundations.errors import FoundationsError
from foundations.nn.serialization import SavedStateError, load_metadata
from foundations.nn.shipping import commit_of, load_shipped, ship
from foundations.runtime import get_num_threads, set_num_threads
from implementations.ddpm.schedules import linear_schedule
from papers.diffusion.configs import UNetConfig
from papers.diffusion.gaussian import GaussianDiffusion
from papers.diffusion.guidance import NoisyClassifier
from papers.diffusion.training import TrainingConfig, train_classifier, train_denoiser
from papers.diffusion.unet import UNet

WEIGHTS = Path(__file__).parent / "weights" / "guided.safetensors"
COMMAND = "python -m papers.diffusion.demo_weights"
SEED, STEPS, SIZE, INNER = 0, 100, 16, 14
DENOISER = UNetConfig(
    size=SIZE, channels=1, width=16, multipliers=(1, 2), depth=1, attention=(), groups=8, patch=2
)
GUIDE = UNetConfig(
    size=SIZE, channels=1, width=16, multipliers=(1, 2), depth=1, attention=(), groups=8, patch=2, classes=10
)
LEARNING = TrainingConfig(steps=2600, batch_size=32, learning_rate=2e-3, seed=SEED)
GUIDE_LEARNING = TrainingConfig(steps=3000, batch_size=32, learning_rate=3e-3, seed=SEED + 1)


class Shipped(NamedTuple):
    """What ships.

    Attributes:
        model: The denoiser, which is told no class.
        guide: The classifier of noisy digits.
        diffusion: The chain that both were trained with.
        record: How they came about.
    """

    model: UNet
    guide: NoisyClassifier
    diffusion: GaussianDiffusion
    record: dict[str, str]


def diffusion() -> GaussianDiffusion:
    """Return the chain: T = 100, DDPM's range of variances times 10."""
    return GaussianDiffusion(linear_schedule(STEPS, 0.1 / STEPS, 20 / STEPS))


def framed(images: np.ndarray) -> np.ndarray:
    """Return pictures of 28 × 28 from 0 to 1 as (n, 1, 16, 16) from -1 to 1: means of 2 × 2, and a frame."""
    means = images.reshape(len(images), INNER, 2, INNER, 2).mean(axis=(2, 4))
    return np.pad(2 * means - 1, ((0, 0), (1, 1), (1, 1)), constant_values=-1).astype(np.float32)[:, None]


def digits(name: str, split: str) -> tuple[np.ndarray, np.ndarray]:
    """Return framed digits and their classes."""
    found = load(name)[split]
    images = np.asarray(found["images"])
    images = images / 255.0 if images.dtype == np.uint8 else images
    return framed(images), np.asarray(found["labels"])


def read_model(weights: Path = WEIGHTS) -> Shipped:
    """Return the networks as they ship.

    Raises:
        SavedStateError: If the file is missing, damaged, or holds other networks.
    """
    record, arrays = load_metadata(weights), load_shipped(weights)
    model, guide = (
        UNet(DENOISER, rng=np.random.default_rng(0)),
        NoisyClassifier(GUIDE, rng=np.random.default_rng(0)),
    )
    try:
        if json.loads(record["network"]) != _as_json(DENOISER):
            raise SavedStateError("its network has another configuration")
        for prefix, network in (("model.", model), ("guide.", guide)):
            own = {n.removeprefix(prefix): a for n, a in arrays.items() if n.startswith(prefix)}
            network.load_state_dict(own)
    except (FoundationsError, KeyError, TypeError, ValueError) as error:
        raise SavedStateError(f"{weights} does not hold these networks: {error}; write it again") from None
    return Shipped(model.eval(), guide.eval(), diffusion(), record)


load_model = cache(read_model)
"""`read_model`, read once."""


def _as_json(config: UNetConfig) -> object:
    return json.loads(json.dumps(asdict(config)))


def write(weights: Path = WEIGHTS, *, data: str = "mnist") -> dict[str, str]:
    """Train both networks on one thread and write them; return the record."""
    commit = commit_of("foundations", "implementations/ddpm", "papers/diffusion")
    threads = get_num_threads()
    set_num_threads(1)
    try:
        images, labels = digits(data, "train")
        model = UNet(DENOISER, rng=np.random.default_rng(SEED))
        losses = train_denoiser(model, diffusion(), LEARNING, images)
        guide = NoisyClassifier(GUIDE, rng=np.random.default_rng(SEED + 1))
        of_guide = train_classifier(guide, diffusion(), GUIDE_LEARNING, images, labels)
    finally:
        set_num_threads(threads)
    record = {
        "command": COMMAND,
        "commit": commit,
        "network": json.dumps(asdict(DENOISER)),
        "training": json.dumps(asdict(LEARNING)),
        "loss": f"{np.mean(losses[-200:]):.4f}",
        "guide loss": f"{np.mean(of_guide[-100:]):.4f}",
    }
    arrays = {f"model.{name}": np.asarray(a) for name, a in model.state_dict().items()}
    arrays |= {f"guide.{name}": np.asarray(a) for name, a in guide.state_dict().items()}
    ship(arrays, weights=weights, metadata=record, command=COMMAND)
    return record


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    print(write(parser.parse_args().out))


if __name__ == "__main__":
    main()
