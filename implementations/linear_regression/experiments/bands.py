"""Bishop 2006, section 3.5: the precisions of largest evidence stand in for all that there could be.

Cost: 15 seconds a seed on one core, 2 core-minutes in all; nothing is tuned, so there is no pilot.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from foundations.experiment import (
    Budget,
    Claim,
    Contrast,
    Metrics,
    Verdict,
    at_least,
    at_most,
    between,
    by_budget,
)
from foundations.experiment.intervals import student_quantile
from implementations.linear_regression.bayesian import BayesianLinearRegression
from implementations.linear_regression.experiments.problems import ALPHA, BETA, FEATURES, FEW, MANY, draw
from implementations.linear_regression.least_squares import LinearRegression

ASKED = 0.95
NORMAL = 1.959964
"""Deviations that hold 95 % of a normal distribution."""
COVERED_AT_LEAST = 0.90
"""A band that misses more than twice as often as it says does not keep its word."""
KNOWN_WITHIN = 0.01
"""With the true precisions theory gives 95 % exactly."""
ALIKE = 0.02
"""With 400 samples: theory gives the plug-in band 94.3 %."""
FRESH = 50
"""New targets a problem."""


class Band(NamedTuple):
    """Share of new targets inside, and the mean half width in units of the noise."""

    covered: float
    half: float


def bands(n: int, rng: np.random.Generator) -> dict[str, Band]:
    """Draw one problem and return what each band makes of 50 new targets.

    `plugin` is the most likely line with the most likely noise, and nothing for doubt about the weights;
    `student` the classical band, with doubt and Student's t; `evidence` and `known` the Bayesian ones.
    """
    X, y, weights = draw(n, rng)
    at = rng.standard_normal((FRESH, FEATURES))
    fresh = at @ weights + rng.standard_normal(FRESH) / np.sqrt(BETA)
    plain = LinearRegression().fit(X, y)
    mean, noise = plain.predict(at), float(plain.noise_variance_)
    free, centred = n - FEATURES - 1, X - X.mean(axis=0)
    away = at - X.mean(axis=0)
    doubt = 1 / n + (away * np.linalg.solve(centred.T @ centred, away.T).T).sum(axis=1)
    made = {
        "plugin": (mean, np.full(FRESH, NORMAL * np.sqrt(noise))),
        "student": (mean, student_quantile(0.975, free) * np.sqrt(noise * n / free * (1 + doubt))),
    }
    for name, model in (
        ("evidence", BayesianLinearRegression()),
        ("known", BayesianLinearRegression(ALPHA, BETA)),
    ):
        mean, std = model.fit(X, y).predict(at, return_std=True)
        made[name] = (mean, NORMAL * std)
    return {
        name: Band(float((np.abs(fresh - mean) < half).mean()), float(half.mean()))
        for name, (mean, half) in made.items()
    }


def run(seed: int, budget: Budget) -> dict[str, float]:
    """Take the coverage of every band with few samples, and with many."""
    count = by_budget(budget, quick=4, standard=300, full=3000)
    metrics: dict[str, float] = {}
    for n, size in ((FEW, "few"), (MANY, "many")):
        drawn = [bands(n, np.random.default_rng([seed, n, i])) for i in range(count)]
        for name in drawn[0]:
            metrics[f"{size}_{name}"] = float(np.mean([one[name].covered for one in drawn]))
            metrics[f"{size}_{name}_half"] = float(np.mean([one[name].half for one in drawn]))
    return metrics


def holds(m: Metrics) -> Verdict:
    """The band of the evidence covers 90 % or more."""
    return at_least(m["few_evidence"], COVERED_AT_LEAST)


def calibrated(m: Metrics) -> Verdict:
    """With the true precisions the same band covers 95 %, give or take one."""
    return between(m["few_known"], ASKED - KNOWN_WITHIN, ASKED + KNOWN_WITHIN)


def sensitivity(m: Metrics) -> Verdict:
    """The plug-in band of least squares covers at most 90 %: a band that is too narrow shows."""
    return at_most(m["few_plugin"], COVERED_AT_LEAST)


def control(m: Metrics) -> Verdict:
    """With 400 samples the evidence and the plug-in band differ by at most two percent."""
    return between(m["many_evidence"] - m["many_plugin"], -ALIKE, ALIKE)


CLAIM = Claim(
    id="bands",
    where="Bishop 2006, sections 3.3.2 and 3.5",
    says="A prediction needs its doubt about the weights beside the noise; and the two precisions may be "
    "fixed at their largest evidence, where that is sharply peaked.",
    estimand="15 samples of 10 features, weights and noise drawn from the model: the share of new targets "
    "inside the 95 % band of Bayes with both precisions from the evidence, 50 targets for each of 300 "
    "problems.",
    predicts="It is at least 0.90: the band misses at most twice as often as it says.",
    refuted="Its whole interval lies below 0.90: with so few samples, one best value of each precision will "
    "not do.",
    control="400 samples, where doubt about the weights is a fortieth of the noise: the band of the evidence "
    "and the plug-in band of least squares differ by at most 0.02.",
    thresholds={
        "covered_at_least": COVERED_AT_LEAST,
        "asked": ASKED,
        "known_within": KNOWN_WITHIN,
        "alike": ALIKE,
    },
    run=run,
    holds=holds,
    gates={"calibrated": calibrated, "sensitivity": sensitivity, "control": control},
    plots={
        "covered": Contrast(
            values="few_evidence",
            axis="share of new targets in the 95 % band of the evidence, 15 samples",
            left="too narrow",
            right="as promised",
            thresholds=("covered_at_least",),
            supports="above",
        ),
        "plugin": Contrast(
            values="few_plugin",
            axis="share in the 95 % plug-in band of least squares, 15 samples",
            left="too narrow",
            right="as promised",
            thresholds=("covered_at_least",),
            supports="below",
        ),
        "many": Contrast(
            values=lambda m: m["many_evidence"] - m["many_plugin"],
            axis="coverage, evidence minus plug-in, 400 samples",
            left="plug-in covers more",
            right="the evidence covers more",
            thresholds=("-alike", "alike"),
            supports="between",
        ),
    },
)
