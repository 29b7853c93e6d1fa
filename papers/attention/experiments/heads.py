"""Table 3, row A: eight heads against one at equal width."""

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
    paired_interval,
)
from papers.attention.experiments import gates
from papers.attention.experiments.learning import Learned, Rows, Size, learn, reported
from papers.attention.experiments.reversal import sized
from papers.attention.tasks import add, copy

GAIN_AT_LEAST = 0.0
THRESHOLDS = {"gain_at_least": GAIN_AT_LEAST, **gates.SHARED}

ARMS = ("add_one", "add_eight", "copy_one", "copy_eight")
GRIDS = {  # five rates a task, a factor of two apart; the short training of copies needs larger ones
    **dict.fromkeys(ARMS[:2], (1.5e-3, 3e-3, 6e-3, 1.2e-2, 2.4e-2)),
    **dict.fromkeys(ARMS[2:], (6e-3, 1.2e-2, 2.4e-2, 4.8e-2, 9.6e-2)),
}


def adding(budget: Budget) -> Size:
    """Return the size for adding two numbers of three digits; learned positions, with which it takes less."""
    return sized(budget, add(3), steps=1300, positions="learned")


def copying(budget: Budget) -> Size:
    """Return the size for copying 4 to 12 digits with as wide a model."""
    return sized(budget, copy(12), steps=170, positions="learned")


@lru_cache(maxsize=8)
def _rows(name: str, seed: int, budget: Budget) -> Rows:
    return Rows((adding if name == "add" else copying)(budget), seed)


def _learn(arm: str, rate: float, seed: int, budget: Budget) -> Learned:
    task, heads = arm.split("_")
    return learn(_rows(task, seed, budget), rate, num_heads={"one": 1, "eight": 8}[heads])


def pilot(arm: str, rate: float, seed: int, budget: Budget) -> float:
    """Return the validation loss of an arm at one peak rate, in nats a token."""
    return _learn(arm, rate, seed, budget).validation


def run(seed: int, budget: Budget, best: Mapping[str, float]) -> dict[str, float]:
    """Train with one head and with eight, to add and to copy."""
    return reported({arm: _learn(arm, best[arm], seed, budget) for arm in ARMS})


def gain(m: Metrics, task: str = "add") -> np.ndarray:
    """Return the share of sequences that eight heads get right beyond those of one."""
    return m[f"wrong_{task}_one"] - m[f"wrong_{task}_eight"]


def holds(m: Metrics) -> Verdict:
    """Eight heads add better than one, and by more than they copy better."""
    adding, copying = paired_interval(gain(m)), paired_interval(gain(m, "copy"))
    above = at_least(adding, GAIN_AT_LEAST)
    if above is not Verdict.SUPPORTED:
        return above
    return Verdict.SUPPORTED if adding.low > max(copying.high, GAIN_AT_LEAST) else Verdict.INCONCLUSIVE


def regime(m: Metrics) -> Verdict:
    """With eight heads, 2 % to 30 % of the sums and of the copies are wrong."""
    return gates.regime(m, "add_eight", "copy_eight")


def convergence(m: Metrics) -> Verdict:
    """The validation loss of each of the four arms moves less than 2 % over the last tenth of the steps."""
    return gates.converged(m, ARMS)


CLAIM = Claim(
    id="heads",
    where="Table 3, row A",
    says="At equal width, several heads do better than one: 25.8 BLEU with eight, 24.9 with one.",
    estimand="Adding two numbers of three digits, several look-ups at once: the share of sums answered "
    "without an error, eight heads minus one, at equal width and number of parameters, with learned "
    "positions.",
    predicts="It is above 0, and the lower end of its interval lies above the upper end of the same "
    "difference in copying.",
    refuted="The upper end of its interval lies below 0.",
    control="Copying 4 to 12 digits, one look-up a position, off its ceiling.",
    thresholds=THRESHOLDS,
    run=run,
    holds=holds,
    gates={"regime": regime, "convergence": convergence},
    scale=gates.scale_of(adding),
    arms=ARMS,
    grid=GRIDS,
    pilot=pilot,
    plots={
        "gain": Contrast(
            values=gain,
            axis="share of sums right, eight heads minus one",
            left="one is better",
            right="eight are better",
            thresholds=("gain_at_least",),
            supports="above",
        ),
        "control": Contrast(
            values=lambda m: gain(m, "copy"),
            axis="share of copies right, eight heads minus one",
            left="one is better",
            right="eight are better",
        ),
    },
)
