"""Friedman 2001, section 5: small steps with as many trees as they need.

Cost: 10 seconds a seed on one core, a core-minute and a half in all; the pilot a minute.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from foundations.experiment import Budget, Claim, Contrast, Metrics, Verdict, at_most, between
from implementations.gradient_boosting.experiments import common

RATES = {"whole": 1.0, "third": 0.3, "tenth": 0.1}
"""The learning rate of each arm; `third` is only reported."""
RATIO_AT_MOST = math.log(0.9)
"""A tenth less error: where error falls like 1/n, what a ninth more rows would bring."""
CONTROL_WITHIN = 0.01
"""Difference of root mean square errors on a single step, as a share of the step's deviation."""
THRESHOLDS = {"ratio_at_most": RATIO_AT_MOST, "control_within": CONTROL_WITHIN, **common.SHARED}


def step(X: np.ndarray) -> np.ndarray:
    """Return -1 or 1 by the first feature: one split says all."""
    return np.where(X[:, 0] < 0.5, -1.0, 1.0)


def pilot(arm: str, depth: float, seed: int, budget: Budget) -> float:
    """Return the lowest validation loss of an arm at one depth."""
    train, validation = (common.rows(seed, budget, part) for part in (0, 1))
    how = {"learning_rate": RATES[arm], "max_depth": int(depth)}
    model = common.fit((train.X, train.y), (validation.X, validation.y), budget, **how)
    return float(model.validation_loss_.min())


def run(seed: int, budget: Budget, best: Mapping[str, float]) -> dict[str, float]:
    """Fit every arm on Friedman's function, and on a single step without noise."""
    train, validation, test = (common.rows(seed, budget, part) for part in (0, 1, 2))
    metrics = {"variance": float(test.f.var())}
    for arm, rate in RATES.items():
        how = {"learning_rate": rate, "max_depth": int(best[arm])}
        model = common.fit((train.X, train.y), (validation.X, validation.y), budget, **how)
        metrics[f"error_{arm}"] = common.error(model, test.X, test.f)
        metrics[f"reached_{arm}"] = common.reached(model, budget)
        metrics[f"rounds_{arm}"] = float(model.n_estimators_)
        control = common.fit((train.X, step(train.X)), (validation.X, step(validation.X)), budget, **how)
        metrics[f"step_{arm}"] = math.sqrt(common.error(control, test.X, step(test.X)))
    return metrics


def holds(m: Metrics) -> Verdict:
    """The error at rate 0.1 is at most nine tenths of that at rate 1."""
    return at_most(common.ratio(m, "tenth", "whole"), RATIO_AT_MOST)


def regime(m: Metrics) -> Verdict:
    """At rate 1 the error is 0.5 % to 50 % of the variance of the function."""
    return common.within_regime(m, "whole")


def convergence(m: Metrics) -> Verdict:
    """Both arms stop by themselves, before nine tenths of the rounds allowed."""
    return common.stopped(m, "whole", "tenth")


def control(m: Metrics) -> Verdict:
    """On a single step without noise both rates miss by the same, within 1 % of the step's deviation."""
    return between(m["step_tenth"] - m["step_whole"], -CONTROL_WITHIN, CONTROL_WITHIN)


CLAIM = Claim(
    id="shrinkage",
    where="Friedman 2001, section 5",
    says="Scaling every tree down and taking more of them predicts better than whole steps.",
    estimand="Friedman's function of ten features with noise of deviation 1, 1,000 rows: the logarithm of "
    "the ratio of squared errors against the function without noise, rate 0.1 over rate 1, each with its own "
    "best depth and as many trees as its validation loss asks for.",
    predicts="The error is at least a tenth lower: the logarithm is at most ln 0.9.",
    refuted="The whole interval lies above ln 0.9.",
    control="A single step without noise, which one split says: there is nothing to smooth, and both rates "
    "miss by the same, within 1 % of the step's deviation.",
    thresholds=THRESHOLDS,
    run=run,
    holds=holds,
    gates={"regime": regime, "convergence": convergence, "control": control},
    scale=common.scale,
    arms=tuple(RATES),
    grid=common.DEPTHS,
    pilot=pilot,
    plots={
        "ratio": Contrast(
            values=lambda m: common.ratio(m, "tenth", "whole"),
            axis="ln of the error at rate 0.1 over that at rate 1",
            left="small steps are better",
            right="whole steps are better",
            thresholds=("ratio_at_most",),
            supports="below",
        ),
        "third": Contrast(
            values=lambda m: common.ratio(m, "third", "whole"),
            axis="ln of the error at rate 0.3 over that at rate 1",
            left="small steps are better",
            right="whole steps are better",
        ),
        "control": Contrast(
            values=lambda m: m["step_tenth"] - m["step_whole"],
            axis="error on a single step, rate 0.1 minus rate 1",
            left="small steps are better",
            right="whole steps are better",
            thresholds=("-control_within", "control_within"),
            supports="between",
        ),
    },
)
