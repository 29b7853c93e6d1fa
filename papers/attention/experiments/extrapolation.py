"""Section 3.5: positions by sinusoids "may allow" sequences longer than those seen in training."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from foundations.experiment import (
    Budget,
    Claim,
    Contrast,
    Metrics,
    Verdict,
    at_least,
    between,
    paired_interval,
)
from papers.attention.experiments import gates
from papers.attention.experiments.learning import Learned, Pairs, Rows, learn, reported
from papers.attention.experiments.reversal import reversal
from papers.attention.tasks import reverse
from papers.attention.training import evaluate

GAIN_AT_LEAST = 0.2
"""Token accuracy: a quarter of the 0.8 or so between guessing a digit, 0.1, and what is reached within."""
WITHIN_AT_MOST = GAIN_AT_LEAST * gates.THIRD
THRESHOLDS = {"gain_at_least": GAIN_AT_LEAST, "within_at_most": WITHIN_AT_MOST, **gates.SHARED}

ARMS = ("sinusoidal", "learned")
SHORTEST, LONGEST = 9, 12


@lru_cache(maxsize=4)
def _rows(seed: int, budget: Budget) -> Rows:
    return Rows(reversal(budget), seed)


def _longer(rows: Rows) -> Pairs:
    """Return test sequences longer than any of training."""
    rng = np.random.default_rng([rows.seed, 5])
    return reverse(LONGEST, SHORTEST).draw(rows.size.n_test, folds={rows.test_fold}, rng=rng)


def _learn(arm: str, rate: float, seed: int, budget: Budget) -> Learned:
    return learn(_rows(seed, budget), rate, positions=arm)


def pilot(arm: str, rate: float, seed: int, budget: Budget) -> float:
    """Return the validation loss of an arm, within the lengths of training, in nats a token."""
    return _learn(arm, rate, seed, budget).validation


def run(seed: int, budget: Budget, best: Mapping[str, float]) -> dict[str, float]:
    """Train on 4 to 8 digits; take the token accuracy on as many, and on 9 to 12."""
    arms = {arm: _learn(arm, best[arm], seed, budget) for arm in ARMS}
    metrics = reported(arms)
    for arm, learned in arms.items():
        metrics[f"within_{arm}"] = evaluate(learned.model, *learned.rows.test)["accuracy"]
        metrics[f"beyond_{arm}"] = evaluate(learned.model, *_longer(learned.rows))["accuracy"]
    return metrics


def within(m: Metrics) -> np.ndarray:
    """Return the token accuracy of sinusoids minus that of learned positions, at the lengths of training."""
    return m["within_sinusoidal"] - m["within_learned"]


def gain(m: Metrics) -> np.ndarray:
    """Return the same beyond those lengths, less what it is within."""
    return m["beyond_sinusoidal"] - m["beyond_learned"] - within(m)


def holds(m: Metrics) -> Verdict:
    """Beyond the lengths of training, sinusoids are clearly better than learned positions."""
    return at_least(paired_interval(gain(m)), GAIN_AT_LEAST)


def regime(m: Metrics) -> Verdict:
    """With sinusoids, 2 % to 30 % of the sequences of the trained lengths are wrong."""
    return gates.regime(m, "sinusoidal")


def convergence(m: Metrics) -> Verdict:
    """The validation loss of both arms moves less than 2 % over the last tenth of the steps."""
    return gates.converged(m, ARMS)


def control(m: Metrics) -> Verdict:
    """Within the lengths of training the two differ by at most a third of the effect asked for."""
    return between(paired_interval(within(m)), -WITHIN_AT_MOST, WITHIN_AT_MOST)


CLAIM = Claim(
    id="extrapolation",
    where="Section 3.5",
    says="Sinusoids may let the model go on to sequences longer than those met in training.",
    estimand="Reversal learned on 4 to 8 digits: token accuracy, given the right prefix, on 9 to 12 digits, "
    "sinusoids minus learned positions, less the same difference on 4 to 8 digits. Positions beyond the "
    "eighth digit and the end were never trained, so the learned ones are as they were drawn.",
    predicts="The difference is at least 0.2.",
    refuted="Its whole interval lies below 0.2: sinusoids carry no further than random vectors do.",
    control="The lengths of training, where both kinds of position were trained: a difference of at most "
    "0.067.",
    thresholds=THRESHOLDS,
    run=run,
    holds=holds,
    gates={"regime": regime, "convergence": convergence, "control": control},
    scale=gates.scale_of(reversal),
    arms=ARMS,
    grid=(3e-3, 6e-3, 1.2e-2, 2.4e-2, 4.8e-2),
    pilot=pilot,
    plots={
        "gain": Contrast(
            values=gain,
            axis="token accuracy at 9 to 12 digits, sinusoids minus learned, less the same at 4 to 8",
            left="learned carry further",
            right="sinusoids carry further",
            thresholds=("gain_at_least",),
            supports="above",
        ),
        "within": Contrast(
            values=within,
            axis="token accuracy at 4 to 8 digits, sinusoids minus learned",
            left="learned are better",
            right="sinusoids are better",
            thresholds=("-within_at_most", "within_at_most"),
            supports="between",
        ),
    },
)
