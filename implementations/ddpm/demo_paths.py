"""What the page's figure shows: `python -m implementations.ddpm.demo_paths` records it.

A digit of the test set and the noise that is added to it, the network's guesses of it at 41 times, and two
samples on their way from noise, each with its guesses. It stands in `weights/paths.safetensors` for NumPy and
in `interactive/diffusion_paths.js` for the page: bytes with a scale a row.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from foundations.autodiff import no_grad
from foundations.autodiff.tensor import values
from foundations.nn.serialization import load_metadata
from foundations.nn.shipping import load_shipped, ship
from implementations.cnn.pictures import pictures
from implementations.ddpm.demo_weights import load_model
from implementations.ddpm.diffusion import Diffusion
from implementations.ddpm.images import scaled
from implementations.ddpm.sampling import ancestral
from implementations.ddpm.unet import UNet

RECORDED = Path(__file__).parent / "weights" / "paths.safetensors"
SCRIPT = Path(__file__).parent / "interactive" / "diffusion_paths.js"
COMMAND = "python -m implementations.ddpm.demo_paths"
DIGIT, NOISE, SAMPLES = 3, 1, (0, 1)
"""The digit, the seed of the noise added to it, and the seeds of the two samples."""
TIMES = tuple(range(0, 1001, 25))


@no_grad()
def guesses(model: UNet, diffusion: Diffusion, x0: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Return what the network takes a noisy digit to be at the recorded times, clipped to [-1, 1].

    Args:
        model: In evaluation mode.
        diffusion: With T = 1000.
        x0: The digit, shape (1, 1, 28, 28), in [-1, 1].
        noise: Of the same shape.

    Returns:
        Shape (41, 784); the first row, at t = 0, is the digit itself.
    """
    times = np.array(TIMES[1:])
    xt = diffusion.noisy(np.repeat(x0, len(times), 0), times, np.repeat(noise, len(times), 0))
    found = diffusion.x0_from_noise(xt, times, values(model(xt, times)))
    return np.concatenate([x0, np.clip(found, -1, 1)]).reshape(len(TIMES), -1)


def path(model: UNet, diffusion: Diffusion, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return one sample at the recorded times, and what the network took it to be at each, both (41, 784)."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((1, 1, 28, 28), dtype=np.float32)
    at, seen = {diffusion.steps: x}, {}
    for step in ancestral(model, diffusion, x, rng=rng):
        at[step.t - 1], seen[step.t] = step.images, step.guess
    seen[0] = at[0]
    return tuple(np.concatenate([kept[t] for t in TIMES]).reshape(len(TIMES), -1) for kept in (at, seen))  # type: ignore[return-value]


def record() -> dict[str, np.ndarray]:
    """Return everything that the figure shows, rows of 784 pixels by name."""
    shipped = load_model()
    model, diffusion = shipped.model, shipped.diffusion
    _, test = pictures("mnist-small")
    x0 = scaled(test.images[int(np.flatnonzero(test.labels == DIGIT)[0])][None])
    noise = np.random.default_rng(NOISE).standard_normal(x0.shape, dtype=np.float32)
    found = {"digit": x0.reshape(1, -1), "noise": noise.reshape(1, -1)}
    found["guesses"] = guesses(model, diffusion, x0, noise)
    for name, seed in zip("ab", SAMPLES, strict=True):
        found[f"path_{name}"], found[f"guesses_{name}"] = path(model, diffusion, seed)
    return found


def read(recorded: Path = RECORDED) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Return what was recorded, and the times and the schedule that go with it."""
    return load_shipped(recorded), json.loads(load_metadata(recorded)["paths"])


def noisy_digit(t: int) -> np.ndarray:
    """Return the recorded digit with its noise at a time from 0, shape (784,)."""
    arrays, _ = read()
    if t == 0:
        return arrays["digit"][0]
    return load_model().diffusion.noisy(arrays["digit"][0], t, arrays["noise"][0])


def write(recorded: Path = RECORDED, script: Path = SCRIPT) -> None:
    """Record, and write both files."""
    shipped = load_model()
    beta = shipped.diffusion.beta
    about = {
        "times": TIMES,
        "schedule": {"steps": shipped.diffusion.steps, "first": beta[1], "last": beta[-1]},
    }
    metadata = {
        "command": COMMAND,
        "seed": json.dumps([NOISE, *SAMPLES]),
        "budget": "standard",
        "commit": shipped.record["commit"],
        "paths": json.dumps(about),
    }
    ship(record(), weights=recorded, script=script, metadata=metadata, command=COMMAND)


if __name__ == "__main__":
    argparse.ArgumentParser(prog=COMMAND, description=__doc__).parse_args()  # it takes none
    write()
