"""The demo: how logistic regression fits, what penalties do, classes that separate, calibration and doubt."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from foundations.demo_report import Report
from foundations.experiment import Budget
from implementations.logistic_regression import (
    demo_boundaries,
    demo_calibration,
    demo_descent,
    demo_live,
    demo_penalties,
    demo_separable,
    demo_uncertainty,
)


def demo(budget: Budget, *, seed: int, out: Path) -> Report:
    """Draw the figures of this entry, and print for each what to expect and what came.

    Args:
        budget: "quick" follows gradient descent on separable data for 30,000 steps; others for 300,000.
        seed: Of everything random.
        out: Folder for the figures.

    Returns:
        Every number that is printed, by name, and which lines missed their expectation.
    """
    report = Report()
    rng = np.random.default_rng(seed)
    demo_live.two_classes(report, out)
    demo_descent.surface(rng, report, out)
    demo_boundaries.boundaries(rng, report, out)
    demo_penalties.corners(rng, report, out)
    demo_penalties.paths(report, out)
    demo_separable.separable(30_000 if budget == "quick" else 300_000, rng, report, out)
    demo_calibration.calibration(rng, report, out)
    demo_uncertainty.fan(rng, report, out)
    return report
