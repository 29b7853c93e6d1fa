"""The network of the standard demo as it ships: `python -m implementations.cnn.demo_weights` writes it.

It drives the figure of the notes in which the reader draws a digit, and stands in
`weights/digits.safetensors` for NumPy and in `interactive/digits.js` for the page: the same bytes with a
scale a row. Batch normalisation is folded into the kernels. Ten test pictures, one a digit, go with it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from functools import cache
from pathlib import Path

import numpy as np

from foundations.nn.serialization import load_metadata
from foundations.nn.shipping import load_shipped, ship
from foundations.runtime import get_num_threads, set_num_threads
from implementations.cnn.demo_lessons import lesson
from implementations.cnn.evaluation import accuracy
from implementations.cnn.folding import folded
from implementations.cnn.networks import ConvNet, ConvNetConfig
from implementations.cnn.pictures import Standard, pictures, standard
from implementations.cnn.training import Training

WEIGHTS = Path(__file__).parent / "weights" / "digits.safetensors"
SCRIPT = Path(__file__).parent / "interactive" / "digits.js"
COMMAND = "python -m implementations.cnn.demo_weights"
SEED = 0


def read_model(weights: Path = WEIGHTS) -> tuple[ConvNet, Standard, np.ndarray]:
    """Return the network as it ships, what standardises its pictures, and ten of them.

    Returns:
        The network in evaluation mode; mean and deviation; pictures of the digits 0 to 9, (10, 1, 28, 28).
    """
    record = json.loads(load_metadata(weights)["network"])
    config = record["config"]
    config["widths"] = tuple(map(tuple, config["widths"]))
    model = ConvNet(ConvNetConfig(**config), rng=np.random.default_rng(0))
    arrays = load_shipped(weights)
    examples = arrays.pop("examples").reshape(10, 1, 28, 28)
    model.load_state_dict(arrays)
    scale = Standard(*(np.array([record[name]], dtype=np.float32) for name in ("mean", "std")))
    return model.eval(), scale, examples


load_model = cache(read_model)
"""`read_model`, read once."""


def examples() -> np.ndarray:
    """Return the first picture of each digit in the test part of mnist-small, (10, 784), in [0, 1]."""
    _, test = pictures("mnist-small")
    first = [int(np.flatnonzero(test.labels == digit)[0]) for digit in range(10)]
    return test.images[first].reshape(10, -1)


def write(weights: Path = WEIGHTS, script: Path = SCRIPT) -> tuple[float, float]:
    """Train the network of the standard demo on all of MNIST and write both files.

    On one thread: how sums are split among several changes their last bits, and training carries that on.

    Returns:
        The share of the 10,000 test pictures read right: as trained, and with the weights as they ship.
    """
    commit, threads = _commit(), get_num_threads()
    chosen = lesson("standard", SEED)
    train, test = pictures(chosen.data)
    scale = standard(train.images)
    model = ConvNet(chosen.network, rng=np.random.default_rng(SEED))
    run = Training(model, chosen.training, train, scale)
    set_num_threads(1)
    try:
        run.run(after_step=lambda step, loss: _tell(step, run.per_epoch, loss))
    finally:
        set_num_threads(threads)
    plain = folded(model)
    network = {
        "config": asdict(plain.config),
        "mean": float(scale.mean[0]),
        "std": float(scale.std[0]),
        "right": accuracy(plain, test, scale),
    }
    metadata = {
        "command": COMMAND,
        "seed": str(SEED),
        "budget": "standard",
        "commit": commit,
        "training": json.dumps(asdict(chosen.training)),
        "network": json.dumps(network),
    }
    arrays = dict(plain.state_dict()) | {"examples": examples()}
    weights.parent.mkdir(exist_ok=True)
    script.parent.mkdir(exist_ok=True)
    ship(arrays, weights=weights, script=script, metadata=metadata, command=COMMAND)
    shipped, scale, _ = read_model(weights)
    return network["right"], accuracy(shipped, test, scale)


def _tell(step: int, per_epoch: int, loss: float) -> None:
    if step % (per_epoch // 4) == 0:
        print(f"epoch {step / per_epoch:.2f}: loss {loss:.3f} nats", file=sys.stderr, flush=True)


def _commit() -> str:
    """Return the commit of the code that trained the network, and whether it was changed since."""
    root = Path(__file__).parents[2]
    code = ["--", "foundations", "implementations/cnn", ":!*.js", ":!*.svg", ":!*.safetensors", ":!*.md"]
    try:
        head, changed = (
            subprocess.run(["git", *command], cwd=root, capture_output=True, text=True, check=True).stdout
            for command in (["rev-parse", "HEAD"], ["status", "--porcelain", *code])
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return head.strip() + (" and changes" if changed.strip() else "")


if __name__ == "__main__":
    trained, shipped = write()
    print(f"{trained:.2%} of 10,000 test pictures read right, {shipped:.2%} with the weights as they ship")
