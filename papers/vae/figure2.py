"""Figure 2 for MNIST: `python -m papers.vae.figure2 FOLDER` trains both methods at every N_z and draws it.

The full budget has the paper's sizes: 500 tanh units, N_z of 3, 5, 10, 20 and 200, minibatches of 100, 10⁸
samples an arm. That is about 20 hours of one core. A run that was killed goes on from the folder, to the same
numbers bit for bit.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from foundations.autodiff import no_grad
from foundations.autodiff.tensor import values
from foundations.errors import ExperimentError
from foundations.experiment import Budget, by_budget, parse_budget
from foundations.files import write_atomically
from papers.vae.data import binarised, grey_digits
from papers.vae.training import Training, TrainingConfig
from papers.vae.vae import VAE, VAEConfig, elbo

METHODS = ("aevb", "wake-sleep")
RATES = (0.01, 0.02, 0.1)
"""Section 5: Adagrad's step is chosen from these by the first iterations on the training set."""
COMMAND = "python -m papers.vae.figure2"


@dataclass(frozen=True)
class Plan:
    """Sizes of a budget.

    Attributes:
        data: Name of the data set.
        n_hidden: tanh units on each side.
        latents: N_z of every panel.
        steps: Minibatches of 100.
        trial_steps: Minibatches after which a step size is chosen.
        measured_on: Rows of the training and of the test set whose bound is measured.
        save_every: Minibatches between two checkpoints.
    """

    data: str
    n_hidden: int
    latents: tuple[int, ...]
    steps: int
    trial_steps: int
    measured_on: int
    save_every: int

    def measured_at(self) -> list[int]:
        """Return the steps at which the bound is measured: from 10⁵ samples on, eight a tenfold."""
        first = min(1000, self.steps)
        count = 1 + round(8 * np.log10(self.steps / first))
        return sorted({round(step) for step in np.geomspace(first, self.steps, max(2, count))})


def plan(budget: Budget) -> Plan:
    """Return what a budget trains: seconds, an hour, a day of one core."""
    return by_budget(
        budget,
        quick=Plan("mnist-small", 20, (2, 3), 60, 10, 100, 25),
        standard=Plan("mnist", 200, (3, 20), 100_000, 1000, 1000, 1000),
        full=Plan("mnist", 500, (3, 5, 10, 20, 200), 1_000_000, 1000, 1000, 1000),
    )


Curve = dict[str, list[float]]
"""`samples` evaluated so far to `train` and `test` bounds in nats, and the `rate` that was chosen."""


def run(chosen: Plan, folder: Path, *, seed: int = 0) -> dict[str, Curve]:
    """Train every arm, from where the folder stands, and return the curves.

    Args:
        chosen: What to train.
        folder: Where checkpoints and curves are kept: `aevb-3.safetensors`, `aevb-3.json`, …
        seed: Of weights, minibatches, noise and binarisation.

    Returns:
        Curve of each arm, "aevb-3" and so on.

    Raises:
        ExperimentError: If a curve in the folder is damaged.
        SavedStateError: If a checkpoint in it is damaged or of another run.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parts = ("train", "test")
    rng = np.random.default_rng([seed, 0])
    data = {part: binarised(grey_digits(chosen.data, part), rng=rng) for part in parts}
    return {
        f"{method}-{n}": _arm(method, n, chosen, folder, data, seed)
        for n in chosen.latents
        for method in METHODS
    }


def _arm(
    method: str, n_latent: int, chosen: Plan, folder: Path, data: dict[str, np.ndarray], seed: int
) -> Curve:
    file = folder / f"{method}-{n_latent}.json"
    checkpoint = file.with_suffix(".safetensors")
    curve = _read(file)
    if not curve:
        rate = _first_iterations(method, n_latent, chosen, data, seed)
        curve = {"rate": [rate], "samples": [], "train": [], "test": []}
        _write(file, curve)
    training = _begun(method, n_latent, curve["rate"][0], chosen, data, seed, chosen.steps)
    if checkpoint.exists():
        training.resume(checkpoint)

    def keep(step: int, _loss: float) -> None:
        if step % chosen.save_every == 0:
            training.save(checkpoint)

    for step in chosen.measured_at():
        if 100.0 * step in curve["samples"]:
            continue
        training.run(step, after_step=keep)
        training.save(checkpoint)  # before the curve: what is measured can be measured again
        for part, rows in data.items():
            curve[part].append(_bound(training.model, rows[: chosen.measured_on], [seed, step]))
        curve["samples"].append(100.0 * step)
        _write(file, curve)
    return curve


def _begun(
    method: str, n_latent: int, rate: float, chosen: Plan, data: dict[str, np.ndarray], seed: int, steps: int
) -> Training:
    config = VAEConfig(n_visible=784, n_hidden=chosen.n_hidden, n_latent=n_latent)
    how = TrainingConfig(steps, learning_rate=rate, method=method, seed=seed)  # type: ignore[arg-type]
    return Training(VAE(config, rng=np.random.default_rng([seed, n_latent])), how, data["train"])


def _first_iterations(
    method: str, n_latent: int, chosen: Plan, data: dict[str, np.ndarray], seed: int
) -> float:
    """Return the step size with the best training bound after the first iterations."""
    bounds = {}
    for rate in RATES:
        training = _begun(method, n_latent, rate, chosen, data, seed, chosen.trial_steps)
        training.run()
        bounds[rate] = _bound(training.model, data["train"][: chosen.measured_on], [seed, 0])
    return max(bounds, key=lambda rate: bounds[rate])


@no_grad()
def _bound(model: VAE, x: np.ndarray, seed: list[int]) -> float:
    rng = np.random.default_rng(seed)
    parts = np.array_split(x, max(1, len(x) // 100))
    found = np.concatenate([values(elbo(model, part, rng=rng, n_samples=5)) for part in parts])
    return float(found.mean(dtype=np.float64))


def _read(file: Path) -> Curve:
    try:
        curve = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        curve = None
    names = ("samples", "train", "test")
    if (
        not isinstance(curve, dict)
        or len({len(curve.get(name, ())) for name in names}) != 1
        or not curve.get("rate")
    ):
        raise ExperimentError(
            f"{file} is damaged: remove it and the checkpoint beside it to begin this arm anew"
        )
    return curve


def _write(file: Path, curve: Curve) -> None:
    write_atomically(file, json.dumps(curve) + "\n", error=ExperimentError)


if __name__ == "__main__":
    from papers.vae.demo_figures import draw_figure2

    parser = argparse.ArgumentParser(prog=COMMAND, description="Train and draw figure 2 for MNIST.")
    parser.add_argument("folder", type=Path, help="where the run is kept, and goes on from")
    parser.add_argument("--budget", default="full", help="quick, standard or full (about 20 hours)")
    given = parser.parse_args()
    wanted = plan(parse_budget(given.budget))
    draw_figure2(run(wanted, given.folder), given.folder / "figure2.svg")
    print(f"drawn: {given.folder / 'figure2.svg'}")
