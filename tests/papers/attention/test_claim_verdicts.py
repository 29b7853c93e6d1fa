"""Made-up metrics on both sides of every threshold: each design can win, lose and be disqualified."""

import numpy as np
import pytest

from foundations.experiment import Verdict
from papers.attention.experiments import CLAIMS

BY_ID = {claim.id: claim for claim in CLAIMS}
YES, NO, OPEN = Verdict.SUPPORTED, Verdict.NOT_SUPPORTED, Verdict.INCONCLUSIVE
SEEDS = 8


def over_seeds(values):
    """Return eight seeds that scatter a little around each value; arrays as they are."""
    scatter = np.linspace(-1e-4, 1e-4, SEEDS)
    return {name: v if isinstance(v, np.ndarray) else v + scatter for name, v in values.items()}


def arms(claim, **wrong):
    """Return the metrics of every arm: converged, a tenth wrong, 0.1 nats, but for what is given."""
    found = {"wrong": 0.1, "loss": 0.1, "moved": 0.0, "twice": 0.1}
    found = {f"{kind}_{arm}": value for arm in claim.arms for kind, value in found.items()}
    return {**found, **wrong}


def right(count, total=8000):
    flat = np.zeros(total)
    flat[:count] = 1
    return flat.reshape(SEEDS, -1)


MEDIANS = {
    "median_unscaled_4": 0.4,
    "median_unscaled_512": 0.01,
    "median_scaled_4": 0.25,
    "median_scaled_512": 0.26,
}
SUPPORTING = {
    "scaling": {**MEDIANS, "loss_wide_unscaled": 0.5, "loss_narrow_unscaled": 0.15},
    "positions": {"wrong_none": 0.98, "right_none_long": right(157)},
    "extrapolation": {
        "within_sinusoidal": 0.97,
        "within_learned": 0.97,
        "beyond_sinusoidal": 0.7,
        "beyond_learned": 0.3,
    },
    "heads": {"wrong_add_one": 0.4, "wrong_copy_one": 0.12},
    "smoothing": {"loss_smoothed": 0.2, "loss_tiny": 0.101, "wrong_plain": 0.13, "wrong_smoothed": 0.135},
    "warmup": {"loss_post_none": 0.25},
}


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_what_was_predicted_supports_the_claim_and_passes_every_gate(claim):
    metrics = over_seeds(arms(claim, **SUPPORTING[claim.id]))
    assert claim.holds(metrics) is YES
    assert {name: gate(metrics) for name, gate in claim.gates.items()} == dict.fromkeys(claim.gates, YES)


@pytest.mark.parametrize(
    ("claim", "spoiled", "verdict"),
    [
        ("scaling", {"median_unscaled_512": 0.039}, YES),
        ("scaling", {"median_unscaled_512": 0.041}, NO),
        ("scaling", {"loss_wide_unscaled": 0.251}, YES),  # three times the 0.05 of narrow heads
        ("scaling", {"loss_wide_unscaled": 0.249}, NO),
        ("positions", {"right_none_long": right(100)}, NO),
        ("positions", {"right_none_long": right(220)}, NO),
        ("positions", {"right_none_long": right(3, 160)}, OPEN),  # chance is inside, of far too few
        ("positions", {"wrong_learned": 0.39}, YES),  # the effect is 0.88, a third of it 0.293
        ("positions", {"wrong_learned": 0.40}, NO),
        ("positions", {"wrong_sinusoidal": 0.98, "wrong_learned": 0.98}, OPEN),  # no effect, no margin
        ("extrapolation", {"beyond_sinusoidal": 0.501}, YES),
        ("extrapolation", {"beyond_sinusoidal": 0.499}, NO),
        ("heads", {"wrong_add_one": 0.121}, YES),
        ("heads", {"wrong_add_one": 0.119}, OPEN),  # better, but no more than copying
        ("heads", {"wrong_add_one": 0.099}, NO),
        ("smoothing", {"loss_smoothed": 0.099}, NO),
        ("smoothing", {"wrong_smoothed": 0.1397}, YES),  # noise costs 0.03, a third of it 0.01
        ("smoothing", {"wrong_smoothed": 0.1405}, NO),
        ("warmup", {"loss_post_none": 0.201}, YES),
        ("warmup", {"loss_post_none": 0.199}, NO),
    ],
)
def test_a_design_can_lose_at_every_threshold(claim, spoiled, verdict):
    metrics = over_seeds(arms(BY_ID[claim], **{**SUPPORTING[claim], **spoiled}))
    assert BY_ID[claim].holds(metrics) is verdict


@pytest.mark.parametrize(
    ("claim", "supporting", "spoiled"),
    [
        ("scaling", {"twice_wide_unscaled": 0.2}, {"twice_narrow_unscaled": 0.14}),
        ("positions", {"twice_learned": 0.3}, {"twice_learned": 0.5}),
        ("warmup", {"twice_post_none": 0.21}, {"twice_post_none": 0.19}),
    ],
)
def test_twice_the_steps_can_change_the_verdict(claim, supporting, spoiled):
    metrics = arms(BY_ID[claim], **{**SUPPORTING[claim], **supporting})
    assert BY_ID[claim].horizon(over_seeds(metrics)) is YES
    assert BY_ID[claim].horizon(over_seeds({**metrics, **spoiled})) is NO


@pytest.mark.parametrize(
    ("claim", "gate", "spoiled"),
    [
        ("scaling", "control", {"median_scaled_512": 0.6}),
        ("scaling", "regime", {"wrong_narrow_scaled": 0.01}),
        ("scaling", "regime", {"wrong_wide_scaled": 0.31}),
        ("positions", "control", {"wrong_sort_none": 0.41}),
        ("positions", "regime", {"wrong_sinusoidal": 0.01}),
        ("extrapolation", "control", {"within_learned": 0.9}),
        ("extrapolation", "regime", {"wrong_sinusoidal": 0.35}),
        ("heads", "regime", {"wrong_copy_eight": 0.0}),
        ("smoothing", "control", {"loss_tiny": 0.14}),
        ("smoothing", "regime", {"wrong_plain": 0.5}),
        ("smoothing", "sensitivity", {"wrong_plain": 0.1, "wrong_clean": 0.1}),
        ("warmup", "control", {"loss_pre_none": 0.14}),
        ("warmup", "regime", {"wrong_post_warmup": 0.4}),
    ],
)
def test_a_gate_can_fail(claim, gate, spoiled):
    metrics = over_seeds(arms(BY_ID[claim], **{**SUPPORTING[claim], **spoiled}))
    assert BY_ID[claim].gates[gate](metrics) is not YES


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_no_arm_may_still_be_moving(claim):
    for arm in claim.arms:
        for moved in (0.021, -0.021):
            metrics = over_seeds(arms(claim, **SUPPORTING[claim.id], **{f"moved_{arm}": moved}))
            assert claim.gates["convergence"](metrics) is NO
