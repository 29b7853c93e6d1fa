"""The claims run, judge what they say they judge, and share what is trained."""

import numpy as np
import pytest

from foundations.experiment import Verdict
from papers.diffusion.experiments import CLAIMS, gradient_at, guidance, schedule, steps, trade_off
from papers.diffusion.experiments.judging import LIMIT, judging
from papers.diffusion.experiments.models import NAMES, chain, train, trained, untrained
from papers.diffusion.experiments.networks import PIXELS, SIDE
from papers.diffusion.experiments.rows import FIRST_PILOT_SEED, SEEDS, Rows, _all
from papers.diffusion.experiments.samples import noise, regime
from papers.diffusion.fingerprints import FINGERPRINTS

BY_ID = {claim.id: claim for claim in CLAIMS}


def test_all_five_claims_are_there_with_their_fingerprints():
    assert list(BY_ID) == ["steps", "guidance", "trade-off", "gradient-at", "schedule"]
    assert set(FINGERPRINTS) == set(BY_ID)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_the_quick_budget_runs_and_can_be_judged(claim):
    first, again = claim.run(0, "quick"), claim.run(0, "quick")
    assert all(np.isfinite(value) for value in first.values())
    assert first == pytest.approx(again, rel=1e-3, abs=1e-4)
    if claim is guidance.CLAIM:
        first["accuracy_plain_1"] = 0.1  # the quick budget leaves this scale out
    metrics = {name: np.full(SEEDS, value) for name, value in first.items()}
    assert isinstance(claim.holds(metrics), Verdict)
    assert all(isinstance(gate(metrics), Verdict) for gate in claim.gates.values())


def six(**values):
    return {name: np.asarray(value) + np.linspace(-1e-3, 1e-3, 6) for name, value in values.items()}


@pytest.mark.parametrize(
    ("few", "verdict"), [(30.0, "supported"), (9.0, "not supported"), (12.2, "inconclusive")]
)
def test_steps_can_come_out_every_way(few, verdict):
    m = six(distance_0_10=10.0, distance_0_100=1.0, distance_1_10=few, distance_1_100=1.0)
    if verdict == "inconclusive":
        m["distance_1_10"] = few + np.linspace(-1, 1, 6)
    assert steps.holds(m) == verdict
    m["distance_1_100"] = np.full(6, 3.0)
    assert steps.holds(m) == "not supported"


def test_the_order_of_the_control_is_checked():
    good = six(normal_larger=1.0, normal_0=0.66, normal_1=0.52)
    assert steps.normal(good) is Verdict.SUPPORTED
    assert steps.normal(good | six(normal_1=0.64)) is not Verdict.SUPPORTED
    assert steps.normal(good | six(normal_larger=0.9)) is not Verdict.SUPPORTED


def test_trade_off_and_its_gates():
    m = six(recall_0=0.6, recall_10=0.3, precision_0=0.8, precision_10=0.9, recall_shuffled=0.59)
    m |= {"hits_shuffled": np.full(6, 100.0), "asked": np.full(6, 1000.0)}
    assert trade_off.holds(m) is Verdict.SUPPORTED
    assert trade_off.room(m) is Verdict.SUPPORTED
    assert trade_off.shuffled(m) is Verdict.SUPPORTED
    assert trade_off.shuffled(m | {"hits_shuffled": np.full(6, 130.0)}) is not Verdict.SUPPORTED
    assert trade_off.shuffled(m | six(recall_shuffled=0.4)) is not Verdict.SUPPORTED
    assert trade_off.room(m | six(precision_0=0.95)) is not Verdict.SUPPORTED
    assert trade_off.holds(m | six(recall_10=0.58)) is Verdict.NOT_SUPPORTED


def test_guidance_and_its_control():
    s = f"{guidance.CONDITIONAL_SCALE:g}"
    m = six(accuracy_plain_1=0.4, accuracy_plain_10=0.9, distance_conditional_0=4.0, distance_shuffled=4.0)
    m[f"distance_conditional_{s}"] = m["distance_conditional_0"] / 2
    assert guidance.holds(m) is Verdict.SUPPORTED
    assert guidance.shuffled(m) is Verdict.SUPPORTED
    assert guidance.shuffled(m | six(distance_shuffled=3.0)) is Verdict.NOT_SUPPORTED
    assert guidance.holds(m | six(accuracy_plain_10=0.3)) is Verdict.NOT_SUPPORTED
    assert guidance.holds(m | six(**{f"distance_conditional_{s}": 3.9})) is Verdict.NOT_SUPPORTED


