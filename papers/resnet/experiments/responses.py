"""Figure 7: residual networks respond less than plain ones, and deeper ones less than shallower ones.

Cost: about 45 seconds a seed on one core, and 6 core-minutes the pilot. Cut before any run: 800 steps for
2000, digits as 4 channels of 7 × 7.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from foundations.experiment import Budget, Claim, Contrast, Metrics, Verdict, all_of, at_most, between
from papers.resnet.experiments.learning import (
    CEILING,
    FLOOR,
    GRID,
    MOVED_AT_MOST,
    measured,
    network,
    pilot,
    rows,
)
from papers.resnet.looking import responses
from papers.resnet.resnet import ResNet

AT_MOST = 0.0
CONTROL_WITHIN = 0.01
"""ε of batch normalisation keeps a deviation from being exactly 1."""
ARMS = ("plain_32", "residual_32", "residual_8")
IMAGES = 2000


def response(model: ResNet, seed: int, budget: Budget) -> float:
    """Return the log of the mean deviation of the responses of the 3 × 3 layers, statistics of one batch."""
    model.train()
    return float(np.log(np.mean(list(responses(model, rows(seed, budget).fresh.images[:IMAGES]).values()))))


def run(seed: int, budget: Budget, best: Mapping[str, float]) -> dict[str, float]:
    """Train the three, each at its own best rate, and look at them before and after."""
    metrics = {}
    for arm in ARMS:
        metrics[f"untrained_{arm}"] = response(network(arm, seed), seed, budget)
        model, found = measured(arm, best[arm], seed, budget)
        metrics |= found | {f"response_{arm}": response(model, seed, budget)}
    return metrics


def kind(m: Metrics, when: str = "response") -> np.ndarray:
    """Return the log ratio of residual over plain at 32 layers."""
    return m[f"{when}_residual_32"] - m[f"{when}_plain_32"]


def depth(m: Metrics, when: str = "response") -> np.ndarray:
    """Return the log ratio of 32 over 8 layers, residual."""
    return m[f"{when}_residual_32"] - m[f"{when}_residual_8"]


def holds(m: Metrics) -> Verdict:
    """The residual network of 32 layers responds less than the plain one, and less than that of 8 layers."""
    return all_of(at_most(kind(m), AT_MOST), at_most(depth(m), AT_MOST))


def regime(m: Metrics) -> Verdict:
    """The residual network of 8 layers reads 1 % to 40 % of the training images wrong."""
    return between(m["error_residual_8"], FLOOR, CEILING)


def settled(m: Metrics) -> Verdict:
    """The training loss of every arm moves less than 2 % over the last tenth."""
    return all_of(*(at_most(m[f"moved_{arm}"], MOVED_AT_MOST) for arm in ARMS))


def control(m: Metrics) -> Verdict:
    """Before training, with every scale 1, both ratios are 1 to within a hundredth."""
    return all_of(*(between(of(m, "untrained"), -CONTROL_WITHIN, CONTROL_WITHIN) for of in (kind, depth)))


CLAIM = Claim(
    id="responses",
    where="Section 4.2, Figure 7",
    says="Layers of residual networks respond less than those of plain ones, and those of deeper residual "
    "networks less than those of shallower ones.",
    estimand="Networks, digits and training of `degradation`: the mean over 3 × 3 layers of the standard "
    "deviation of what batch normalisation puts out, before ReLU and addition (2000 fresh training images, "
    "statistics of that batch); its log ratio, residual over plain at 32 layers, and 32 over 8 layers of "
    "residual networks.",
    predicts="Both log ratios are below 0.",
    refuted="The whole interval of one lies above 0.",
    control="Untrained networks: every scale is 1, so every ratio is 1 (to a hundredth).",
    thresholds={
        "at_most": AT_MOST,
        "control_within": CONTROL_WITHIN,
        "moved_at_most": MOVED_AT_MOST,
        "floor": FLOOR,
        "ceiling": CEILING,
    },
    arms=ARMS,
    grid=GRID,
    pilot=pilot,
    run=run,
    holds=holds,
    gates={"regime": regime, "settled": settled, "control": control},
    plots={
        "kind": Contrast(
            values=kind,
            axis="log ratio of responses at 32 layers, residual over plain",
            left="residual responds less",
            right="plain responds less",
            thresholds=("at_most",),
            supports="below",
        ),
        "depth": Contrast(
            values=depth,
            axis="log ratio of responses of residual networks, 32 over 8 layers",
            left="the deep one responds less",
            right="the shallow one responds less",
            thresholds=("at_most",),
            supports="below",
        ),
    },
)
