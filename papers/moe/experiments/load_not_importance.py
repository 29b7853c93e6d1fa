"""Shazeer et al. 2017, section 4, last paragraph: equal importance can hide unequal load."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from foundations.experiment import Budget, Claim, Contrast, Metrics, Verdict, all_of, at_least, at_most
from papers.moe.experiments.common import EXPERTS, GRID, Arm, on_test, on_validation, positions, trained, use
from papers.moe.language_model import CharacterModel, CharacterModelConfig
from papers.moe.training import measure_balance

ARMS = {"importance": Arm(w_importance=0.2), "load": Arm(w_load=0.2)}
LOAD, IMPORTANCE = 0.5, -0.5
ZERO = 1e-12


def pilot(arm: str, rate: float, seed: int, budget: Budget) -> float:
    """Return nats a character on validation text."""
    return on_validation(ARMS[arm], rate, seed, budget)


def load_with_all(seed: int, budget: Budget) -> float:
    """Return CV(load) where every expert takes every token, with gates that are far from even."""
    config = CharacterModelConfig(experts=replace(EXPERTS, k=EXPERTS.n_experts))
    model = CharacterModel(config, rng=np.random.default_rng([seed, 4]))
    gate = model.mixture.w_gate  # type: ignore[union-attr]
    gate.data = np.random.default_rng([seed, 5]).normal(0, 1, gate.shape).astype(np.float32)
    return measure_balance(model, positions(seed, budget).test[:2048]).cv_load


def run(seed: int, budget: Budget, best: Mapping[str, float]) -> dict[str, float]:
    """Train with either loss alone."""
    m: dict[str, float] = {}
    for name, arm in ARMS.items():
        model = trained(arm, float(best[name]), seed, budget)
        even = use(model, seed, budget)
        m |= {f"cv_importance_{name}": even.cv_importance, f"cv_load_{name}": even.cv_load}
        m |= {f"max_over_mean_{name}": even.max_over_mean, f"nll_{name}": on_test(model, seed, budget)}
    for what in ("importance", "load"):
        m[f"ln_{what}"] = math.log(m[f"cv_{what}_importance"] / m[f"cv_{what}_load"])
    m["cv_load_all"] = load_with_all(seed, budget)
    return m


def holds(m: Metrics) -> Verdict:
    """Each loss evens out its own quantity more: a crossing."""
    return all_of(at_least(m["ln_load"], LOAD), at_most(m["ln_importance"], IMPORTANCE))


def all_take_everything(m: Metrics) -> Verdict:
    """With k = n the load is even whatever the weights."""
    return at_most(m["cv_load_all"], ZERO)


CLAIM = Claim(
    id="load-not-importance",
    where="Section 4, last paragraph; Table 6 (rows .2, 0 and 0, .2: CV of load .17 and .04, of importance "
    ".06 and .22)",
    says="Experts of equal importance can still get unequal numbers of tokens: each loss evens out its own.",
    estimand="Character model on Austen, 16 experts, k = 2, 1,500 steps: ln of CV with the importance loss "
    "alone over CV with the load loss alone, weight .2 each; of load and of importance, over 16,384 test "
    "positions with noise. Measured 15 seconds a seed.",
    predicts="At least 0.5 for load (paper ln .17/.04 = 1.45), at most −0.5 for importance (paper −1.3).",
    refuted="The whole interval of either lies on the other side.",
    control="k = n: every expert takes every token, and the CV of load is 0.",
    thresholds={"load": LOAD, "importance": IMPORTANCE, "zero": ZERO},
    run=run,
    holds=holds,
    gates={"k = n": all_take_everything},
    scale=lambda budget: {"experts": (16, 256), "steps": (1500, None)},
    arms=tuple(ARMS),
    grid=GRID,
    pilot=pilot,
    plots={
        "load": Contrast(
            values="ln_load",
            axis="ln of CV of load, importance loss alone over load loss alone",
            left="importance evens it",
            right="load evens it",
            thresholds=("load",),
            supports="above",
        ),
        "importance": Contrast(
            values="ln_importance",
            axis="ln of CV of importance, the same two",
            left="importance evens it",
            right="load evens it",
            thresholds=("importance",),
            supports="below",
        ),
    },
)
