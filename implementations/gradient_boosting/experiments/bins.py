"""Chen and Guestrin 2016, section 3.2: candidate splits at quantiles in place of all.

Cost: 15 seconds a seed on one core, two core-minutes in all; the pilot two minutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from foundations.experiment import (
    Budget,
    Claim,
    Contrast,
    Metrics,
    Verdict,
    at_least,
    at_most,
    equivalent,
)
from implementations.gradient_boosting.experiments import common

METHODS: dict[str, dict[str, Any]] = {
    "exact": {"tree_method": "exact"},
    "fine": {"max_bins": 256},
    "coarse": {"max_bins": 8},
}
"""How each arm finds its splits."""
MARGIN = 0.05
"""How far the logarithm may lie from zero to count as alike."""
EFFECT_AT_LEAST = 3 * MARGIN
"""What 8 bins must cost, in the logarithm: the margin is then at most a third of an effect seen beside it."""
SAME_WITHIN = 1e-6
"""Largest difference of predictions on few values, as a share of their deviation: rounding."""
LEVELS = 100
THRESHOLDS = {
    "margin": MARGIN,
    "effect_at_least": EFFECT_AT_LEAST,
    "same_within": SAME_WITHIN,
    **common.SHARED,
}


def pilot(arm: str, depth: float, seed: int, budget: Budget) -> float:
    """Return the lowest validation loss of an arm at one depth."""
    train, validation = (common.rows(seed, budget, part) for part in (0, 1))
    how = METHODS[arm] | {"max_depth": int(depth)}
    model = common.fit((train.X, train.y), (validation.X, validation.y), budget, **how)
    return float(model.validation_loss_.min())


def run(seed: int, budget: Budget, best: Mapping[str, float]) -> dict[str, float]:
    """Fit every arm; and, on features of 100 values, exact and binned trees of the same depth."""
    train, validation, test = (common.rows(seed, budget, part) for part in (0, 1, 2))
    metrics = {"variance": float(test.f.var())}
    for arm, method in METHODS.items():
        how = method | {"max_depth": int(best[arm])}
        model = common.fit((train.X, train.y), (validation.X, validation.y), budget, **how)
        metrics[f"error_{arm}"] = common.error(model, test.X, test.f)
        metrics[f"reached_{arm}"] = common.reached(model, budget)
    few = np.floor(LEVELS * train.X) / LEVELS
    predicted = []
    for arm in ("exact", "fine"):
        model = common.GradientBoostingRegressor(20, max_depth=4, learning_rate=0.1, **METHODS[arm])
        predicted.append(model.fit(few, train.y).predict(few))
    metrics["same"] = float(np.abs(predicted[0] - predicted[1]).max() / train.y.std())
    return metrics


def cost(m: Metrics, arm: str = "fine") -> np.ndarray:
    """Return the logarithm of an arm's error over that of exact splits, one value a seed."""
    return common.ratio(m, arm, "exact")


def holds(m: Metrics) -> Verdict:
    """The error of 256 bins is that of exact splits, within the margin."""
    return equivalent(cost(m), MARGIN, sensitive=sensitivity(m))


def regime(m: Metrics) -> Verdict:
    """With exact splits the error is 0.5 % to 50 % of the variance of the function."""
    return common.within_regime(m, "exact")


def convergence(m: Metrics) -> Verdict:
    """Every arm stops by itself, before nine tenths of the rounds allowed."""
    return common.stopped(m, *METHODS)


def control(m: Metrics) -> Verdict:
    """On features of 100 values both predict the same for the rows they learned from, but for rounding."""
    return at_most(m["same"], SAME_WITHIN)


def sensitivity(m: Metrics) -> Verdict:
    """Eight bins cost three times the margin or more, so that a difference could show."""
    return at_least(cost(m, "coarse"), EFFECT_AT_LEAST)


CLAIM = Claim(
    id="bins",
    where="Chen and Guestrin 2016, section 3.2",
    says="Splits proposed at quantiles are as good as all splits, if there are enough of them.",
    estimand="Friedman's function of ten features with noise of deviation 1, 1,000 rows, each feature with "
    "as many values: the logarithm of the ratio of squared errors against the function without noise, 256 "
    "bins over exact splits, each with its own best depth and number of trees.",
    predicts="The interval lies within 0.05 of zero, a third or less of what 8 bins cost beside it.",
    refuted="The whole interval lies outside that margin.",
    control="Features of 100 values, each of which has a bin: both make the same predictions on the rows "
    "they learned from.",
    thresholds=THRESHOLDS,
    run=run,
    holds=holds,
    gates={"regime": regime, "convergence": convergence, "control": control, "sensitivity": sensitivity},
    scale=common.scale,
    arms=tuple(METHODS),
    grid=common.DEPTHS,
    pilot=pilot,
    plots={
        "cost": Contrast(
            values=cost,
            axis="ln of the error with 256 bins over that with exact splits",
            left="bins are better",
            right="exact splits are better",
            thresholds=("-margin", "margin"),
            supports="between",
        ),
        "coarse": Contrast(
            values=lambda m: cost(m, "coarse"),
            axis="ln of the error with 8 bins over that with exact splits",
            left="bins are better",
            right="exact splits are better",
            thresholds=("effect_at_least",),
            supports="above",
        ),
    },
)
