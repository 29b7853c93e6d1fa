"""The demo: sizes of the papers, a plane where everything is known, and digits by class and scale."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from foundations.demo_report import Report
from foundations.experiment import Budget, by_budget
from papers.diffusion.configs import PAPER_CONFIGS
from papers.diffusion.demo_figures import draw_architecture, draw_digits, draw_plane
from papers.diffusion.demo_grid import SCALES, draw_grid
from papers.diffusion.experiments.steps import normal_variances
from papers.diffusion.live import Live
from papers.diffusion.unet import count_parameters

MILLIONS = {
    "ddpm-cifar10": 35.7,
    "adm-imagenet64": 296,
    "adm-imagenet128": 422,
    "adm-imagenet256": 554,
    "adm-imagenet512": 559,
}
"""Parameters as the papers have them, millions."""


def demo(budget: Budget, *, seed: int, out: Path) -> Report:
    """Count the papers' networks, guide points of a plane, draw digits, and draw the figures.

    Args:
        budget: "quick" for two digits of a class in 20 steps; else six in 50.
        seed: Seed of the noise.
        out: Folder for the figures.

    Returns:
        Every number that is printed, by name, and which lines missed their expectation.
    """
    report = Report()
    sizes(report)
    known(report, seed)
    plane(report)
    each, steps = by_budget(budget, quick=(3, 15), standard=(6, 50), full=(10, 100))
    print(f"{each} digits of each class in {steps} steps, the denoiser told no class.")
    grid = draw_grid(SCALES, each, steps, seed)
    accuracy = dict(zip(SCALES, grid.accuracy, strict=True))
    report(
        "Share of digits in which another network sees the class, scales 0, 3 and 30",
        "about a tenth, then more, then most",
        ", ".join(f"{accuracy[scale]:.0%}" for scale in (0, 3, 30)),
        met=accuracy[0] < 0.3 and accuracy[0] < accuracy[3] < accuracy[30] and accuracy[30] > 0.7,
        accuracy_0=accuracy[0],
        accuracy_3=accuracy[3],
        accuracy_30=accuracy[30],
    )
    titles = [f"s = {scale}: {share:.0%}" for scale, share in accuracy.items()]
    draw_digits(grid.images, titles, out / "grid.svg")
    draw_plane(out / "guided_live.svg", grid.images[-1])
    draw_architecture(out / "architecture.svg")
    return report


def sizes(report: Report) -> None:
    """Report the parameters of the papers' networks, counted without building them."""
    ours = {name: count_parameters(config) / 1e6 for name, config in PAPER_CONFIGS.items()}
    report(
        "Parameters in millions: " + ", ".join(ours),
        ", ".join(f"{said:g}" for said in MILLIONS.values()),
        ", ".join(f"{found:.1f}" for found in ours.values()),
        met=all(abs(ours[name] / said - 1) < 0.02 for name, said in MILLIONS.items()),
        largest=ours["adm-imagenet512"],
    )


def known(report: Report, seed: int) -> None:
    """Report the variance of N(0, I) drawn in ten steps by its exact denoiser."""
    found = normal_variances(seed)
    report(
        "Variance of N(0, I) drawn in ten steps: DDPM's larger variance, DDIM at eta 0 and 1",
        "1.00, less, and still less",
        f"{found['normal_larger']:.3f}, {found['normal_0']:.2f}, {found['normal_1']:.2f}",
        met=abs(found["normal_larger"] - 1) < 0.03 and found["normal_1"] < found["normal_0"] - 0.05 < 0.9,
        variance=found["normal_larger"],
    )


def plane(report: Report) -> None:
    """Report where points of the plane end, by scale and by the place of the gradient."""
    free, bayes, large = (Live(scale=scale) for scale in (0, 1, 10))
    report(
        "Plane: share of points at the top cloud (20 % of the data), scales 0 and 1",
        "about a fifth, then all",
        f"{free.shares()[2]:.2f}, {bayes.shares()[2]:.2f}",
        met=abs(free.shares()[2] - 0.2) < 0.1 and bayes.shares()[2] > 0.95,
        top_free=float(free.shares()[2]),
    )
    report(
        "Plane: share that ends outside all clouds, scales 1 and 10",
        "none, then many: too large a scale leaves the data",
        f"{bayes.outside():.2f}, {large.outside():.2f}",
        met=bayes.outside() < 0.1 < large.outside(),
        outside=large.outside(),
    )
    at_x, at_mean = (Live(steps=5, scale=4.0, at=at) for at in ("x", "mean"))
    report(
        "Plane: the same in five steps at scale 4, gradient at x_t and at the mean",
        "fewer at the mean: long steps outrun the gradient at x_t",
        f"{at_x.outside():.2f}, {at_mean.outside():.2f}",
        met=at_mean.outside() < at_x.outside(),
        outside_x=at_x.outside(),
        outside_mean=at_mean.outside(),
    )
    print(f"  the farthest point from the middle, at x_t: {np.abs(at_x.path[-1]).max():.1f}")
