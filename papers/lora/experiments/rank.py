"""Hu et al. 2021, Table 6: a rank of 1 is about as good as one of 64, where W_q and W_v are adapted."""

from __future__ import annotations

from collections.abc import Mapping

from foundations.experiment import (
    Budget,
    Claim,
    Contrast,
    Metrics,
    Verdict,
    all_of,
    at_least,
    at_most,
    by_budget,
)
from papers.lora.experiments.common import (
    FROZEN_RATES,
    LORA_RATES,
    PILOT_SEEDS,
    SENSITIVITY,
    SHARE,
    accuracy,
    fitted,
    frozen_accuracy,
    on_validation,
)
from papers.lora.frozen import fit_head
from papers.lora.recovery import TRUE_RANK, loss_after_training, tail
from papers.lora.training import Arm

RANKS = (1, 16, 64)
RATES = (2.5e-4, *LORA_RATES, 1e-2)
"""alpha / r goes from 8 to 1/8, so the best rate may lie beyond those of the one rank of `real-model`."""
BELOW = (1, 4, 8)
TAIL, ZERO = 0.05, 1e-3


def arm_of(name: str, budget: Budget) -> Arm:
    """Return the arm of a name; the tiny encoder of the quick budget is 16 wide."""
    r = int(name.removeprefix("r_"))
    return Arm(r=by_budget(budget, quick=min(r, 16), standard=r, full=r))


def pilot(arm: str, rate: float, seed: int, budget: Budget) -> float:
    """Return cross-entropy on validation sentences, nats."""
    if arm == "frozen":
        return fit_head(rate, seed, budget).validation
    return on_validation(arm_of(arm, budget), rate, seed, budget)


def run(seed: int, budget: Budget, best: Mapping[str, float]) -> dict[str, float]:
    """Fine-tune with every rank; then the regression whose best rank is known."""
    m = {"accuracy_frozen": frozen_accuracy(best["frozen"], seed, budget)}
    for r in RANKS:
        found = fitted(arm_of(f"r_{r}", budget), best[f"r_{r}"], seed, budget)
        m[f"accuracy_{r}"] = accuracy(found, seed, budget)
        m[f"last_loss_{r}"] = sum(found.losses[-8:]) / len(found.losses[-8:])
    m["difference"] = m["accuracy_64"] - m["accuracy_1"]
    m["gain"] = m["accuracy_16"] - m["accuracy_frozen"]
    m["above"] = m["difference"] - SHARE * m["gain"]
    m["below"] = m["difference"] + SHARE * m["gain"]
    for r in BELOW:
        m[f"over_tail_{r}"] = loss_after_training(r, seed, budget) / tail(r) - 1
    m["left_16"] = loss_after_training(TRUE_RANK, seed, budget) / tail(0)
    return m


def holds(m: Metrics) -> Verdict:
    """Rank 64 and rank 1 differ by a quarter of what LoRA gains at most."""
    return all_of(at_most(m["above"], 0), at_least(m["below"], 0))


def sensitivity(m: Metrics) -> Verdict:
    """LoRA with r = 16 gains at least 3 points over the frozen encoder."""
    return at_least(m["gain"], SENSITIVITY)


def rank_matters(m: Metrics) -> Verdict:
    """In the regression the loss is that of the best approximation of each rank, within 5 %."""
    return all_of(*(at_most(m[f"over_tail_{r}"], TAIL) for r in BELOW), at_most(m["left_16"], ZERO))


CLAIM = Claim(
    id="rank",
    where="Table 6 (WikiSQL, W_q and W_v: 73.4 at r = 1, 73.5 at r = 64)",
    says="A very small rank is enough: r = 1 is about as good as r = 64.",
    estimand="MiniLM-L6 and sentence polarity as in `real-model`, alpha 8: accuracy with r = 64 minus "
    "r = 1, in points; each rank has its own rate. G is what r = 16 gains over a head on the frozen encoder: "
    "full fine-tuning is not run a second time, and where LoRA gains less the margin is stricter. Cut for "
    "time before any run as there, and r = 4.",
    predicts="The interval lies inside ±G/4.",
    refuted="The lower end is above G/4, or the upper end below −G/4.",
    control="Positive: regression on white inputs to an update of rank 16 with known singular values, where "
    "rank must matter. At r = 1, 4 and 8 the loss is at most 5 % above the sum of the squared singular "
    "values left out, at r = 16 below a thousandth of the start. Sensitivity: G of at least 3 points.",
    thresholds={"nothing": 0.0, "share": SHARE, "sensitivity": SENSITIVITY, "tail": TAIL, "zero": ZERO},
    run=run,
    holds=holds,
    gates={"sensitivity": sensitivity, "rank matters": rank_matters},
    scale=lambda budget: {
        "parameters": (22_713_216, 175_255_800_000),
        "sentences": (by_budget(budget, quick=64, standard=1000, full=3000), None),
    },
    arms=("frozen", *(f"r_{r}" for r in RANKS)),
    grid={"frozen": FROZEN_RATES} | dict.fromkeys((f"r_{r}" for r in RANKS), RATES),
    pilot=pilot,
    pilot_seeds=PILOT_SEEDS,
    plots={
        "difference": Contrast(
            values="difference",
            axis="points of accuracy, r = 64 minus r = 1",
            left="1 is better",
            right="64 is better",
        ),
        "above": Contrast(
            values="above",
            axis="the same, minus a quarter of what LoRA gains",
            left="inside the margin",
            right="64 is better",
            thresholds=("nothing",),
            supports="below",
        ),
        "below": Contrast(
            values="below",
            axis="the same, plus a quarter of what LoRA gains",
            left="1 is better",
            right="inside the margin",
            thresholds=("nothing",),
            supports="above",
        ),
        "gain": Contrast(
            values="gain",
            axis="points of accuracy, r = 16 minus a frozen encoder",
            left="no gain",
            right="a gain",
            thresholds=("sensitivity",),
            supports="above",
        ),
    },
)
