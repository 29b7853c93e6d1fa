"""The network that ships: `python -m papers.quantization.demo_weights` trains, folds and writes it.

It drives the figure of the notes, and stands in `weights/digits.safetensors` for NumPy and in
`interactive/quantised.js` for the page, in float32: rounding is what the figure does. A hundred noisy test
digits go with it, and the ranges of activations.
"""

from __future__ import annotations

import argparse
import base64
import json
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from foundations.errors import FoundationsError
from foundations.files import write_atomically
from foundations.nn.serialization import SavedStateError, load_arrays, load_metadata, save_arrays
from foundations.nn.shipping import commit_of
from foundations.runtime import get_num_threads, set_num_threads
from papers.quantization.digits import Digits, Rows
from papers.quantization.folded import FoldedNet, fold, folded_net
from papers.quantization.model import calibrate
from papers.quantization.networks import CONFIGS, Convolution, Net, NetConfig
from papers.quantization.training import accuracy, train

WEIGHTS = Path(__file__).parent / "weights" / "digits.safetensors"
SCRIPT = Path(__file__).parent / "interactive" / "quantised.js"
COMMAND = "python -m papers.quantization.demo_weights"
SEED, STEPS, RATE, SHOWN = 50, 600, 0.01, 100
"""The seed is none of the claims'."""


class Shipped(NamedTuple):
    """The folded network, ranges of its activations, and 100 digits that it never learned from."""

    net: FoldedNet
    ranges: tuple[tuple[float, float], ...]
    digits: Digits


def read_model(weights: Path = WEIGHTS) -> Shipped:
    """Return what ships.

    Raises:
        SavedStateError: If the file is missing, broken, or of another kind of network.
    """
    said, arrays = load_metadata(weights), load_arrays(weights)
    try:
        record = json.loads(said["network"])
        layers = tuple(Convolution(**one) for one in record["config"]["convolutions"])
        config = NetConfig(**record["config"] | {"convolutions": layers})
        digits = Digits(arrays.pop("images"), arrays.pop("labels").astype(np.int64))
        ranges = tuple((float(low), float(high)) for low, high in record["ranges"])
        return Shipped(folded_net(config, arrays), ranges, digits)
    except (FoundationsError, KeyError, TypeError, ValueError) as error:
        raise SavedStateError(
            f"{weights} holds no network of this kind ({error}): restore it, or write it with `{COMMAND}`"
        ) from None


load_model = cache(read_model)
"""`read_model`, read once."""


def write(weights: Path = WEIGHTS, script: Path = SCRIPT, *, steps: int = STEPS) -> tuple[float, int]:
    """Train the separable network on digits that ship with the package, on one thread, and write both files.

    Returns:
        The share of 1,000 test digits read right, and how many of those shown.
    """
    commit, threads = commit_of("foundations", "papers/quantization"), get_num_threads()
    rows = Rows(SEED, "quick", n_train=4500, n_validation=500, n_test=1000)
    net = Net(CONFIGS["separable"], rng=np.random.default_rng([SEED, 4]))
    set_num_threads(1)
    try:
        train(net, rows.training, steps=steps, rate=RATE, rng=np.random.default_rng([SEED, 5]))
        folded = fold(net)
        ranges = calibrate(folded, rows.training.images[:1000])
        right = accuracy(folded(rows.test.images), rows.test.labels)
    finally:
        set_num_threads(threads)
    shown = Digits(rows.test.images[:SHOWN], rows.test.labels[:SHOWN])
    network = {
        "config": asdict(folded.config),
        "ranges": ranges,
        "right": right,
        "read": folded(shown.images).argmax(axis=1).tolist(),
    }
    metadata = {
        "command": COMMAND,
        "seed": str(SEED),
        "budget": f"{steps} steps of 64 digits, Adam at {RATE}",
        "commit": commit,
        "network": json.dumps(network),
    }
    arrays = folded.state() | {"images": shown.images, "labels": shown.labels.astype(np.float32)}
    for file in (weights, script):
        file.parent.mkdir(exist_ok=True)
    save_arrays(weights, arrays, metadata=metadata)
    given = {name: {"shape": one.shape, "values": _base64(one)} for name, one in arrays.items()}
    text = json.dumps({"metadata": metadata, "arrays": given}, separators=(",", ":"))
    content = f"// Written by `{COMMAND}`: not by hand.\nfigure.give({text});\n"
    write_atomically(script, content, error=SavedStateError)
    found = folded(shown.images).argmax(axis=1) == shown.labels
    return right, int(found.sum())


def _base64(array: np.ndarray) -> str:
    return base64.b64encode(array.astype("<f4").tobytes()).decode()


if __name__ == "__main__":
    argparse.ArgumentParser(prog=COMMAND, description=__doc__).parse_args()  # it takes none
    share, of_shown = write()
    print(f"{share:.1%} of 1,000 test digits read right, {of_shown} of the {SHOWN} that ship")
