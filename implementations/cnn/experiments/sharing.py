"""LeCun et al. 1998: shared weights read shifted digits better than as many that are not shared.

Cost: 10 seconds a seed on one core, 80 in all; the pilot another 100.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from foundations import nn
from foundations.experiment import (
    Budget,
    Claim,
    Contrast,
    Metrics,
    Verdict,
    all_of,
    at_least,
    at_most,
    between,
    by_budget,
)
from foundations.optimization import polynomial_schedule
from implementations.cnn.experiments.learning import Judged, descend, judge
from implementations.cnn.experiments.rows import Rows
from implementations.cnn.networks import ConvNet, ConvNetConfig, FullyConnected
from implementations.cnn.pictures import Pictures

GAIN_AT_LEAST = 1.0
"""log2 of a ratio of errors: two thirds of 4.7 % to 1.7 % on MNIST (LeCun et al. 1998, figure 9)."""
CONTROL_AT_MOST = GAIN_AT_LEAST / 3
ERROR_AT_LEAST, ERROR_AT_MOST = 0.01, 0.30
"""Off floor and ceiling: errors of the convolutional network on shifted digits."""
GUESSING_AT_MOST = 0.75
"""The fully connected network errs less often than this; guessing gives 0.9."""
MOVED_AT_MOST = 0.03
"""By which share the validation loss of an arm may still move over the last tenth of the steps."""

CANVAS = 16
NETS, DATA = ("conv", "full", "wide"), ("shifted", "permuted")
ARMS = tuple(f"{net}_{data}" for data in DATA for net in NETS)
GRID = (0.003, 0.01, 0.03, 0.1, 0.3)
HIDDEN, WIDE = 14, 256
"""Hidden units: 14 give 3,748 weights to the convolutional network's 3,738; 256 are only reported."""


def network(net: str, seed: int) -> nn.Module:
    """Return the convolutional network, the fully connected one of its size, or the wide one."""
    rng = np.random.default_rng([seed, 4])
    if net == "conv":
        return ConvNet(ConvNetConfig(CANVAS, widths=((8, 16), (16,)), batch_norm=False), rng=rng)
    return FullyConnected(CANVAS, widths=(HIDDEN if net == "full" else WIDE,), rng=rng)


@dataclass(frozen=True)
class Permuted(Rows):
    """The same digits with their pixels in another order, one for all pictures of a seed."""

    def _pictures(self, split: dict[str, np.ndarray], chosen: np.ndarray, part: int) -> Pictures:
        images, labels = super()._pictures(split, chosen, part)
        order = np.random.default_rng([self.seed, 5]).permutation(CANVAS * CANVAS)
        return Pictures(images.reshape(len(images), -1)[:, order].reshape(images.shape), labels)


def steps(budget: Budget) -> int:
    """Return the steps of a run."""
    return by_budget(budget, quick=10, standard=400, full=4000)


@lru_cache(maxsize=4)
def _rows(seed: int, budget: Budget, data: str) -> Rows:
    few = budget == "quick"
    kind = Rows if data == "shifted" else Permuted
    return kind(seed, budget, CANVAS, n_train=128 if few else 4000, n_validation=50 if few else 1000)


def learn(arm: str, rate: float, seed: int, budget: Budget) -> tuple[nn.Module, Rows, Judged, float]:
    """Train an arm; return it, its rows, how it does on validation rows, and how that moved at the end."""
    net, data = arm.split("_")
    model, rows, n = network(net, seed), _rows(seed, budget, data), steps(budget)
    early: list[float] = []

    def validate(step: int) -> None:
        if step == n - n // 10:
            early.append(judge(model, rows.validation, rows).loss)

    descend(model, rows, polynomial_schedule(rate, n, power=3.0), n, momentum=0.9, after_step=validate)
    final = judge(model, rows.validation, rows)
    return model, rows, final, early[0] / final.loss - 1 if early else float("nan")


def pilot(arm: str, rate: float, seed: int, budget: Budget) -> float:
    """Return the validation loss of an arm at one peak rate, in nats a picture."""
    return learn(arm, rate, seed, budget)[2].loss


