"""The demo: trees that grow, what they leave over, how many, how deep, what they lean on, where they end."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from foundations.demo_report import Report
from foundations.experiment import Budget
from implementations.gradient_boosting import demo_depth, demo_live, demo_reading, demo_stages, demo_tuning


def demo(budget: Budget, *, seed: int, out: Path) -> Report:
    """Draw the figures of this entry, and print for each what to expect and what came.

    Args:
        budget: "quick" measures bias and variance on 6 training sets; others on 40.
        seed: Of everything random, but for the points of the figure that moves.
        out: Folder for the figures.

    Returns:
        Every number that is printed, by name, and which lines missed their expectation.
    """
    report = Report()
    rng = np.random.default_rng(seed)
    demo_stages.stages(report, out)
    demo_live.live(report, out)
    demo_stages.gains(rng, report, out)
    demo_stages.flat(rng, report, out)
    demo_tuning.rate_trees(rng, report, out)
    demo_tuning.early_stopping(rng, report, out)
    demo_reading.importances(rng, report, out)
    demo_depth.surfaces(rng, report, out)
    demo_depth.bias_variance(6 if budget == "quick" else 40, rng, report, out)
    return report
