r"""Averaging over the weights, by the probit correction, against the most probable weights of the same fit.

Cost: 6 s a seed on one core.
"""

from __future__ import annotations

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
from implementations.logistic_regression.experiments.averaging import (
    ALPHA,
    exact_loss,
    fitted,
    losses,
    tasks,
)

SHARE = 0.5
"""Of what exact averaging gains over the most probable weights, moderation must gain at least this."""
EXACT_AT_LEAST = 0.002
"""Nats: below it, there would be nothing to gain."""
TRUTH_AT_LEAST, TRUTH_AT_MOST = 0.3, 0.6
DRAWS_AT_LEAST = 100
WIDENED = 50.0
"""The ratio of many to few samples: log-odds at many in as much doubt as at few."""
THIRD = 1 / 3
ABOVE = 0.0
THRESHOLDS = {
    "share": SHARE,
    "above": ABOVE,
    "exact_at_least": EXACT_AT_LEAST,
    "truth_at_least": TRUTH_AT_LEAST,
    "truth_at_most": TRUTH_AT_MOST,
    "draws_at_least": DRAWS_AT_LEAST,
    "widened": WIDENED,
    "third": THIRD,
}


def run(seed: int, budget: Budget) -> dict[str, float]:
    """Take mean log-losses over data sets of 20 and of 1000 samples, ten weights, at the prior's own α."""
    rng = np.random.default_rng([seed, 1])
    few = [
        (*losses(t, fitted(t, ALPHA)), *exact_loss(t, budget, rng=rng), t.loss(t.truth))
        for t in tasks(seed, budget, "few")
    ]
    many = []
    for task in tasks(seed, budget, "many"):
        fit = fitted(task, ALPHA)
        many.append((*losses(task, fit), losses(task, fit, widened=WIDENED)[1]))
    plug, moderated, exact, _, truth = np.mean(few, axis=0)
    plug_many, moderated_many, widened_many = np.mean(many, axis=0)
    return {
        "plug_few": float(plug),
        "moderated_few": float(moderated),
        "exact_few": float(exact),
        "truth_few": float(truth),
        "draws_few": float(np.min([row[3] for row in few])),
        "plug_many": float(plug_many),
        "moderated_many": float(moderated_many),
        "widened_many": float(widened_many),
    }


def gain(m: Metrics, size: str = "few") -> np.ndarray:
    """Return the log-loss of the most probable weights minus that of moderated probabilities, in nats."""
    return m[f"plug_{size}"] - m[f"moderated_{size}"]


def exact_gain(m: Metrics) -> np.ndarray:
    """Return the log-loss of the most probable weights minus that of exact averaging, in nats."""
    return m["plug_few"] - m["exact_few"]


def beyond(m: Metrics) -> np.ndarray:
    """Return what moderation gains beyond half of what exact averaging gains, in nats."""
    return gain(m) - SHARE * exact_gain(m)


def holds(m: Metrics) -> Verdict:
    """At few samples moderation gains at least half of what exact averaging does."""
    return at_least(paired_interval(beyond(m)), ABOVE)


def regime(m: Metrics) -> Verdict:
    """The loss of the true probabilities is 0.3 to 0.6 nats, off the floor and off the 0.69 of guessing."""
    return between(paired_interval(m["truth_few"]), TRUTH_AT_LEAST, TRUTH_AT_MOST)


def something(m: Metrics) -> Verdict:
    """Exact averaging gains at least 0.002 nats at few samples: there is something to gain."""
    return at_least(paired_interval(exact_gain(m)), EXACT_AT_LEAST)


def draws(m: Metrics) -> Verdict:
    """The exact mean rests on at least 100 effective draws in every data set."""
    return Verdict.SUPPORTED if (m["draws_few"] >= DRAWS_AT_LEAST).all() else Verdict.INCONCLUSIVE


def control(m: Metrics) -> Verdict:
    """At many samples moderation changes the loss by at most a third; with 50 times the variance, by more."""
    margin = paired_interval(gain(m)).low * THIRD
    if not margin > 0:
        return Verdict.INCONCLUSIVE
    sensitive = at_least(paired_interval(m["widened_many"] - m["plug_many"]), margin)
    return equivalent(gain(m, "many"), margin, sensitive=sensitive)


CLAIM = Claim(
    id="moderation",
    where="MacKay 1992; Bishop 2006, §4.5.2",
    says="Moderated probabilities predict better than the most probable weights of the same fit where "
    "samples are few, and no differently where they are many.",
    estimand="Ten weights drawn from the prior, 20 samples: the expected log-loss on fresh rows of the most "
    "probable weights minus that of moderated probabilities, both at the prior's own precision, less half of "
    "the same difference for the exact posterior mean; nats. Both are read off one fit: nothing is tuned.",
    predicts="It is above 0: the probit correction at the Laplace approximation gains at least half of what "
    "exact averaging gains.",
    refuted="The whole interval lies below 0.",
    control="1000 samples: a change of at most a third of the low end of the gain at 20, where moderating "
    "with 50 times the variance must cost more than that.",
    thresholds=THRESHOLDS,
    run=run,
    holds=holds,
    gates={"regime": regime, "something to gain": something, "draws": draws, "control": control},
    plots={
        "beyond": Contrast(
            values=beyond,
            axis="gain of moderation less half of that of exact averaging, 20 samples, nats",
            left="moderation gains little",
            right="moderation gains most of it",
            thresholds=("above",),
            supports="above",
        ),
        "gain": Contrast(
            values=gain,
            axis="log-loss, most probable weights minus moderated, 20 samples, nats",
            left="moderation harms",
            right="moderation helps",
        ),
        "exact": Contrast(
            values=exact_gain,
            axis="log-loss, most probable weights minus exact averaging, 20 samples, nats",
            left="averaging harms",
            right="averaging helps",
        ),
        "control": Contrast(
            values=lambda m: gain(m, "many"),
            axis="log-loss, most probable weights minus moderated, 1000 samples, nats",
            left="moderation harms",
            right="moderation helps",
        ),
    },
)
