"""The demo: noise is added and taken away, first by the formulas, then by a trained network."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from foundations.demo_report import Report
from foundations.experiment import Budget
from implementations.cnn.pictures import pictures
from implementations.ddpm import demo_figures
from implementations.ddpm.demo_drawing import draw_unet
from implementations.ddpm.demo_live import draw_live
from implementations.ddpm.demo_weights import diffusion_of, load_model, training
from implementations.ddpm.images import unscaled
from implementations.ddpm.judging import CONFIDENT, read_digits
from implementations.ddpm.sampling import sample

SAMPLES, STEPS = 48, 100
"""Digits that are drawn, and the steps in which: a tenth of the T = 1000 it was trained with."""


def demo(budget: Budget, *, seed: int, out: Path) -> Report:
    """Add noise, train a network to guess it, and draw digits with the one that ships.

    Args:
        budget: "quick" trains a tiny network for seconds, "standard" the one that ships for half an hour,
            "full" a larger one for hours; the digits are drawn by the one that ships in each.
        seed: Seed of the noise, the training and the samples.
        out: Folder for the figures.

    Returns:
        Every number that is printed, by name, and which lines missed their expectation.
    """
    report = Report()
    forget(report, seed)
    learn(report, budget, seed)
    drawn = draw(report, seed)
    shipped = load_model()
    demo_figures.draw_chain(out / "chain.svg")
    demo_figures.draw_samples(drawn, out / "samples.svg")
    demo_figures.draw_weights(shipped.diffusion, out / "weights.svg")
    draw_unet(shipped.model.config, out / "unet.svg")
    draw_live(out / "live.svg")
    return report


def forget(report: Report, seed: int) -> None:
    """Report how much of an image is left after all steps, taken one after the other and at once."""
    diffusion = diffusion_of(1000)
    rng = np.random.default_rng(seed)
    x = np.ones(20_000)
    for beta in diffusion.beta[1:251]:
        x = np.sqrt(1 - beta) * x + np.sqrt(beta) * rng.standard_normal(x.shape)
    kept, spread = np.sqrt(diffusion.alpha_bar[250]), np.sqrt(1 - diffusion.alpha_bar[250])
    report(
        "A white pixel after 250 steps of noise: mean and deviation over 20,000 walks",
        f"{kept:.3f} and {spread:.3f}, to within 0.03 each",
        f"{x.mean():.3f} and {x.std():.3f}",
        met=bool(abs(x.mean() - kept) < 0.03 and abs(x.std() - spread) < 0.03),
        mean_at_250=x.mean(),
        deviation_at_250=x.std(),
    )


def learn(report: Report, budget: Budget, seed: int) -> None:
    """Report how far training brings the loss down from 1, that of a network which always says 0."""
    run = training(budget, seed)
    every = max(1, run.config.steps // 6)
    run.run(after_step=lambda step, loss: _tell(step, every, loss))
    tenth = max(1, len(run.losses) // 10)
    first, last = float(np.mean(run.losses[:tenth])), float(np.mean(run.losses[-tenth:]))
    report(
        f"Squared error of the noise in the first and the last tenth of {len(run.losses)} steps",
        "near 1 at first; below 0.6 at the end",
        f"{first:.3f} and {last:.3f}",
        met=last < 0.6,
        loss_first=first,
        loss_last=last,
    )


def draw(report: Report, seed: int) -> np.ndarray:
    """Draw digits with the network that ships, let the convolutional network read them, and report both.

    Returns:
        The digits, (48, 1, 28, 28), in [-1, 1].
    """
    model, diffusion, _ = load_model()
    drawn = sample(model, diffusion, (SAMPLES, 1, 28, 28), rng=np.random.default_rng(seed), steps=STEPS)
    _, test = pictures("mnist-small")
    read, real = read_digits(unscaled(drawn)), read_digits(test.images[:500])
    report(
        f"Read with a probability from {CONFIDENT}: {SAMPLES} digits drawn in {STEPS} steps, 500 real ones",
        "most of the drawn, nearly all of the real",
        f"{read.read:.0%} and {real.read:.0%}",
        met=read.read > 0.6 and real.read > 0.9,
        read_drawn=read.read,
        read_real=real.read,
    )
    return drawn


def _tell(step: int, every: int, loss: float) -> None:
    if step % every == 0:
        print(f"  step {step}: {loss:.3f}")
