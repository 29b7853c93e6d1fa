"""The network of the standard demo as it ships: `python -m implementations.cnn.demo_weights` writes it.

It drives the figure of the notes in which the reader draws a digit, and stands in
`weights/digits.safetensors` for NumPy and in `interactive/digits.js` for the page: the same bytes with a
scale a row. Batch normalisation is folded into the kernels. Ten test pictures, one a digit, go with it.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from functools import cache
from pathlib import Path

import numpy as np

from foundations.errors import FoundationsError
from foundations.nn.serialization import SavedStateError, load_metadata
from foundations.nn.shipping import commit_of, load_shipped, ship
from foundations.runtime import get_num_threads, set_num_threads
from implementations.cnn.demo_lessons import lesson
from implementations.cnn.demo_runs import RUNS, forget, learn
from implementations.cnn.evaluation import accuracy
from implementations.cnn.folding import folded
from implementations.cnn.networks import ConvNet, ConvNetConfig
from implementations.cnn.pictures import Standard, pictures

WEIGHTS = Path(__file__).parent / "weights" / "digits.safetensors"
SCRIPT = Path(__file__).parent / "interactive" / "digits.js"
COMMAND = "python -m implementations.cnn.demo_weights"
SEED = 0
CHECKPOINT = RUNS / "shipped.safetensors"


def read_model(weights: Path = WEIGHTS) -> tuple[ConvNet, Standard, np.ndarray]:
    """Return the network as it ships, what standardises its pictures, and ten of them.

    Returns:
        The network in evaluation mode; mean and deviation; pictures of the digits 0 to 9, (10, 1, 28, 28).

    Raises:
        SavedStateError: If the file is missing, broken, or of another kind of network.
    """
    said, arrays = load_metadata(weights), load_shipped(weights)
    try:
        record = json.loads(said["network"])
        widths = tuple(map(tuple, record["config"]["widths"]))
        model = ConvNet(ConvNetConfig(**record["config"] | {"widths": widths}), rng=np.random.default_rng(0))
        examples = arrays.pop("examples").reshape(10, model.config.channels, model.config.size, -1)
        scale = Standard(*(np.array([record[name]], dtype=np.float32) for name in ("mean", "std")))
        model.load_state_dict(arrays)
    except (FoundationsError, KeyError, TypeError, ValueError) as error:
        raise SavedStateError(
            f"{weights} does not hold a network for digits ({error}): restore it, or write it again with "
            f"`{COMMAND}`"
        ) from None
    return model.eval(), scale, examples


load_model = cache(read_model)
"""`read_model`, read once."""


def examples() -> np.ndarray:
    """Return the first picture of each digit in the test part of mnist-small, (10, 784), in [0, 1]."""
    _, test = pictures("mnist-small")
    first = [int(np.flatnonzero(test.labels == digit)[0]) for digit in range(10)]
    return test.images[first].reshape(10, -1)


def write(
    weights: Path = WEIGHTS, script: Path = SCRIPT, checkpoint: Path = CHECKPOINT
) -> tuple[float, float]:
    """Train the network of the standard demo on all of MNIST and write both files.

    Killed, it goes on from its checkpoint. On one thread: how sums are split among several changes their last
    bits, and training carries that on.

    Returns:
        The share of the 10,000 test pictures read right: as trained, and with the weights as they ship.
    """
    commit, threads = commit_of("foundations", "implementations/cnn"), get_num_threads()
    chosen = lesson("standard", SEED)
    set_num_threads(1)
    try:
        model, _, scale, test, _, seconds = learn(chosen, SEED, checkpoint)
    finally:
        set_num_threads(threads)
    plain = folded(model)
    network = {
        "config": asdict(plain.config),
        "mean": float(scale.mean[0]),
        "std": float(scale.std[0]),
        "right": accuracy(plain, test, scale),
        "seconds": round(seconds, 1),
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
    forget(checkpoint)
    shipped, scale, _ = read_model(weights)
    return network["right"], accuracy(shipped, test, scale)


if __name__ == "__main__":
    argparse.ArgumentParser(prog=COMMAND, description=__doc__).parse_args()  # it takes none
    trained, shipped = write()
    print(f"{trained:.2%} of 10,000 test pictures read right, {shipped:.2%} with the weights as they ship")
