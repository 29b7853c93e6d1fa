"""How good the shipped network is: `python -m implementations.ddpm.demo_judged` measures it once.

Eight samplings are read by the network of `implementations/cnn` and compared with test digits, beside as many
real digits; 64 more are drawn in all 1000 steps; and the bound is computed on test digits. What comes out
stands in `weights/ddpm_judged.json`.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from foundations.errors import DataError
from foundations.experiment import paired_interval
from foundations.files import write_atomically
from foundations.runtime import get_num_threads, set_num_threads
from implementations.cnn.pictures import pictures
from implementations.ddpm.bound import elbo_terms
from implementations.ddpm.demo_weights import WEIGHTS, Shipped, read_model
from implementations.ddpm.frechet import Moments, frechet_distance, moments
from implementations.ddpm.images import scaled, unscaled
from implementations.ddpm.judging import digit_features, read_digits
from implementations.ddpm.sampling import sample

JUDGED = Path(__file__).parent / "weights" / "ddpm_judged.json"
COMMAND = "python -m implementations.ddpm.demo_judged"
SAMPLINGS, DRAWN, STEPS = 8, 128, 50
"""Samplings, digits in each, and steps of each, at times spread evenly among the 1000."""
WHOLE = 64
"""Digits drawn in all 1000 steps."""
BOUNDED = 16
"""Test digits whose bound is computed, at all 1000 times."""


def read(images: np.ndarray, real: Moments) -> dict[str, Any]:
    """Return confidence, share read, shares of the classes and distance from real digits of images."""
    found = read_digits(images)
    return {
        "confidence": round(found.confidence, 4),
        "read": round(found.read, 4),
        "classes": found.classes.round(4).tolist(),
        "distance": round(frechet_distance(moments(digit_features(images)), real), 4),
    }


def drawn(shipped: Shipped, n: int, steps: int | None, seed: int) -> np.ndarray:
    """Return digits in [0, 1] that the network draws."""
    rng = np.random.default_rng([seed, 9])
    return unscaled(sample(shipped.model, shipped.diffusion, (n, 1, 28, 28), rng=rng, steps=steps))


def judge(weights: Path = WEIGHTS) -> dict[str, Any]:
    """Measure the shipped network; the reference are the 10,000 test digits of MNIST."""
    shipped = read_model(weights)
    train, test = pictures("mnist")
    real = moments(digit_features(test.images))
    order = np.random.default_rng(0).permutation(len(train.images))
    found: dict[str, Any] = {"command": COMMAND, "commit": shipped.record["commit"], "steps": STEPS}
    found["samplings"], found["real"] = [], []
    for i in range(SAMPLINGS):
        found["samplings"].append(read(drawn(shipped, DRAWN, STEPS, i), real))
        found["real"].append(read(train.images[order[i * DRAWN : (i + 1) * DRAWN]], real))
        print(f"sampling {i}: {found['samplings'][-1]}", file=sys.stderr, flush=True)
    for kind in ("samplings", "real"):
        interval = paired_interval([one["distance"] for one in found[kind]])
        found[f"distance_{kind}"] = [round(interval.low, 4), round(interval.high, 4)]
    terms = elbo_terms(
        shipped.model, shipped.diffusion, scaled(test.images[:BOUNDED]), rng=np.random.default_rng(0)
    )
    found["bits_per_dimension"] = round(terms.bits_per_dimension, 4)
    per_bit = terms.values * np.log(2)
    found["bits"] = {
        "L_0": round(float(terms.first.mean() / per_bit), 4),
        "L_1 to L_T-1": round(float(terms.steps.sum(axis=1).mean() / per_bit), 4),
        "L_T": round(float(terms.last.mean() / per_bit), 6),
    }
    print(found["bits"], file=sys.stderr, flush=True)
    found["all_steps"] = read(drawn(shipped, WHOLE, None, SAMPLINGS), real)
    return found


def write(path: Path = JUDGED, weights: Path = WEIGHTS) -> dict[str, Any]:
    """Measure the shipped network on one thread and write what came out."""
    threads = get_num_threads()
    set_num_threads(1)
    try:
        found = judge(weights)
    finally:
        set_num_threads(threads)
    write_atomically(path, json.dumps(found, indent=1) + "\n", error=DataError)
    return found


if __name__ == "__main__":
    argparse.ArgumentParser(prog=COMMAND, description=__doc__).parse_args()  # it takes none
    print(json.dumps(write()["all_steps"]))
