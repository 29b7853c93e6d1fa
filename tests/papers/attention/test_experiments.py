"""The claims run, every seed has rows of its own, and what is measured obeys what is known."""

import math

import numpy as np
import pytest

from foundations.errors import ExperimentError
from foundations.experiment import Verdict, proportion_interval
from foundations.nn import MultiHeadAttention
from papers.attention.experiments import CLAIMS, positions, scaling, smoothing
from papers.attention.experiments.learning import FIRST_PILOT_SEED, Rows, Size, falling, learn, small
from papers.attention.saturation import saturation
from papers.attention.setups import Setup, schedule, setup_for
from papers.attention.tasks import PAD, add, reverse, sort
from papers.attention.transformer import Transformer

BY_ID = {claim.id: claim for claim in CLAIMS}
SEEDS = 8


def middle(claim):
    return {arm: grid[1] for arm, grid in claim.grids.items()}


def test_all_six_claims_are_there():
    assert set(BY_ID) == {"scaling", "positions", "extrapolation", "heads", "smoothing", "warmup"}


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_the_quick_budget_runs_and_can_be_judged(claim):
    first = claim.run(0, "quick", middle(claim))
    assert all(np.isfinite(value).all() for value in first.values())
    again = claim.run(0, "quick", middle(claim))  # the seed decides everything
    assert all(np.array_equal(first[name], again[name]) for name in first)
    metrics = {name: np.stack([np.asarray(value)] * 2) for name, value in first.items()}
    assert isinstance(claim.holds(metrics), Verdict)
    assert all(isinstance(gate(metrics), Verdict) for gate in claim.gates.values())
    for plot in claim.plots.values():
        values = metrics[plot.values] if isinstance(plot.values, str) else plot.values(metrics)
        assert len(values) == 2


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_the_pilot_scores_every_arm_and_never_sees_a_test_fold(claim, monkeypatch):
    monkeypatch.setattr(Rows, "test", property(lambda rows: pytest.fail("a pilot looked at test rows")))
    for arm in claim.arms:
        assert np.isfinite(claim.pilot(arm, claim.grids[arm][1], FIRST_PILOT_SEED, "quick"))


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_the_scale_says_how_small_we_are(claim):
    scale = claim.scale("standard")
    assert scale.keys() == {"parameters", "examples", "steps"}
    assert all(ours < theirs for ours, theirs in scale.values())
    assert scale["parameters"][1] == 65e6


# ---------------------------------------------------------------------- rows


def quick_size(task, **changes):
    return Size(task, small(task, d_model=16), **{"steps": 10, "batch_size": 8, "n_test": 50, **changes})


def test_every_seed_has_rows_of_its_own_and_the_test_folds_are_disjoint():
    size = quick_size(sort(8))
    seen = {}
    for seed in range(SEEDS):
        rows = Rows(size, seed)
        sides = {"training": rows.training, "validation": rows.validation, "test": rows.test}
        folds = {
            side: {size.task.fold(size.task.decode(row)) for row in source}
            for side, (source, _) in sides.items()
        }
        assert folds["test"] == {seed}
        assert not folds["training"] & (folds["test"] | folds["validation"])
        assert not folds["test"] & folds["validation"]
        seen[seed] = rows.training[0]
    assert not np.array_equal(seen[0], seen[1])


def test_a_pilot_trains_on_no_test_fold_and_has_none():
    for seed in range(FIRST_PILOT_SEED, FIRST_PILOT_SEED + 5):
        rows = Rows(quick_size(reverse()), seed)
        assert not rows.training_folds & set(range(SEEDS))
        assert rows.validation_fold not in rows.training_folds
        assert rows.validation_fold >= 2 * SEEDS
        with pytest.raises(ExperimentError, match="take one below 100"):
            rows.test  # noqa: B018


def test_no_sum_of_training_is_tested_the_other_way_round():
    rows = Rows(quick_size(add(2), steps=200), 3)
    sums = [
        {frozenset(("".join(rows.size.task.decode(row))).split("+")) for row in source}
        for source, _ in (rows.training, rows.test)
    ]
    assert not sums[0] & sums[1]


def test_arms_of_a_seed_share_weights_rows_and_order():
    rows = Rows(quick_size(reverse(8)), 0)
    first, second = (learn(rows, 1e-3, positions=kind) for kind in ("sinusoidal", "none"))
    assert first.rows is second.rows
    weights = [Transformer(small(reverse(8)), rng=np.random.default_rng([0, 0])) for _ in range(2)]
    assert np.array_equal(weights[0].embedding.weight.data, weights[1].embedding.weight.data)
    assert sum(len(source) for source, _ in rows.batches()) == 80


