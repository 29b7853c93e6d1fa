"""Section 3.5 and Table 3, row E: attention without positions, with sinusoids, with learned positions."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from foundations.experiment import (
    Budget,
    Claim,
    Contrast,
    Interval,
    Metrics,
    Verdict,
    all_of,
    at_least,
    between,
    equivalent,
    paired_interval,
    proportion_interval,
)
from papers.attention.experiments import gates
from papers.attention.experiments.learning import Learned, Rows, Size, learn, reported
from papers.attention.experiments.reversal import reversal, sized
from papers.attention.tasks import sort

CHANCE = 0.0195824
"""How often the right digits in a random order are right, for 4 to 8 random digits: the mean over the lengths
n of C(n + 9, 9) / 10^n, since each of the C(n + 9, 9) multisets adds its probability over the number of its
orders."""
PRECISION = 0.5
"""How far the ends of the interval may be from chance, as a share of it, for the prediction to count."""
THRESHOLDS = {"chance": CHANCE, "precision": PRECISION, "third": gates.THIRD, **gates.SHARED}

ARMS = ("sinusoidal", "learned", "none", "none_long", "sort_sinusoidal", "sort_none")


def longer(budget: Budget) -> Size:
    """Return the size at which a model without positions has the time to learn which digits there are."""
    return sized(budget, reversal(budget).task, steps=1500)


def sorting(budget: Budget) -> Size:
    """Return the size for sorting as many digits, whose order does not matter."""
    return sized(budget, sort(longest=8), steps=reversal("standard").steps)


SIZES = {"reverse": reversal, "long": longer, "sort": sorting}


@lru_cache(maxsize=12)
def _rows(name: str, seed: int, budget: Budget, twice: bool) -> Rows:
    size = SIZES[name](budget)
    return Rows(size.twice() if twice else size, seed)


def _learn(arm: str, rate: float, seed: int, budget: Budget, *, twice: bool = False) -> Learned:
    name = "sort" if arm.startswith("sort") else "long" if arm.endswith("long") else "reverse"
    kind = arm.removeprefix("sort_").removesuffix("_long")
    return learn(_rows(name, seed, budget, twice), rate, positions=kind)


def pilot(arm: str, rate: float, seed: int, budget: Budget) -> float:
    """Return the validation loss of an arm at one peak rate, in nats a token."""
    return _learn(arm, rate, seed, budget).validation


def run(seed: int, budget: Budget, best: Mapping[str, float]) -> dict[str, float | np.ndarray]:
    """Train six arms; keep for every test sequence whether the longest without positions wrote it right."""
    arms = {arm: _learn(arm, best[arm], seed, budget) for arm in ARMS}
    twice = {
        f"twice_{arm}": float(1 - _learn(arm, best[arm], seed, budget, twice=True).right.mean())
        for arm in ("sinusoidal", "learned")
    }
    return {**reported(arms), **twice, "right_none_long": arms["none_long"].right.astype(float)}


def guessed(m: Metrics) -> Interval:
    """Return the share of test sequences, over all seeds, that come out right without positions."""
    right = m["right_none_long"]
    return proportion_interval(int(right.sum()), int(right.size))


def as_by_chance(m: Metrics) -> Verdict:
    """Return whether that share is what a random order of the known digits gives, told precisely enough."""
    _, low, high = guessed(m)
    if not low <= CHANCE <= high:
        return Verdict.NOT_SUPPORTED
    narrow = low >= CHANCE * (1 - PRECISION) and high <= CHANCE * (1 + PRECISION)
    return Verdict.SUPPORTED if narrow else Verdict.INCONCLUSIVE


def effect(m: Metrics) -> np.ndarray:
    """Return the share of sequences lost by dropping the positions."""
    return m["wrong_none"] - m["wrong_sinusoidal"]


def margin(m: Metrics) -> float:
    """Return a third of the effect of dropping the positions, of the lower end of its interval; 0 if none."""
    low = paired_interval(effect(m)).low
    return max(low * gates.THIRD, 0.0) if np.isfinite(low) else 0.0


def learned_gain(m: Metrics, steps: str = "wrong") -> np.ndarray:
    """Return the share of sequences gained by learning the positions, after all steps or `twice` as many."""
    return m[f"{steps}_sinusoidal"] - m[f"{steps}_learned"]


def alike(m: Metrics, steps: str = "wrong") -> Verdict:
    """Return whether sinusoids and learned positions differ by at most a third of the effect."""
    allowed = margin(m)
    if allowed <= 0:
        return Verdict.INCONCLUSIVE
    return equivalent(learned_gain(m, steps), allowed, sensitive=at_least(paired_interval(effect(m)), 0.0))


def holds(m: Metrics) -> Verdict:
    """Without positions it is a guess among the orders; with sinusoids it is as good as with learned ones."""
    return all_of(as_by_chance(m), alike(m))


def horizon(m: Metrics) -> Verdict:
    """Judge whether the two are alike after twice as many steps."""
    return alike(m, "twice")


def regime(m: Metrics) -> Verdict:
    """With sinusoids, 2 % to 30 % of the sequences are wrong."""
    return gates.regime(m, "sinusoidal")


def convergence(m: Metrics) -> Verdict:
    """The validation loss of each of the six arms moves less than 2 % over the last tenth of the steps."""
    return gates.converged(m, ARMS)


def control(m: Metrics) -> Verdict:
    """Sorting, dropping the positions changes the share of wrong sequences by at most a third as much."""
    allowed = margin(m)
    if allowed <= 0:
        return Verdict.INCONCLUSIVE
    return between(paired_interval(m["wrong_sort_none"] - m["wrong_sort_sinusoidal"]), -allowed, allowed)


CLAIM = Claim(
    id="positions",
    where="Section 3.5; Table 3, row E",
    says="Attention alone sees a set: order must be put in; sinusoids do as well as learned positions "
    "(25.8, 25.7 BLEU).",
    estimand="The share of digit sequences (4 to 8 long) reversed without an error by a model without "
    "positions that was trained long enough to know the digits; and, with less training, the share that "
    "sinusoids get right minus the share that learned positions get right.",
    predicts="Without positions a model can do no better than a random order of the right digits, which is "
    "right in 1.96 % of the sequences: the Clopper–Pearson interval over all test sequences holds that "
    "number and ends within half of it on either side. Sinusoids and learned positions differ by at most a "
    "third of what dropping the positions costs.",
    refuted="1.96 % lies outside that interval, or the difference lies wholly beyond a third of the effect.",
    control="Sorting the digits, where their order carries nothing: dropping the positions changes the "
    "share of wrong sequences by at most a third of what it changes in reversal.",
    thresholds=THRESHOLDS,
    run=run,
    holds=holds,
    gates={"regime": regime, "convergence": convergence, "control": control},
    scale=gates.scale_of(reversal),
    arms=ARMS,
    grid=(3e-3, 6e-3, 1.2e-2, 2.4e-2, 4.8e-2),
    pilot=pilot,
    horizon=horizon,
    plots={
        "guessed": Contrast(
            values="right_none_long",
            axis="share of sequences right without positions",
            left="less than by chance",
            right="order is known after all",
            thresholds=("chance",),
            interval=guessed,
            by="Clopper–Pearson",
        ),
        "learned_gain": Contrast(
            values=learned_gain,
            axis="share right with learned positions minus with sinusoids",
            left="sinusoids are better",
            right="learned are better",
        ),
        "effect": Contrast(
            values=effect,
            axis="share of sequences lost without positions, reversing",
            left="nothing lost",
            right="all lost",
        ),
        "control": Contrast(
            values=lambda m: m["wrong_sort_none"] - m["wrong_sort_sinusoidal"],
            axis="share of sequences lost without positions, sorting",
            left="better without",
            right="worse without",
        ),
    },
)
