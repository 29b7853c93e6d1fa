"""Digits, trainings and verdicts of the claims."""

import math

import numpy as np
import pytest

from foundations import nn
from foundations.errors import ExperimentError
from foundations.experiment import Verdict
from papers.resnet.experiments import convergence, degradation, gradients, learning, responses, shortcuts
from papers.resnet.experiments.rows import NOISE, Rows, halved, varied

ALIKE = np.array([0.0, 0.002, -0.002, 0.001, -0.001, 0.003, -0.003, 0.0])


@pytest.fixture(scope="module")
def rows():
    return Rows(0, "quick", n_train=300, n_validation=40, n_fresh=120)


def metrics(**values):
    return {name: np.zeros(8) + value for name, value in values.items()}


# ------------------------------------------------------------------ digits


def test_halving_takes_means_of_two_by_two():
    x = np.arange(2 * 4 * 6.0).reshape(2, 4, 6)
    assert halved(x)[1, 1, 2] == x[1, 2:4, 4:6].mean()


def test_varied_digits_are_shifted_have_noise_and_become_four_channels():
    x = np.random.default_rng(0).uniform(size=(3, 14, 14)).astype(np.float32)
    seen = varied(x, 0.0, np.random.default_rng(1))
    assert seen.shape == (3, 4, 7, 7)
    down, right = np.random.default_rng(1).integers(0, 5, (2, 3))
    framed = np.pad(x, ((0, 0), (2, 2), (2, 2)))
    for n, channel, i, j in np.ndindex(seen.shape):
        row, column = 2 * i + channel // 2, 2 * j + channel % 2
        assert seen[n, channel, i, j] == framed[n, down[n] + row, right[n] + column]
    noisy = varied(np.zeros((200, 14, 14), np.float32), 0.3, np.random.default_rng(1))
    assert noisy.std() == pytest.approx(NOISE * 0.3, rel=0.02)


def test_no_image_comes_twice_and_arms_share_all_of_them(rows):
    first, again, second = rows.batch(1, 64), rows.batch(1, 64), rows.batch(2, 64)
    np.testing.assert_array_equal(first.images, again.images)
    both = np.concatenate([first.images, second.images]).reshape(128, -1)
    assert len(np.unique(both, axis=0)) == 128
    assert len(np.unique(rows.fresh.images.reshape(120, -1), axis=0)) == 120


def test_rows_are_disjoint_and_a_pilot_has_no_test(rows):
    training, validation = rows._parts
    own = {image.tobytes() for image in training.images}
    assert not own & {image.tobytes() for image in validation.images}
    other = {image.tobytes() for image in Rows(1, "quick", 300, 40, 10).training.images}
    assert own != other
    folds = [len(Rows(seed, "quick", 10, 5, 5).test.labels) for seed in (0, 1)]
    assert folds == [125, 125]
    assert not np.array_equal(Rows(0, "quick", 10, 5, 5).test.labels, Rows(1, "quick", 10, 5, 5).test.labels)
    with pytest.raises(ExperimentError, match="seed 100 is a pilot's"):
        _ = Rows(100, "quick").test


# ------------------------------------------------------------------ trainings


def test_arms_are_the_networks_they_are_named_after():
    with nn.shapes_only():
        counts = {
            arm: nn.count_parameters(learning.ResNet(learning.config_of(arm)))
            for arm in ("plain-32", "residual-32", "B-32", "C-32")
        }
    assert counts["plain-32"] == counts["residual-32"] < counts["B-32"] < counts["C-32"]
    assert learning.config_of("plain-8").depth == 8
    assert not learning.config_of("bare-20").batch_norm
    first, second = (learning.network("plain-8", seed).conv1.weight.data for seed in (0, 1))
    assert not np.array_equal(first, second)


def test_the_rate_falls_at_half_and_three_quarters(rows):
    descent = learning._Descent(learning.network("plain-8", 0), rows, 0.1, 400)
    rates = [descent.schedule(step) for step in (1, 200, 201, 300, 301)]
    np.testing.assert_allclose(rates, [0.1, 0.1, 0.01, 0.01, 0.001])


def test_training_learns_in_two_parts_as_in_one(rows):
    whole = learning.descend(learning.network("residual-8", 0), rows, 0.1, 12, 12)
    parts = learning._Descent(learning.network("residual-8", 0), rows, 0.1, 12)
    parts.to(5)
    assert parts.to(12) == whole
    assert whole[-1] < whole[0]


def test_a_training_that_diverges_is_an_error_of_guessing(monkeypatch):
    monkeypatch.setattr(learning, "loss_of", lambda *_: math.inf)
    learned = learning.learn("plain-8", 0.1, 0, "quick")
    assert learned.error == 0.9
    assert learned.moved == 1.0


def test_each_claim_measures_a_seed():
    best = dict.fromkeys(("plain-8", "residual-8", "plain-14", "residual-14"), 0.1)
    found = convergence.run(0, "quick", best)
    assert all(math.isfinite(one) for one in found.values())
    found = gradients.run(0, "quick")
    assert len(found) == 16