def test_a_tenth_of_the_answers_are_those_of_other_sums():
    size = quick_size(add(2), steps=400, batch_size=10)
    clean, noisy = Rows(size, 1), smoothing.NoisyRows(size, 1)
    assert np.array_equal(clean.training[0], noisy.training[0])
    changed = (clean.training[1] != noisy.training[1]).any(axis=1)
    assert 0.07 < changed.mean() < 0.13
    answers = {tuple(row) for row in clean.training[1]}
    assert all(tuple(row) in answers for row in noisy.training[1][changed])
    assert not (noisy.training[1] == PAD).any()


def test_the_rate_rises_for_a_tenth_of_the_steps_and_has_all_but_vanished_in_the_last():
    rates = [falling(1.0, 300, 30)(step) for step in range(1, 301)]
    assert np.argmax(rates) in (29, 30)
    assert max(rates) == 1.0
    assert rates[270] < 0.0014
    assert falling(1.0, 300, 0)(1) == 1.0


# ---------------------------------------------------------------------- what theory says


def test_chance_is_the_expected_share_of_the_orders_of_the_digits():
    assert (
        pytest.approx(np.mean([math.comb(n + 9, 9) / 10**n for n in range(4, 9)]), abs=1e-7)
        == positions.CHANCE
    )
    rng = np.random.default_rng(0)  # the slow route: shuffle the digits and count
    right = 0
    for _ in range(20_000):
        digits = rng.integers(0, 10, rng.integers(4, 9))
        right += np.array_equal(rng.permutation(digits), digits)
    _, low, high = proportion_interval(right, 20_000)
    assert low < positions.CHANCE < high


def test_the_cost_of_smoothing_for_a_model_that_is_always_right():
    claim = BY_ID["smoothing"]
    size, epsilon = smoothing.adding("standard"), smoothing.SMOOTHING["smoothed"]
    assert size.task.vocabulary == 14
    assert f"{-math.log(1 - epsilon + epsilon / 14):.3f}" in claim.predicts


def test_saturation_follows_the_variance_of_the_matches():
    rng = np.random.default_rng(0)
    scaled = [saturation(d, True, rng) for d in (4, 512)]
    unscaled = [saturation(d, False, rng) for d in (4, 512)]
    assert scaled[1]["jacobian"] == pytest.approx(scaled[0]["jacobian"], rel=0.1)
    assert scaled[1]["gradient_median"] == pytest.approx(scaled[0]["gradient_median"], rel=0.2)
    assert unscaled[1]["jacobian"] < unscaled[0]["jacobian"] / 2
    assert unscaled[1]["gradient_median"] < unscaled[0]["gradient_median"] / 10
    assert unscaled[1]["gradient_mean"] > unscaled[0]["gradient_mean"]  # few queries get very much


def test_the_gradient_at_a_query_is_the_derivative_of_what_the_weights_pass_on():
    rng = np.random.default_rng(1)
    q, k, arriving = rng.standard_normal(5), rng.standard_normal((3, 5)), rng.standard_normal(3)

    def passed_on(q):
        scores = np.exp(k @ q / math.sqrt(5))
        return arriving @ (scores / scores.sum())

    numeric = [(passed_on(q + h) - passed_on(q - h)) / 2e-6 for h in 1e-6 * np.eye(5)]

    class Fixed:
        drawn = iter([q[None, None], k[None], arriving[None, :, None]])

        def standard_normal(self, shape):
            found = next(self.drawn)
            assert found.shape == shape
            return found

    measured = saturation(5, True, Fixed(), n=1, keys=3)
    assert measured["gradient_mean"] == pytest.approx(np.linalg.norm(numeric), rel=1e-6)


def test_shrunk_weights_start_from_the_scores_of_the_scaled_model():
    config = small(reverse(8), d_model=64, num_heads=4)
    models = [Transformer(config, rng=np.random.default_rng(0)) for _ in range(2)]
    scaling.shrunk(models[1])
    assert all(m.scale == 1.0 for m in models[1].modules() if isinstance(m, MultiHeadAttention))
    tokens = np.array([[3, 4, 5, 1]])
    np.testing.assert_allclose(
        models[0](tokens, tokens).numpy(), models[1](tokens, tokens).numpy(), atol=2e-5
    )


def test_the_schedule_of_the_demo_rises_to_its_peak_and_ends_near_zero():
    setup = Setup(setup_for("quick", reverse()).config, steps=30, learning_rate=1.0, warmup_steps=10)
    rates = [schedule(setup)(step) for step in range(1, 31)]
    assert np.argmax(rates) == 9
    assert rates[9] == 1.0
    assert 0 < rates[-1] < 0.1
    no_warmup = Setup(setup.config, steps=30, learning_rate=1.0, warmup_steps=0)
    assert schedule(no_warmup)(1) > 0.9