def run(seed: int, budget: Budget, best: Mapping[str, float]) -> dict[str, float]:
    """Train every network on shifted and on permuted digits, each at its own best rate."""
    metrics = {}
    for arm in ARMS:
        model, rows, _, moved = learn(arm, best[arm], seed, budget)
        metrics[f"error_{arm}"] = judge(model, rows.test, rows).error
        metrics[f"moved_{arm}"] = moved
    return metrics


def gain(m: Metrics, data: str, net: str = "full") -> np.ndarray:
    """Return log2 of the errors of a network without shared weights over those of the convolutional one."""
    return np.log2(m[f"error_{net}_{data}"] / np.maximum(m[f"error_conv_{data}"], 1e-4))


def holds(m: Metrics) -> Verdict:
    """On shifted digits the fully connected network errs at least twice as often."""
    return at_least(gain(m, "shifted"), GAIN_AT_LEAST)


def regime(m: Metrics) -> Verdict:
    """On shifted digits the convolutional network errs on 1 % to 30 %; the fully connected does not guess."""
    return all_of(
        between(m["error_conv_shifted"], ERROR_AT_LEAST, ERROR_AT_MOST),
        *(at_most(m[f"error_full_{data}"], GUESSING_AT_MOST) for data in DATA),
    )


def convergence(m: Metrics) -> Verdict:
    """The validation loss of the four arms that count moves less than 3 % in the last tenth of the steps."""
    counted = [arm for arm in ARMS if not arm.startswith("wide")]
    return all_of(*(between(m[f"moved_{arm}"], -MOVED_AT_MOST, MOVED_AT_MOST) for arm in counted))


def control(m: Metrics) -> Verdict:
    """With the pixels in another order the advantage is at most a third of that."""
    return at_most(gain(m, "permuted"), CONTROL_AT_MOST)


def same_task(m: Metrics) -> Verdict:
    """The order of the pixels is nothing to the fully connected network: as many errors, to a third."""
    ratio = np.log2(m["error_full_permuted"] / m["error_full_shifted"])
    return between(ratio, -CONTROL_AT_MOST, CONTROL_AT_MOST)


CLAIM = Claim(
    id="sharing",
    where="LeCun et al. 1998, section II.A",
    says="Weights that are shared between places read digits that may stand anywhere with fewer errors than "
    "as many weights that are not.",
    estimand="Digits of 12 × 12 pixels anywhere on 16 × 16, 4,000 to learn from, 400 steps, each arm at its "
    "own best rate of five: log2 of the share of test digits that a fully connected network of 3,748 weights "
    "reads wrong over that of a convolutional one of 3,738.",
    predicts="It is at least 1: twice as many errors.",
    refuted="The whole interval lies below 1.",
    control="The same digits with their pixels in an order drawn anew for each seed, where neighbours mean "
    "nothing: at most a third of that.",
    thresholds={
        "gain_at_least": GAIN_AT_LEAST,
        "control_at_most": CONTROL_AT_MOST,
        "error_at_least": ERROR_AT_LEAST,
        "error_at_most": ERROR_AT_MOST,
        "guessing_at_most": GUESSING_AT_MOST,
        "moved_at_most": MOVED_AT_MOST,
    },
    run=run,
    holds=holds,
    gates={"regime": regime, "convergence": convergence, "control": control, "same task": same_task},
    arms=ARMS,
    grid=GRID,
    pilot=pilot,
    plots={
        "gain": Contrast(
            values=lambda m: gain(m, "shifted"),
            axis="log2 of the errors fully connected over convolutional, shifted digits",
            left="fully connected is better",
            right="convolutional is better",
            thresholds=("gain_at_least",),
            supports="above",
        ),
        "control": Contrast(
            values=lambda m: gain(m, "permuted"),
            axis="the same, pixels in another order",
            left="fully connected is better",
            right="convolutional is better",
            thresholds=("control_at_most",),
            supports="below",
        ),
    },
)
