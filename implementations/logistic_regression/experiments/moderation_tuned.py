r"""Moderation against a stronger penalty: does it still help when each has the prior that suits it best?

Cost: 4 s a seed on one core.
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
    at_least,
    between,
    equivalent,
    paired_interval,
)
from implementations.logistic_regression.experiments.averaging import ALPHA, fitted, losses, tasks
from implementations.logistic_regression.experiments.moderation import (
    ABOVE,
    THIRD,
    TRUTH_AT_LEAST,
    TRUTH_AT_MOST,
    WIDENED,
)

SHARE = 0.5
"""Of the gain at the prior's own precision, at least this must remain."""
SAME_AT_LEAST = 0.001
"""Nats: half of what `moderation` asks exact averaging to gain."""
THRESHOLDS = {
    "share": SHARE,
    "above": ABOVE,
    "same_at_least": SAME_AT_LEAST,
    "truth_at_least": TRUTH_AT_LEAST,
    "truth_at_most": TRUTH_AT_MOST,
    "widened": WIDENED,
    "third": THIRD,
}
ARMS = ("plug_few", "moderated_few", "plug_many", "moderated_many")


def _loss(arm: str, multiple: float, seed: int, budget: Budget, *, widened: float = 1.0) -> float:
    """Return the mean log-loss of an arm at a multiple of the prior's own precision."""
    kind, size = arm.split("_")
    which = ("plug", "moderated").index(kind)
    found = [
        losses(task, fitted(task, multiple * ALPHA), widened=widened)[which]
        for task in tasks(seed, budget, size)
    ]
    return float(np.mean(found))


def pilot(arm: str, multiple: float, seed: int, budget: Budget) -> float:
    """Return the log-loss of an arm at one precision, in nats."""
    return _loss(arm, multiple, seed, budget)


def run(seed: int, budget: Budget, best: Mapping[str, float]) -> dict[str, float]:
    """Take mean log-losses of each arm at its own best precision, and at the prior's own."""
    metrics = {f"tuned_{arm}": _loss(arm, best[arm], seed, budget) for arm in ARMS}
    metrics |= {f"same_{arm}": _loss(arm, 1.0, seed, budget) for arm in ARMS[:2]}
    metrics["widened_many"] = _loss("moderated_many", best["moderated_many"], seed, budget, widened=WIDENED)
    metrics["truth_few"] = float(np.mean([t.loss(t.truth) for t in tasks(seed, budget, "few")]))
    return metrics


def gain(m: Metrics, prior: str = "tuned", size: str = "few") -> np.ndarray:
    """Return the log-loss of the most probable weights minus that of moderated probabilities, in nats."""
    return m[f"{prior}_plug_{size}"] - m[f"{prior}_moderated_{size}"]


def remains(m: Metrics) -> np.ndarray:
    """Return the gain of tuned arms less half of the gain at the same precision, in nats."""
    return gain(m) - SHARE * gain(m, "same")


def holds(m: Metrics) -> Verdict:
    """At least half of the gain remains when each arm has its own best precision."""
    return at_least(paired_interval(remains(m)), ABOVE)


def regime(m: Metrics) -> Verdict:
    """The loss of the true probabilities is 0.3 to 0.6 nats, off the floor and off the 0.69 of guessing."""
    return between(paired_interval(m["truth_few"]), TRUTH_AT_LEAST, TRUTH_AT_MOST)


def something(m: Metrics) -> Verdict:
    """At the prior's own precision moderation gains at least 0.001 nats."""
    return at_least(paired_interval(gain(m, "same")), SAME_AT_LEAST)


def control(m: Metrics) -> Verdict:
    """At many samples the arms differ by at most a third of the gain; with 50 times the variance, by more."""
    margin = paired_interval(gain(m, "same")).low * THIRD
    if not margin > 0:
        return Verdict.INCONCLUSIVE
    sensitive = at_least(paired_interval(m["widened_many"] - m["tuned_plug_many"]), margin)
    return equivalent(gain(m, "tuned", "many"), margin, sensitive=sensitive)


CLAIM = Claim(
    id="moderation-tuned",
    where="MacKay 1992, with each arm tuned",
    says="What moderation gains at few samples is more than a stronger penalty would give.",
    estimand="As in the claim before, but the most probable weights and the moderated probabilities each at "
    "the precision of the prior that was best for them on pilot seeds: the difference of their log-losses, "
    "less half of the difference at the prior's own precision; nats.",
    predicts="It is above 0: at least half of the gain remains.",
    refuted="The whole interval lies below 0: a stronger penalty does most of what moderation does.",
    control="1000 samples: a change of at most a third of the low end of the gain at the same precision, "
    "where moderating with 50 times the variance must cost more than that.",
    thresholds=THRESHOLDS,
    run=run,
    holds=holds,
    gates={"regime": regime, "something to gain": something, "control": control},
    arms=ARMS,
    grid=(0.125, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 6.0),
    pilot=pilot,
    pilot_seeds=(100, 101, 102, 103),
    plots={
        "remains": Contrast(
            values=remains,
            axis="gain with tuned priors less half of that with the same prior, 20 samples, nats",
            left="a penalty does as well",
            right="moderation does more",
            thresholds=("above",),
            supports="above",
        ),
        "tuned": Contrast(
            values=gain,
            axis="log-loss, most probable weights minus moderated, each at its best prior, 20 samples, nats",
            left="moderation harms",
            right="moderation helps",
        ),
        "same": Contrast(
            values=lambda m: gain(m, "same"),
            axis="the same, both at the prior's own precision, nats",
            left="moderation harms",
            right="moderation helps",
        ),
        "control": Contrast(
            values=lambda m: gain(m, "tuned", "many"),
            axis="log-loss, most probable weights minus moderated, 1000 samples, nats",
            left="moderation harms",
            right="moderation helps",
        ),
    },
)
