"""The claims run, see no test digit in a pilot, and judge what they say they judge."""

import numpy as np
import pytest

from foundations.errors import ExperimentError
from foundations.experiment import Verdict
from papers.quantization import quantize_model
from papers.quantization.digits import FIRST_PILOT_SEED, Rows
from papers.quantization.experiments import CLAIMS, eight_bits, integer_only, minilm, per_channel

BY_ID = {claim.id: claim for claim in CLAIMS}


def run(claim, seed=0):
    best = {arm: grid[1] for arm, grid in claim.grids.items()}
    return claim.run(seed, "quick", best) if claim.pilot else claim.run(seed, "quick")


def test_all_five_claims_are_there():
    assert list(BY_ID) == ["eight-bits", "per-channel", "aware", "integer-only", "minilm"]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_the_quick_budget_runs_and_can_be_judged(claim):
    first, again = run(claim), run(claim)
    assert all(np.isfinite(value).all() for value in first.values())
    assert all(np.array_equal(first[name], again[name]) for name in first)
    metrics = {name: np.stack([np.asarray(value)] * 8) for name, value in first.items()}
    assert isinstance(claim.holds(metrics), Verdict)
    assert all(isinstance(gate(metrics), Verdict) for gate in claim.gates.values())


def test_a_pilot_never_sees_test_digits(monkeypatch):
    monkeypatch.setattr(Rows, "test", property(lambda rows: pytest.fail("a pilot looked at test digits")))
    aware = BY_ID["aware"]
    for arm in aware.arms:
        assert np.isfinite(aware.pilot(arm, 0.001, FIRST_PILOT_SEED, "quick"))


def test_every_seed_has_rows_and_noise_of_its_own():
    one, other = (Rows(seed, "quick", n_train=50, n_validation=20, n_test=1000) for seed in (0, 1))
    assert not np.array_equal(one.training.images, other.training.images)
    order = [np.lexsort(rows.test.labels[None]) for rows in (one, other)]
    assert sorted(one.test.labels) == sorted(other.test.labels)  # the same digits, in another order
    assert not np.array_equal(one.test.images[order[0][:5]], other.test.images[order[1][:5]])
    both = np.concatenate([one.training.images, one.validation.images])
    assert len(np.unique(both.reshape(70, -1), axis=0)) == 70
    assert 1.05 < one.training.images.std() < 1.2  # 1 of the pixels, a half of the noise
    with pytest.raises(ExperimentError, match="not tested"):
        _ = Rows(FIRST_PILOT_SEED, "quick").test


def test_stretching_changes_nothing_in_real_numbers(folded, rows):
    net = folded["separable"]
    apart = per_channel.stretched(net, 1000, np.random.default_rng(0))
    images = rows.test.images[:50]
    np.testing.assert_allclose(apart(images), net(images), atol=1e-4)
    changed = [not np.array_equal(a.weight, b.weight) for a, b in zip(apart.layers, net.layers, strict=True)]
    assert changed == [False, False, True, True, True, True, False, False]
    assert per_channel.natural_range(apart) > 50
    channel = quantize_model(apart, activation_bits=None).simulate(images)
    np.testing.assert_allclose(channel, quantize_model(net, activation_bits=None).simulate(images), atol=1e-3)


def metrics_of(claim, **changed):
    found = {name: np.full(8, float(np.mean(value))) for name, value in run(claim).items()}
    return found | {name: np.full(8, float(value)) for name, value in changed.items()}


