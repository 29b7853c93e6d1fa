"""The arms of the claims are what their designs say."""

import numpy as np
import pytest

from foundations.nn import functional as F
from implementations.cnn.experiments import activations, normalisation
from implementations.cnn.experiments.rows import SIDE, Rows


def network(arm):
    return activations.Network(arm, rng=np.random.default_rng(3))


def test_the_sigmoid_network_begins_as_the_tanh_network():
    x = np.random.default_rng(0).standard_normal((5, 1, SIDE, SIDE)).astype(np.float32)
    sums = {}
    for arm in ("tanh", "sigmoid"):
        model = network(arm)
        first, second = list(model.layers)[:2]
        sums[arm] = second(model.kind.of(first(x))).numpy()
    inner = (
        slice(None),
        slice(None),
        slice(1, -1),
        slice(1, -1),
    )  # the frame of zeros is no mean of a sigmoid
    np.testing.assert_allclose(sums["sigmoid"][inner], 2 * sums["tanh"][inner], atol=1e-4)
    assert np.abs(sums["sigmoid"] - 2 * sums["tanh"]).max() > 0.1


@pytest.mark.parametrize("arm", ["relu", "tanh", "straight_tanh"])
def test_first_weights_keep_the_mean_square(arm):
    kind = activations.KINDS[arm]
    z = np.random.default_rng(1).standard_normal(400_000).astype(np.float32)
    assert np.mean(values_of(kind, z) ** 2) == pytest.approx(kind.size, rel=0.02)
    inner = list(network(arm).layers)[4]  # 144 inputs, 32 outputs
    assert inner.weight.data.var() == pytest.approx(1 / (144 * kind.size), rel=0.1)


def values_of(kind, z):
    return np.asarray(kind.of(z))


def test_the_he_variance_is_the_case_of_the_relu():
    assert 1 / activations.KINDS["relu"].size == 2
    assert activations.KINDS["tanh"].size == pytest.approx(0.3943, abs=1e-4)  # E tanh(z)^2


def test_straight_activations_are_lines_where_the_sums_are():
    x = np.linspace(-3, 3, 50, dtype=np.float32)
    for arm in ("straight_relu", "straight_tanh"):
        np.testing.assert_allclose(activations.KINDS[arm].of(x), x, atol=0.03)


def test_a_run_ends_where_the_target_is_reached_and_counts_the_looks():
    for target, steps in ((1.0, activations.LOOK_EVERY), (-1.0, activations.limit("quick"))):
        assert activations.steps_to(target, "relu", 0.01, 0, "quick")[0] == steps


def test_a_rate_that_misses_the_target_scores_worse_than_any_that_reaches_it(monkeypatch):
    most = np.log2(activations.limit("quick"))
    monkeypatch.setattr(activations, "TARGET", -1.0)
    assert activations.pilot("relu", 0.01, 100, "quick") > most
    monkeypatch.setattr(activations, "TARGET", 1.0)
    assert activations.pilot("relu", 0.01, 100, "quick") < most


def test_frozen_normalisation_keeps_its_means_and_standardises_the_first_sums():
    rows = Rows(0, "quick", n_train=128, n_validation=1)
    model = normalisation.network("frozen", 0)
    normalisation.settle(model, rows)
    convolution, norm = list(model.blocks[0].layers)[:2]
    before = norm.running_mean.numpy().copy()
    sums = convolution(rows.scale.apply(rows.training.images))
    hat = F.batch_norm(sums, norm.running_mean.numpy(), norm.running_var.numpy()).numpy()
    np.testing.assert_allclose(hat.mean(axis=(0, 2, 3)), 0, atol=0.1)
    np.testing.assert_allclose(hat.std(axis=(0, 2, 3)), 1, atol=0.1)
    normalisation.descend(model, rows, 0.1, 3, frozen=True)
    assert (norm.running_mean.numpy() == before).all()
