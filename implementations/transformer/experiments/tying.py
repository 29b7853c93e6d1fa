"""Press & Wolf 2017: one table for embeddings and logits saves parameters and costs no loss.

Cost: 15 seconds a seed on one core, two core-minutes in all; the pilot another 45 seconds, with one seed.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np

from foundations.experiment import (
    Budget,
    Claim,
    Contrast,
    Metrics,
    Verdict,
    all_of,
    at_least,
    between,
    by_budget,
    equivalent,
    paired_interval,
)
from implementations.transformer.byte_pair import BytePair
from implementations.transformer.config import LanguageModelConfig, parameters_by_hand
from implementations.transformer.experiments.learning import (
    MOVED_AT_MOST,
    Learned,
    Size,
    converged,
    learn,
    nats,
)
from implementations.transformer.experiments.text import texts
from implementations.transformer.language_model import LanguageModel
from implementations.transformer.n_grams import NGrams

THIRD = 1 / 3
"""The margin of "equal", as a share of what as large a saving costs elsewhere."""
SAVED_WITHIN = 0.1
"""By which share what the cut model saves may differ from what tying saves."""

LEARNED_AT_LEAST = 0.5
"""Nats a token that the untied model gains over the frequencies of the tokens: off the ceiling."""

TUNED = ("tied", "untied", "cut")
ARMS = (*TUNED, "again")
GRID = (0.003, 0.01, 0.03, 0.1)
CONTEXT, WIDTH = 32, 32


def config(arm: str, budget: Budget) -> LanguageModelConfig:
    """Return the sizes of an arm: two layers; one of half the inner width where the saving is made there."""
    vocab_size = by_budget(budget, quick=300, standard=512, full=512)
    cut = arm == "cut"
    return LanguageModelConfig(
        vocab_size,
        CONTEXT,
        WIDTH,
        num_layers=1 if cut else 2,
        num_heads=2,
        d_ff=WIDTH * (2 if cut else 4),
        positions="rotary",
        tied=arm == "tied",
    )


def parameters(arm: str, budget: Budget) -> int:
    """Return the number of parameters of an arm."""
    return sum(parameters_by_hand(config(arm, budget)).values())


@cache
def tokens(seed: int, budget: Budget) -> BytePair:
    """Return the pairs of bytes learned from the seed's training text."""
    return BytePair.train(texts(seed, budget).train, config("tied", budget).vocab_size)


def model(arm: str, seed: int, budget: Budget) -> LanguageModel:
    """Return the model of an arm before training; "again" is the untied one from other first weights."""
    return LanguageModel(config(arm, budget), rng=np.random.default_rng([seed, 3 if arm == "again" else 0]))


def size(budget: Budget) -> Size:
    """Return steps, windows a step and context."""
    count, windows = by_budget(budget, quick=(10, 4), standard=(300, 16), full=(3000, 16))
    return Size(count, windows, CONTEXT)


def _learn(arm: str, rate: float, seed: int, budget: Budget) -> Learned:
    return learn(
        model(arm, seed, budget),
        texts(seed, budget),
        rate,
        size(budget),
        seed=seed,
        tokens=tokens(seed, budget),
    )


def pilot(arm: str, rate: float, seed: int, budget: Budget) -> float:
    """Return the validation loss of an arm at one peak rate, in nats a token."""
    return _learn(arm, rate, seed, budget).validation


def run(seed: int, budget: Budget, best: Mapping[str, float]) -> dict[str, float]:
    """Train four models; count how often each token occurs beside them."""
    metrics: dict[str, float] = {}
    for arm in ARMS:
        learned = _learn(arm, best["untied" if arm == "again" else arm], seed, budget)
        metrics[f"loss_{arm}"], metrics[f"moved_{arm}"] = nats(learned), learned.moved
        metrics[f"parameters_{arm}"] = float(parameters(arm, budget))
    read, code = texts(seed, budget), tokens(seed, budget)
    counted = NGrams(1, code.vocab_size).fit(code.encode(read.train))
    metrics["frequencies"] = counted.evaluate(code.encode(read.test)).nats
    return metrics


