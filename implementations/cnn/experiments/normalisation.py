"""Ioffe & Szegedy 2015: with batch normalisation a network trains at a rate at which it would not without.

Cost: 15 seconds a seed on one core, two core-minutes in all; the pilot another. With 300 steps the plain
network read 15 % and 13 % of the validation digits wrong on pilot seeds 100 and 101, at the edge of its
regime: hence 600.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from foundations.autodiff import no_grad
from foundations.experiment import (
    Budget,
    Claim,
    Contrast,
    Interval,
    Metrics,
    Verdict,
    all_of,
    at_least,
    at_most,
    between,
    by_budget,
    proportion_interval,
)
from implementations.cnn.experiments.learning import descend, judge
from implementations.cnn.experiments.rows import SIDE, Rows
from implementations.cnn.networks import ConvNet, ConvNetConfig

FACTOR = 10.0
TRAINED_AT_MOST = 0.20
"""A network has trained if it reads at most this share wrong; guessing gives 0.9."""
HALF = 0.5
"""Share of seeds: 8 of 8 give an interval from 0.63, 0 of 8 one up to 0.37."""
ERROR_AT_LEAST, ERROR_AT_MOST = 0.01, 0.15
"""Off floor and ceiling: share of errors of the plain network at its own best rate."""

ARMS = ("plain", "norm")
GRID = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)


def network(arm: str, seed: int) -> ConvNet:
    """Return four convolutions with He's first weights, with batch normalisation or without."""
    config = ConvNetConfig(size=SIDE, widths=((8, 8), (16, 16)), batch_norm=arm != "plain")
    return ConvNet(config, rng=np.random.default_rng([seed, 4]))


def steps(budget: Budget) -> int:
    """Return the steps of a run."""
    return by_budget(budget, quick=5, standard=600, full=6000)


@lru_cache(maxsize=4)
def _rows(seed: int, budget: Budget) -> Rows:
    few = budget == "quick"
    return Rows(seed, budget, n_train=128 if few else 4000, n_validation=50 if few else 1000)


@no_grad()
def settle(model: ConvNet, rows: Rows) -> None:
    """Bring the running means to those of the first weights: 60 batches leave 0.9⁶⁰ of where they began."""
    model.train()
    for k in range(60):
        first = 64 * k % len(rows.training.labels)
        model(rows.scale.apply(rows.training.images[first : first + 64]))


def pilot(arm: str, rate: float, seed: int, budget: Budget) -> float:
    """Return the validation loss of an arm at one rate, in nats a picture."""
    model, rows = network(arm, seed), _rows(seed, budget)
    descend(model, rows, rate, steps(budget))
    return judge(model, rows.validation, rows).loss


def run(seed: int, budget: Budget, best: Mapping[str, float]) -> dict[str, float]:
    """Train both at the plain network's best rate and at ten times that, the frozen one at the latter."""
    rows, metrics = _rows(seed, budget), {}
    rates = {"one": best["plain"], "ten": FACTOR * best["plain"]}
    runs = [(arm, name, rate) for arm in ARMS for name, rate in rates.items()]
    runs += [("frozen", "ten", rates["ten"]), ("norm", "own", best["norm"])]
    for arm, name, rate in runs:
        model = network(arm, seed)
        if arm == "frozen":
            settle(model, rows)
        descend(model, rows, float(rate), steps(budget), frozen=arm == "frozen")
        error = judge(model, rows.test, rows).error
        metrics[f"error_{arm}_{name}"] = error
        metrics[f"trained_{arm}_{name}"] = float(error <= TRAINED_AT_MOST)
    return metrics


def share(m: Metrics, which: str) -> Interval:
    """Return the interval of the share of seeds in which a network trained."""
    values = m[f"trained_{which}"]
    return proportion_interval(int(values.sum()), len(values))


def holds(m: Metrics) -> Verdict:
    """At ten times the rate the network with batch normalisation trains, the one without does not."""
    return all_of(at_least(share(m, "norm_ten"), HALF), at_most(share(m, "plain_ten"), HALF))


def regime(m: Metrics) -> Verdict:
    """At its own best rate the plain network reads 1 % to 15 % wrong."""
    return between(m["error_plain_one"], ERROR_AT_LEAST, ERROR_AT_MOST)


def same_rate(m: Metrics) -> Verdict:
    """At the plain network's best rate both train, so that the rate makes the difference."""
    return all_of(at_least(share(m, "plain_one"), HALF), at_least(share(m, "norm_one"), HALF))


def control(m: Metrics) -> Verdict:
    """With means and variances held where they began, the tenfold rate does not train."""
    return at_most(share(m, "frozen_ten"), HALF)


CLAIM = Claim(
    id="normalisation",
    where="Ioffe & Szegedy 2015, section 3.3",
    says="Batch normalisation lets a network train at far larger rates, because larger weights then get "
    "smaller gradients and do not change what a layer passes on.",
    estimand="Four convolutions, gradient descent at a constant rate without momentum: the share of seeds in "
    "which at most 20 % of the test digits are read wrong after 600 steps at ten times the best rate of the "
    "network without normalisation, with it and without.",
    predicts="More than half with it and less than half without, each with its whole interval.",
    refuted="Less than half with it, or more than half without.",
    control="Normalisation by the mean and variance of the first weights, held fixed: the sums begin at the "
    "same size, but larger weights do not get smaller gradients; less than half train.",
    thresholds={
        "factor": FACTOR,
        "trained_at_most": TRAINED_AT_MOST,
        "half": HALF,
        "error_at_least": ERROR_AT_LEAST,
        "error_at_most": ERROR_AT_MOST,
    },
    run=run,
    holds=holds,
    gates={"regime": regime, "same rate": same_rate, "control": control},
    arms=ARMS,
    grid=GRID,
    pilot=pilot,
    plots={
        "norm": Contrast(
            values="trained_norm_ten",
            interval=lambda m: share(m, "norm_ten"),
            by="Clopper–Pearson",
            axis="share of seeds that train at ten times the rate, with batch normalisation",
            left="few train",
            right="most train",
            thresholds=("half",),
            supports="above",
        ),
        "plain": Contrast(
            values="trained_plain_ten",
            interval=lambda m: share(m, "plain_ten"),
            by="Clopper–Pearson",
            axis="the same without batch normalisation",
            left="few train",
            right="most train",
            thresholds=("half",),
            supports="below",
        ),
    },
)
