"""Section 4.1, footnote 3: three times the iterations do not repair the deep plain network.

Part of the design of `degradation`, and a claim of its own for the time it takes: measured 80 seconds a seed
on one core.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from foundations.experiment import (
    Budget,
    Claim,
    Contrast,
    Metrics,
    Verdict,
    all_of,
    at_least,
    at_most,
    between,
)
from papers.resnet.experiments.learning import (
    CEILING,
    FLOOR,
    GRID,
    MOVED_AT_MOST,
    judge,
    learn,
    rows,
    steps,
)

TIMES = 3
STILL_AT_LEAST = 0.01
"""One point, the threshold of `degradation`."""
LONGER_AT_MOST = 0.01
ARMS = ("plain_8", "plain_8_long", "plain_32_long")


def _learn(arm: str, rate: float, seed: int, budget: Budget):
    times = TIMES if arm.endswith("_long") else 1
    return learn(arm.removesuffix("_long"), rate, seed, budget, n_steps=times * steps(budget))


def pilot(arm: str, rate: float, seed: int, budget: Budget) -> float:
    """Return the validation loss of an arm at one rate, nats an image."""
    return judge(_learn(arm, rate, seed, budget).model, rows(seed, budget).validation).loss


def run(seed: int, budget: Budget, best: Mapping[str, float]) -> dict[str, float]:
    """Train 8 layers once as long and three times as long, and 32 layers three times as long."""
    metrics, own = {}, rows(seed, budget)
    for arm in ARMS:
        found = _learn(arm, best[arm], seed, budget)
        metrics[f"error_{arm}"] = judge(found.model, own.fresh).error
        metrics[f"moved_{arm}"] = found.moved
    return metrics


def still(m: Metrics) -> np.ndarray:
    """Return the training error of 32 layers after three times the steps minus that of 8 layers."""
    return m["error_plain_32_long"] - m["error_plain_8"]


def longer(m: Metrics) -> np.ndarray:
    """Return the training error of 8 layers after three times the steps minus that after the steps."""
    return m["error_plain_8_long"] - m["error_plain_8"]


def holds(m: Metrics) -> Verdict:
    """After three times the steps the deep one is still a point above the shallow one."""
    return at_least(still(m), STILL_AT_LEAST)


def regime(m: Metrics) -> Verdict:
    """The plain network of 8 layers reads 1 % to 40 % of the training images wrong."""
    return between(m["error_plain_8"], FLOOR, CEILING)


def settled(m: Metrics) -> Verdict:
    """The training loss of every arm moves less than 2 % over the last tenth."""
    return all_of(*(at_most(m[f"moved_{arm}"], MOVED_AT_MOST) for arm in ARMS))


def control(m: Metrics) -> Verdict:
    """Three times the steps do not make the shallow one worse by a point."""
    return at_most(longer(m), LONGER_AT_MOST)


CLAIM = Claim(
    id="persistence",
    where="Section 4.1, footnote 3",
    says="Three times the iterations do not make a deep plain network as good as a shallow one: its error is "
    "no lack of patience.",
    estimand="Networks and digits of `degradation`: training error of the plain network of 32 layers after "
    "2400 steps minus that of 8 layers after 800. Measured 80 seconds a seed on one core.",
    predicts="At least 1 point.",
    refuted="The whole interval below 1 point.",
    control="8 layers after 2400 steps are not a point worse than after 800: the long schedule does no harm.",
    thresholds={
        "still_at_least": STILL_AT_LEAST,
        "longer_at_most": LONGER_AT_MOST,
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
        "still": Contrast(
            values=still,
            axis="training error, 32 layers and 2400 steps minus 8 layers and 800",
            left="the deep one is better",
            right="the deep one is worse",
            thresholds=("still_at_least",),
            supports="above",
        ),
    },
)