# ------------------------------------------------------------------ verdicts


def test_degradation_is_judged_by_both_ends():
    m = metrics(
        **{"error_plain-8": 0.10, "error_residual-8": 0.10, "error_plain-32": 0.15, "error_residual-32": 0.10}
    )
    m["error_plain-32_longer"] = 0.12 + ALIKE
    assert degradation.holds(m) is Verdict.SUPPORTED
    assert degradation.control(m) is degradation.persistence(m) is degradation.regime(m) is Verdict.SUPPORTED
    assert degradation.holds(m | {"error_residual-32": 0.11 + ALIKE}) is Verdict.NOT_SUPPORTED
    assert degradation.holds(m | {"error_plain-32": 0.105 + ALIKE}) is Verdict.NOT_SUPPORTED
    assert degradation.holds(m | {"error_plain-32": 0.11 + ALIKE}) is Verdict.INCONCLUSIVE
    assert degradation.persistence(m | {"error_plain-32_longer": 0.1 + ALIKE}) is Verdict.NOT_SUPPORTED
    assert degradation.control(m | {"error_residual-8": 0.12 + ALIKE}) is Verdict.NOT_SUPPORTED
    assert degradation.regime(m | {"error_plain-8": 0.5 + ALIKE}) is Verdict.NOT_SUPPORTED
    moved = {f"moved_{arm}": np.full(8, 0.01) for arm in degradation.ARMS}
    assert degradation.convergence(moved) is Verdict.SUPPORTED
    assert degradation.convergence(moved | {"moved_plain-32": 0.03 + ALIKE}) is Verdict.NOT_SUPPORTED


def test_gradients_lie_within_a_factor_of_ten_or_not():
    m = {"plain-32_start": 0.5 + ALIKE, "plain-32_trained": ALIKE}
    assert gradients.holds(m) is Verdict.SUPPORTED
    assert gradients.holds(m | {"plain-32_start": 1.5 + ALIKE}) is Verdict.NOT_SUPPORTED
    assert gradients.holds(m | {"plain-32_trained": -1.5 + ALIKE}) is Verdict.NOT_SUPPORTED
    m = {"bare-44_start": 0.6 + ALIKE, "bare-8_start": 0.3 + ALIKE}
    assert gradients.control(m) is Verdict.SUPPORTED
    assert gradients.control(m | {"bare-44_start": 0.9 + ALIKE}) is Verdict.NOT_SUPPORTED


def test_responses_compare_with_both_networks():
    m = {
        "response_residual-32": 0.8 + ALIKE,
        "response_plain-32": 1.0 + ALIKE,
        "response_residual-8": 1.0 + ALIKE,
    }
    assert responses.holds(m) is Verdict.SUPPORTED
    assert responses.holds(m | {"response_residual-8": 0.7 + ALIKE}) is Verdict.NOT_SUPPORTED
    untrained = {f"untrained_{arm}": np.ones(8) for arm in responses.ARMS}
    assert responses.control(untrained) is Verdict.SUPPORTED
    assert responses.control(untrained | {"untrained_plain-32": 1.1 + ALIKE}) is Verdict.NOT_SUPPORTED


def test_shortcuts_are_measured_in_gaps():
    m = {"error_plain-32": 0.2 + ALIKE, "error_residual-32": np.full(8, 0.1)}
    m |= {"error_B-32": 0.1 + ALIKE, "error_C-32": 0.09 + ALIKE}
    assert shortcuts.holds(m) is shortcuts.sensitivity(m) is Verdict.SUPPORTED
    assert shortcuts.holds(m | {"error_C-32": 0.05 + ALIKE}) is Verdict.NOT_SUPPORTED
    without = m | {"error_plain-32": np.full(8, 0.09)}
    assert shortcuts.holds(without) is Verdict.INCONCLUSIVE
    assert shortcuts.sensitivity(without) is Verdict.NOT_SUPPORTED


def test_steps_are_counted_on_the_smoothed_loss():
    losses = [4.0, 2.0, 3.0, 1.0]
    np.testing.assert_allclose(convergence.smoothed(losses), [4, 3, 3, 2.5])
    assert convergence.steps_to(losses, 3.0) == 2
    assert convergence.steps_to(losses, 1.0) == 5
    assert convergence.smoothed([1.0] * 30 + [26.0])[-1] == 2.0  # of 25
    m = {"log_ratio": 0.2 + ALIKE, "difference": ALIKE, "log_ratio_control": ALIKE}
    assert convergence.holds(m) is convergence.control(m) is Verdict.SUPPORTED
    assert convergence.holds(m | {"log_ratio": 0.05 + ALIKE}) is Verdict.NOT_SUPPORTED
    assert convergence.holds(m | {"difference": 0.03 + ALIKE}) is Verdict.NOT_SUPPORTED
    assert convergence.control(m | {"log_ratio_control": 0.2 + ALIKE}) is Verdict.NOT_SUPPORTED