def test_eight_bits_can_win_and_lose():
    claim = BY_ID["eight-bits"]
    good = {"loss_plain_8": 0.1, "loss_separable_8": 0.2, "loss_plain_4": 3, "loss_separable_4": 6}
    good |= {"loss_plain_3": 18, "loss_separable_3": 60, "error_plain": 6, "error_separable": 5}
    good |= {"flips_plain": 0, "flips_separable": 0, "trials": 20_000}
    m = metrics_of(claim, **good)
    assert claim.holds(m) is Verdict.SUPPORTED
    assert all(gate(m) is Verdict.SUPPORTED for gate in claim.gates.values())
    assert claim.holds(m | {"loss_plain_8": np.full(8, 0.4)}) is Verdict.NOT_SUPPORTED
    assert eight_bits.sensitivity(m | {"loss_plain_4": np.full(8, 0.4)}) is Verdict.NOT_SUPPORTED
    one, two = np.eye(8)[0], np.full(8, 2.0)
    assert eight_bits.control(m | {"flips_plain": one}) is Verdict.SUPPORTED  # 1 of 160,000
    assert eight_bits.control(m | {"flips_plain": two}) is Verdict.INCONCLUSIVE  # 1 in 10,000
    assert eight_bits.control(m | {"flips_plain": 10 * two}) is Verdict.NOT_SUPPORTED


def test_per_channel_can_win_and_lose():
    claim = BY_ID["per-channel"]
    m = metrics_of(claim, difference_1000=50, channel_change=0.02, difference_1=0.1, error_real=5)
    assert claim.holds(m) is Verdict.SUPPORTED
    assert claim.holds(m | {"difference_1000": np.full(8, 9.0)}) is Verdict.NOT_SUPPORTED
    assert claim.holds(m | {"channel_change": np.full(8, 0.2)}) is Verdict.NOT_SUPPORTED
    assert per_channel.control(m | {"difference_1": np.full(8, 0.5)}) is Verdict.NOT_SUPPORTED
    assert per_channel.same_function(m | {"drift_100": np.full(8, 1e-3)}) is Verdict.NOT_SUPPORTED


def test_aware_and_integer_only_can_win_and_lose():
    aware, integers = BY_ID["aware"], BY_ID["integer-only"]
    m = metrics_of(aware, recovered=0.8, lost=5, gain_8=0.0, error_real=5)
    assert aware.holds(m) is Verdict.SUPPORTED
    assert aware.holds(m | {"recovered": np.full(8, 0.4)}) is Verdict.NOT_SUPPORTED
    for name, value in (("lost", 2.0), ("gain_8", 0.3), ("error_real", 20.0)):
        broken = m | {name: np.full(8, value)}
        assert sum(gate(broken) is not Verdict.SUPPORTED for gate in aware.gates.values()) == 1
    m = metrics_of(integers)
    assert integers.holds(m) is Verdict.SUPPORTED
    assert integers.holds(m | {"most_plain": np.full(8, 2.0)}) is Verdict.NOT_SUPPORTED
    assert integer_only.control(m | {"wrapped_plain": np.full(8, 1.0)}) is Verdict.NOT_SUPPORTED


def test_minilm_can_win_and_lose():
    rng, n = np.random.default_rng(0), 600
    real = (rng.random(n) < 0.8).astype(float)
    four = np.where(rng.random(n) < 0.1, 0.0, real)
    base = {"hit_real": real, "hit_bytes": real, "hit_four": four, "paragraph": np.arange(n) // 5.0}
    m = {name: np.stack([value] * 8) for name, value in base.items()} | {"ratio": np.full(8, 3.9)}
    claim = BY_ID["minilm"]
    assert claim.holds(m) is Verdict.SUPPORTED
    assert minilm.sensitivity(m) is Verdict.SUPPORTED
    assert claim.holds(m | {"ratio": np.full(8, 3.4)}) is Verdict.NOT_SUPPORTED
    assert claim.holds(m | {"hit_bytes": m["hit_four"]}) is Verdict.NOT_SUPPORTED
    assert minilm.sensitivity(m | {"hit_four": m["hit_real"]}) is Verdict.NOT_SUPPORTED


def test_questions_are_answered_by_their_sentences():
    asked = minilm.asked()
    from foundations.data import load

    rows = load("xquad-en-half")["test"]
    assert (len(asked.questions), len(asked.sentences), len(set(asked.paragraphs))) == (612, 611, 120)
    held = [answer in asked.sentences[i] for answer, i in zip(rows["answers"], asked.answers, strict=True)]
    assert np.mean(held) > 0.98  # a few answers run over the end of a sentence