def test_gradient_at_needs_its_sensitivity():
    m = six(accuracy_mean=0.51, accuracy_x=0.5, accuracy_half=0.3, accuracy_none=0.1)
    assert gradient_at.holds(m) is Verdict.SUPPORTED
    assert gradient_at.holds(m | six(accuracy_half=0.48)) is not Verdict.SUPPORTED
    assert gradient_at.holds(m | six(accuracy_mean=0.6)) is Verdict.NOT_SUPPORTED
    assert gradient_at.both(m | six(accuracy_none=0.4)) is not Verdict.SUPPORTED


def test_schedule_and_regime():
    m = six(distance_linear_0=1.0, distance_linear_20=1.02, distance_cosine_0=1.0, distance_cosine_20=1.5)
    assert schedule.holds(m) is Verdict.SUPPORTED
    assert schedule.holds(m | six(distance_linear_20=1.3)) is Verdict.NOT_SUPPORTED
    assert regime(six(distance_all=1.0, distance_real=0.5)) is Verdict.SUPPORTED
    assert regime(six(distance_all=2.0, distance_real=0.5)) is not Verdict.SUPPORTED


def test_seeds_and_judges_share_no_digit(monkeypatch):
    blocks = [Rows(seed, "quick") for seed in range(SEEDS)]
    for rows in blocks:
        train, judge = ({image.tobytes() for image in part.images} for part in (rows.training, rows.judge))
        assert len(train & judge) <= 1  # an empty corner of the data set may hold a double
        assert rows.training.images.shape[1:] == (1, SIDE, SIDE)
    assert not np.array_equal(blocks[0].training.images, blocks[1].training.images)
    assert np.array_equal(Rows(FIRST_PILOT_SEED, "quick").training.images, blocks[0].training.images)


def test_a_pilot_never_sees_the_test_set(monkeypatch):
    asked = []

    def only_train(name, split):
        asked.append(split)
        return _all("mnist-small", "train")

    monkeypatch.setattr("papers.diffusion.experiments.rows._all", only_train)
    _ = Rows(FIRST_PILOT_SEED, "standard").reference
    assert asked == ["train"]
    _ = Rows(0, "standard").reference
    assert asked == ["train", "test"]


def test_networks_follow_from_the_seed_and_start_as_a_linear_guess():
    for name in NAMES:
        one, two = (untrained(name, 3, "quick").state_dict() for _ in range(2))
        assert all(np.array_equal(one[key], two[key]) for key in one)
    model, rng = untrained("plain", 0, "quick"), np.random.default_rng(0)
    x0 = 0.6 * rng.standard_normal((400, 1, SIDE, SIDE)).astype(np.float32)
    e = rng.standard_normal(x0.shape).astype(np.float32)
    for t in (3, 40, 90):
        xt = chain().noisy(x0, t, e)
        found = model(xt, np.full(400, t)).numpy()
        slope = (xt * e).mean() / (xt * xt).mean()  # the best linear prediction of the noise
        np.testing.assert_allclose(found, slope * xt, atol=0.1)
    assert trained("plain", 0, "quick") is trained("plain", 0, "quick")
    assert len(train("shuffled", untrained("shuffled", 0, "quick"), 0, "quick", 3)) == 3


def test_all_samplers_start_from_the_same_noise():
    np.testing.assert_array_equal(noise(0, "quick"), noise(0, "quick"))
    assert not np.array_equal(noise(0, "quick"), noise(1, "quick"))


def test_a_value_that_ran_away_counts_as_the_limit():
    judge = judging(0, "quick")
    far = np.full((2, 1, SIDE, SIDE), 100.0)
    np.testing.assert_allclose(judge.features(far), judge.features(np.full_like(far, LIMIT)))
    assert PIXELS == SIDE * SIDE
    assert judge.hits(far, np.arange(2)).shape == (2,)
