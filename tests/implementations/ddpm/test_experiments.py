"""The claims: what their parts compute, and that every verdict can come out either way."""

import numpy as np
import pytest

from foundations.errors import ExperimentError
from foundations.experiment import Verdict
from implementations.ddpm.experiments import CLAIMS, ema, simple_against_bound, steps
from implementations.ddpm.experiments.learning import STEPS, chain, prepared
from implementations.ddpm.experiments.small import Judge, Rows, SmallNetwork

SEEDS = np.arange(8)


def wavering(value, spread=0.01):
    """Return eight values around one."""
    return value + spread * np.cos(SEEDS)


def test_the_weights_of_every_arm():
    bound = chain().bound_weight()
    assert simple_against_bound.weights("simple", 0) is None
    np.testing.assert_array_equal(simple_against_bound.weights("bound", 0), bound)
    flat = simple_against_bound.weights("flat", 0)
    assert flat[0] == 0
    np.testing.assert_allclose(flat[1:], bound[1:].mean())
    shuffled = simple_against_bound.weights("shuffled", 3)
    assert (shuffled[1:] != bound[1:]).mean() > 0.9
    np.testing.assert_array_equal(np.sort(shuffled), np.sort(bound))


def test_constant_weights_change_nothing_but_the_scale():
    """Adam divides by the size of the gradient: the runs are the same up to its epsilon and rounding."""
    rows = Rows(0, "quick")
    plain = prepared(rows, chain(), 0.003)
    flat = prepared(rows, chain(), 0.003, weight=simple_against_bound.weights("flat", 0))
    factor = chain().bound_weight()[1:].mean()
    np.testing.assert_allclose(flat.run(), factor * np.array(plain.run()), rtol=1e-3)


def test_seeds_draw_their_own_rows_and_parts_of_a_seed_do_not_meet():
    rows = Rows(0, "quick")
    parts = [rows.training, rows.validation, rows.judge[0]]
    keys = [{image.tobytes() for image in part} for part in parts]
    assert [len(part) for part in parts] == [300, 100, 600]
    assert not keys[0] & keys[1]
    assert not keys[0] & keys[2]
    assert not keys[1] & keys[2]
    assert Rows(1, "quick").training.tobytes() != rows.training.tobytes()
    tests = [Rows(seed, "quick").test for seed in range(8)]
    assert sum(map(len, tests)) == 1000
    values = np.rint((rows.training + 1) * 127.5)
    np.testing.assert_allclose(rows.training, values / 127.5 - 1, atol=1e-6)
    with pytest.raises(ExperimentError, match="pilot"):
        _ = Rows(100, "quick").test


def test_the_judge_tells_digits_from_noise():
    rows = Rows(0, "quick")
    judge = Judge(rows)
    noise = np.random.default_rng(0).uniform(-1, 1, (300, 1, 8, 8)).astype(np.float32)
    assert judge.distance(noise) > 5 * judge.floor(rows)


def test_the_network_is_told_the_time():
    model = SmallNetwork(rng=np.random.default_rng(0))
    x = np.ones((2, 1, 8, 8), dtype=np.float32)
    found = model(x, np.array([1, 150])).numpy()
    assert found.shape == x.shape
    assert np.abs(found[0] - found[1]).max() > 0.01


@pytest.mark.parametrize(("variance", "costs"), [("beta", False), ("posterior", True)])
def test_for_normal_data_steps_cost_only_with_the_wrong_variance(variance, costs):
    few, all_of_them = (steps.normal_distance(chain(variance), n, 100) for n in (10, STEPS))
    assert (np.log(few / all_of_them) > 0.45) == costs


def metrics_of_objective(**changes):
    base = {
        "distance_simple": 4.0,
        "distance_bound": 8.0,
        "distance_flat": 4.0,
        "distance_shuffled": 5.0,
        "distance_real": 0.5,
        "distance_noise": 60.0,
        "bits_simple": 5.0,
        "bits_bound": 4.9,
        "bits_flat": 5.0,
        "bits_shuffled": 5.1,
    }
    return {name: wavering(value, 1e-4) for name, value in (base | changes).items()}


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, "supported"),
        ({"distance_bound": 4.4}, "not supported"),
        ({"bits_bound": 5.0}, "not supported"),
    ],
    ids=["both", "samples", "bits"],
)
def test_the_loss_against_the_bound_can_lose(changes, verdict):
    assert str(simple_against_bound.holds(metrics_of_objective(**changes))) == verdict


@pytest.mark.parametrize(
    ("gate", "changes"),
    [
        (simple_against_bound.regime, {"distance_simple": 30.0}),
        (simple_against_bound.regime, {"distance_real": 3.9}),
        (simple_against_bound.flat, {"distance_flat": 5.0}),
        (simple_against_bound.flat, {"bits_flat": 4.98}),
        (simple_against_bound.shuffled, {"bits_shuffled": 4.9}),
    ],
    ids=["noise", "floor", "samples", "bits", "shuffled"],
)
def test_every_gate_of_the_loss_can_fail(gate, changes):
    assert gate(metrics_of_objective()) == Verdict.SUPPORTED
    assert gate(metrics_of_objective(**changes)) != Verdict.SUPPORTED


def test_the_running_mean_can_lose_and_its_gates_can_fail():
    base = {
        "last": 6.0,
        "mean": 4.0,
        "same": 7.0,
        "late": 40.0,
        "settled_last": 4.0,
        "settled_mean": 4.0,
        "noise": 60.0,
        "real": 0.5,
    }

    def m(**changes):
        return {f"distance_{k}": wavering(v, 1e-4) for k, v in (base | changes).items()}

    assert ema.holds(m()) == Verdict.SUPPORTED
    assert ema.holds(m(last=4.1)) == Verdict.NOT_SUPPORTED
    for gate, change in (
        (ema.regime, {"mean": 20.0}),
        (ema.settled, {"settled_last": 6.0}),
        (ema.late, {"late": 5.0}),
    ):
        assert gate(m()) == Verdict.SUPPORTED
        assert gate(m(**change)) != Verdict.SUPPORTED


def test_the_number_of_steps_can_lose_and_its_gates_can_fail():
    base = {
        "distance_10": 12.0,
        "distance_100": 4.1,
        "distance_200": 4.0,
        "distance_noise": 60.0,
        "normal_beta_10": 1.1,
        "normal_beta_200": 1.1,
        "normal_posterior_10": 3.6,
        "normal_posterior_200": 1.1,
    }

    def m(**changes):
        return {k: wavering(v, 1e-4) for k, v in (base | changes).items()}

    assert steps.holds(m()) == Verdict.SUPPORTED
    assert steps.holds(m(distance_10=5.0)) == Verdict.NOT_SUPPORTED
    assert steps.holds(m(distance_100=6.0)) == Verdict.NOT_SUPPORTED
    for gate, change in (
        (steps.regime, {"distance_200": 20.0}),
        (steps.normal, {"normal_beta_10": 2.0}),
        (steps.sensitivity, {"normal_posterior_10": 1.2}),
    ):
        assert gate(m()) == Verdict.SUPPORTED
        assert gate(m(**change)) != Verdict.SUPPORTED


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_a_quick_run_measures_what_the_plots_draw(claim):
    best = dict.fromkeys(claim.arms, 0.003)
    metrics = {name: np.repeat(value, 8) for name, value in claim.run(0, "quick", best).items()}
    for plot in claim.plots.values():
        assert np.isfinite(plot.values(metrics)).all()
    for gate in claim.gates.values():
        gate(metrics)
    claim.holds(metrics)
