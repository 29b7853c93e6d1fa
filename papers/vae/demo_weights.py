"""Two models with two latent components as they ship: `python -m papers.vae.demo_weights` writes them.

"sum" is trained by the bound. "mean" is the same network trained as long, but with the mean over the pixels
in place of their sum, so that the divergence weighs 784 times too much. They drive the figure of the notes
in which the reader draws a digit, and stand in `weights/digits.safetensors` for NumPy and in
`interactive/latent_weights.js` for the page: the same bytes with a scale a row. Ten test digits go with them.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from foundations.autodiff import no_grad
from foundations.autodiff.tensor import values
from foundations.data import load
from foundations.errors import FoundationsError
from foundations.nn.serialization import SavedStateError, load_metadata
from foundations.nn.shipping import commit_of, load_shipped, ship
from foundations.runtime import get_num_threads, set_num_threads
from papers.vae.data import binarised, grey_digits
from papers.vae.training import Training, TrainingConfig
from papers.vae.vae import VAE, VAEConfig, elbo

WEIGHTS = Path(__file__).parent / "weights" / "digits.safetensors"
SCRIPT = Path(__file__).parent / "interactive" / "latent_weights.js"
COMMAND = "python -m papers.vae.demo_weights"
SEED = 0
CONFIG = VAEConfig(n_visible=784, n_hidden=100, n_latent=2)
KINDS = {"sum": 1.0, "mean": 784.0}
"""Weight of the divergence: the bound's, and what a mean over 784 pixels makes of it."""
TRAINING = TrainingConfig(steps=100_000, learning_rate=0.05, seed=SEED)
EVERY = 10_000


class Shipped(NamedTuple):
    """What ships.

    Attributes:
        models: "sum" and "mean" to their networks.
        examples: Test digits 0 to 9, binary, (10, 784), float32.
        record: How they came about: command, seed, commit, settings, test bounds.
    """

    models: dict[str, VAE]
    examples: np.ndarray
    record: dict[str, str]


def read_models(weights: Path = WEIGHTS) -> Shipped:
    """Return the models as they ship.

    Raises:
        SavedStateError: If the file is missing, damaged, or holds other models.
    """
    record, arrays = load_metadata(weights), load_shipped(weights)
    try:
        config = VAEConfig(**json.loads(record["network"]))
        examples = arrays.pop("examples").reshape(10, config.n_visible)
        models = {kind: VAE(config, rng=np.random.default_rng(0)) for kind in KINDS}
        for kind, model in models.items():
            own = {name: a for name, a in arrays.items() if name.startswith(f"{kind}/")}
            model.load_state_dict({name.removeprefix(f"{kind}/"): a for name, a in own.items()})
        if len(arrays) != sum(len(model.state_dict()) for model in models.values()):
            raise ValueError("there are arrays of something else in it")
    except (FoundationsError, KeyError, TypeError, ValueError) as error:
        raise SavedStateError(
            f"{weights} does not hold the two models of this entry ({error}): restore it, or write it again "
            f"with `{COMMAND}`"
        ) from None
    return Shipped(models, np.rint(examples), record)


load_models = cache(read_models)
"""`read_models`, read once."""


@no_grad()
def bound_of(model: VAE, x: np.ndarray, seed: int = SEED) -> float:
    """Return the mean of L^B over rows, 20 draws a row, nats."""
    rng = np.random.default_rng(seed)
    parts = np.array_split(x, max(1, len(x) // 100))
    return float(np.concatenate([values(elbo(model, part, rng=rng, n_samples=20)) for part in parts]).mean())


def train_rows(name: str = "mnist") -> np.ndarray:
    """Return the training digits, binarised once."""
    return binarised(grey_digits(name, "train"), rng=np.random.default_rng([SEED, 0]))


def held_out_rows(name: str = "mnist") -> np.ndarray:
    """Return the test digits, binarised once."""
    return binarised(grey_digits(name, "test"), rng=np.random.default_rng([SEED, 1]))


def write(
    weights: Path = WEIGHTS,
    script: Path = SCRIPT,
    *,
    name: str = "mnist",
    training: TrainingConfig = TRAINING,
    config: VAEConfig = CONFIG,
) -> dict[str, float]:
    """Train both models on one thread and write the files.

    On one thread: how sums are split among several changes their last bits, and training carries that on.

    Args:
        weights: The .safetensors file.
        script: The .js file.
        name: Data set.
        training: How to train; the weight of the divergence is set by the model's kind.
        config: Sizes of both.

    Returns:
        Test bounds of both models as they ship, nats.
    """
    commit, threads = commit_of("foundations", "papers/vae"), get_num_threads()
    arrays, bounds = {}, {}
    x, test = train_rows(name), held_out_rows(name)
    set_num_threads(1)
    try:
        for kind, weight in KINDS.items():
            how = replace(training, kl_weight=weight)
            run = Training(VAE(config, rng=np.random.default_rng(SEED)), how, x)
            run.run(after_step=lambda step, _, kind=kind, run=run: _tell(kind, step, run))
            bounds[kind] = bound_of(run.model, test)
            arrays |= {f"{kind}/{name}": a for name, a in run.model.state_dict().items()}
    finally:
        set_num_threads(threads)
    labels = np.asarray(load(name)["test"]["labels"])
    first = [int(np.flatnonzero(labels == digit)[0]) for digit in range(10)]
    metadata = {
        "command": COMMAND,
        "seed": str(SEED),
        "data": name,
        "commit": commit,
        "training": json.dumps(asdict(training)),
        "network": json.dumps(asdict(config)),
        "bounds": json.dumps({kind: round(bound, 3) for kind, bound in bounds.items()}),
    }
    for file in (weights, script):
        file.parent.mkdir(exist_ok=True)
    ship(
        arrays | {"examples": test[first]}, weights=weights, script=script, metadata=metadata, command=COMMAND
    )
    return {kind: bound_of(model, test) for kind, model in read_models(weights).models.items()}


def _tell(kind: str, step: int, run: Training) -> None:
    if step % EVERY == 0:
        lately = np.mean(run.losses[-EVERY:])
        print(f"{kind}, step {step}: loss {lately:.2f}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    argparse.ArgumentParser(prog=COMMAND, description=__doc__).parse_args()  # it takes none
    for kind, bound in write().items():
        print(f"{kind}: test bound {bound:.2f} nats as it ships")