def cost(m: Metrics, arm: str) -> np.ndarray:
    """Return the loss of an arm minus that of the untied model, in nats a token."""
    return m[f"loss_{arm}"] - m["loss_untied"]


def margin(m: Metrics) -> float:
    """Return a third of the lower end of what the saving costs elsewhere; 0 if that may be nothing."""
    return max(paired_interval(cost(m, "cut")).low * THIRD, 0.0)


def _alike(m: Metrics, arm: str) -> Verdict:
    if not margin(m) > 0:
        return Verdict.INCONCLUSIVE
    return equivalent(paired_interval(cost(m, arm)), margin(m), sensitive=sensitivity(m))


def holds(m: Metrics) -> Verdict:
    """Tying changes the loss by less than a third of what as large a saving costs in the blocks."""
    return _alike(m, "tied")


def regime(m: Metrics) -> Verdict:
    """The untied model gains at least 0.5 over frequencies, and both savings are alike to a tenth."""
    ratio = (m["parameters_untied"] - m["parameters_cut"]) / (m["parameters_untied"] - m["parameters_tied"])
    return all_of(
        at_least(m["frequencies"] - m["loss_untied"], LEARNED_AT_LEAST),
        between(ratio, 1 - SAVED_WITHIN, 1 + SAVED_WITHIN),
    )


def convergence(m: Metrics) -> Verdict:
    """The validation loss of each of the four models moves less than 2 % over the last tenth of the steps."""
    return converged(m, ARMS)


def sensitivity(m: Metrics) -> Verdict:
    """As large a saving in the blocks costs loss, so that a cost of tying could show."""
    return Verdict.SUPPORTED if paired_interval(cost(m, "cut")).low > 0 else Verdict.INCONCLUSIVE


def control(m: Metrics) -> Verdict:
    """The untied model from other first weights ends within the same margin."""
    if not margin(m) > 0:
        return Verdict.INCONCLUSIVE
    return between(paired_interval(cost(m, "again")), -margin(m), margin(m))


CLAIM = Claim(
    id="tying",
    where="Press & Wolf 2017",
    says="One table that embeds the tokens and makes the logits saves the parameters of the second at equal "
    "loss.",
    estimand="Two layers of width 32 on 512 byte pairs, 300 steps of 16 windows of 32 tokens, each model at "
    "its own best rate of four: the loss of the tied model (41,856 parameters) minus that of the untied one "
    "(58,240) on the seed's test text, in nats a token.",
    predicts="It lies within ±a third of what the same saving costs where it is made in the blocks: an "
    "untied model of 41,376 parameters, one layer whose inner width is halved.",
    refuted="The whole interval lies outside: tying then costs much of what any saving costs, or it "
    "lowers the loss.",
    control="The untied model from other first weights: its difference lies within the same margin.",
    thresholds={
        "third": THIRD,
        "saved_within": SAVED_WITHIN,
        "learned_at_least": LEARNED_AT_LEAST,
        "moved_at_most": MOVED_AT_MOST,
    },
    run=run,
    holds=holds,
    gates={"regime": regime, "convergence": convergence, "sensitivity": sensitivity, "control": control},
    arms=TUNED,
    grid=GRID,
    pilot=pilot,
    pilot_seeds=(100,),
    plots={
        "tied": Contrast(
            values=lambda m: cost(m, "tied"),
            axis="loss of the tied model minus that of the untied one, nats a token",
            left="tied is better",
            right="untied is better",
        ),
        "cut": Contrast(
            values=lambda m: cost(m, "cut"),
            axis="the same, with as many parameters saved in the blocks, nats a token",
            left="the smaller is better",
            right="the larger is better",
        ),
        "again": Contrast(
            values=lambda m: cost(m, "again"),
            axis="the same, the untied model from other first weights, nats a token",
            left="the other is better",
            right="the first is better",
        ),
    },
)
