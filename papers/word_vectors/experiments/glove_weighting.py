"""GloVe, section 3: frequent pairs deserve more weight, for their logarithms are better known."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from foundations.experiment import (
    Budget,
    Claim,
    Contrast,
    Metrics,
    Scale,
    Verdict,
    at_most,
    by_budget,
    paired_interval,
)
from papers.word_vectors.glove import Counts, GloVe, GloVeConfig
from papers.word_vectors.vocabulary import Vocabulary

WORDS, RANK, MEAN, SPREAD = 100, 8, 2.3, 1.2
X_MAX = 100.0
LOWER = float(np.log(0.8))
"""The squared error with f is at least 20 % lower."""
EXACT = 1e-3
THRESHOLDS = {"lower": LOWER, "exact": EXACT}
ARMS = ("weighted", "flat")
GRID = (0.05, 0.1, 0.2, 0.4)


def log_rates(seed: int) -> np.ndarray:
    """Return ln λ of rank 8 and mean ln 10, shape (V, V)."""
    rng = np.random.default_rng([seed, 21])
    a, b = rng.normal(0, np.sqrt(SPREAD / np.sqrt(RANK)), (2, WORDS, RANK))
    return a @ b.T + MEAN


def fitted(arm: str, rate: float, counts: np.ndarray, seed: int, budget: Budget) -> np.ndarray:
    """Return what GloVe makes of ln X, fitted to the cells above 0, shape (V, V)."""
    rows, columns = np.nonzero(counts)
    words = Vocabulary({f"w{i}": WORDS - i for i in range(WORDS)})
    config = GloVeConfig(dimension=RANK, x_max=X_MAX if arm == "weighted" else 0.0, batch=1024)
    model = GloVe(words, config, rng=np.random.default_rng([seed, 22]))
    model.train(
        Counts(rows, columns, counts[rows, columns].astype(float)),
        epochs=by_budget(budget, quick=20, standard=400, full=4000),
        learning_rate=rate,
        rng=np.random.default_rng([seed, 23]),
    )
    return model.words[:, :-1] @ model.contexts[:, :-1].T + model.words[:, -1:] + model.contexts[:, -1]


def error(arm: str, rate: float, seed: int, budget: Budget, *, noise: bool = True) -> float:
    """Return the mean squared error in ln λ, over the cells whose count is above 0."""
    truth = log_rates(seed)
    counts = np.random.default_rng([seed, 24]).poisson(np.exp(truth)) if noise else np.exp(truth)
    found = fitted(arm, rate, counts, seed, budget)
    return float(((found - truth)[counts > 0] ** 2).mean())


def pilot(arm: str, rate: float, seed: int, budget: Budget) -> float:
    """Return the error at one rate."""
    return error(arm, rate, seed, budget)


def run(seed: int, budget: Budget, best: Mapping[str, float]) -> dict[str, float]:
    """Fit counts with noise and without, with the weights and without."""
    noisy = {f"error_{arm}": error(arm, best[arm], seed, budget) for arm in ARMS}
    return noisy | {f"exact_{arm}": error(arm, best[arm], seed, budget, noise=False) for arm in ARMS}


def ratio(m: Metrics) -> np.ndarray:
    """Return the logarithm of the weighted fit's error over the flat one's, shape (seeds,)."""
    return np.log(m["error_weighted"] / m["error_flat"])


def holds(m: Metrics) -> Verdict:
    """The error is lower by a fifth or more."""
    return at_most(paired_interval(ratio(m)), LOWER)


def control(m: Metrics) -> Verdict:
    """Without noise both fits are exact: squared errors below 1e-3, a hundredth of those with noise."""
    return at_most(np.maximum(m["exact_weighted"], m["exact_flat"]), EXACT)


def scale(budget: Budget) -> Scale:
    """Return our sizes beside those of GloVe on 6 billion words."""
    return {"parameters": (2.0 * WORDS * (RANK + 1), 2.0 * 400_000 * 301), "examples": (WORDS**2, None)}


CLAIM = Claim(
    id="glove-weighting",
    where="GloVe, section 3, equations (8) and (9)",
    says="Rare co-occurrences are noisy and carry less information than frequent ones, so a cell is "
    "weighted by $f(x) = (x/x_{\\max})^{3/4}$, at most 1.",
    estimand="Planted rates $\\lambda$ of rank 8 among 100 words, counts Poisson($\\lambda$): the logarithm "
    "of the mean squared error in $\\ln\\lambda$ over the cells above 0, with $f$ over that with $f \\equiv "
    "1$.",
    predicts="It is $\\ln 0.8$ or less: an error at least 20 % lower. Theory: $\\operatorname{var}\\ln X "
    "\\approx 1/\\lambda$, so weights should grow with the count.",
    refuted="The whole interval lies above $\\ln 0.8$.",
    control="Counts that are the rates, without noise: both fits are exact, to squared errors of 1e-3. 400 "
    "passes, $x_{\\max} = 100$; the comparisons on real text (x_max, W + W̃ against W) were cut for time. "
    "Measured 10 seconds a seed.",
    thresholds=THRESHOLDS,
    run=run,
    holds=holds,
    gates={"control": control},
    scale=scale,
    arms=ARMS,
    grid=GRID,
    pilot=pilot,
    plots={
        "ratio": Contrast(
            values=ratio,
            axis="ln of the squared error with f over that without",
            left="weighting helps",
            right="weighting costs",
            thresholds=("lower",),
            supports="below",
        )
    },
)
