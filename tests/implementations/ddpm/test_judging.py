"""The Fréchet distance by other ways, and what the digits' network reads."""

import math

import numpy as np
import pytest
from scipy.linalg import sqrtm

from foundations.errors import ShapeError, ValueRangeError
from implementations.cnn import pictures
from implementations.ddpm import Moments, frechet_distance, moments
from implementations.ddpm.judging import digit_features, read_digits


def rows(seed, n=400, d=5):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)) @ rng.standard_normal((d, d)) + rng.standard_normal(d)


def test_the_distance_with_the_matrix_root_of_the_product():
    one, two = moments(rows(0)), moments(rows(1))
    root = sqrtm(one.covariance @ two.covariance).real
    expected = ((one.mean - two.mean) ** 2).sum()
    expected += np.trace(one.covariance + two.covariance - 2 * root)
    assert frechet_distance(one, two) == pytest.approx(expected, rel=1e-9)


def test_the_distance_is_the_cheapest_transport_between_normals():
    """On one axis it is the mean squared gap between the sorted values."""
    rng = np.random.default_rng(0)
    a, b = np.sort(rng.normal(1, 2, 100_000)), np.sort(rng.normal(-1, 0.5, 100_000))
    found = frechet_distance(moments(a[:, None]), moments(b[:, None]))
    assert found == pytest.approx(((a - b) ** 2).mean(), rel=0.01)


def test_laws_of_the_distance():
    one, two = moments(rows(0)), moments(rows(1))
    assert frechet_distance(one, one) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(one, two) == pytest.approx(frechet_distance(two, one))
    turn = np.linalg.qr(np.random.default_rng(2).standard_normal((5, 5)))[0]
    turned = [moments(rows(s) @ turn) for s in (0, 1)]
    assert frechet_distance(*turned) == pytest.approx(frechet_distance(one, two))
    flat = moments(np.repeat(rows(0)[:, :1], 5, axis=1))  # a covariance of rank one
    assert math.isfinite(frechet_distance(flat, two))


def test_rows_that_have_no_covariance_are_refused():
    with pytest.raises(ShapeError, match=r"\(n, d\)"):
        moments(np.zeros(3))
    with pytest.raises(ValueRangeError, match="two rows"):
        moments(np.zeros((1, 3)))
    with pytest.raises(ValueRangeError, match="finite"):
        moments(np.full((4, 2), np.nan))
    with pytest.raises(ShapeError, match="same features"):
        frechet_distance(Moments(np.zeros(2), np.eye(2)), Moments(np.zeros(3), np.eye(3)))


def test_real_digits_are_read_and_noise_is_far_from_them():
    train, test = pictures("mnist-small")
    some = test.images[:300]
    read = read_digits(some)
    assert read.read > 0.9
    assert read.confidence > 0.95
    assert read.classes.sum() == pytest.approx(1)
    assert np.abs(read.classes - np.bincount(test.labels[:300], minlength=10) / 300).max() < 0.02
    real = moments(digit_features(train.images[:300]))
    noise = np.random.default_rng(0).random((300, 1, 28, 28), dtype=np.float32)
    near = frechet_distance(moments(digit_features(some)), real)
    assert frechet_distance(moments(digit_features(noise)), real) > 10 * near


def test_features_are_means_of_the_last_maps():
    from implementations.cnn.demo_weights import load_model

    model, standard, examples = load_model()
    maps = model.features(standard.apply(examples))[-1].numpy()  # the last maps
    found = digit_features(examples)
    assert found.shape == (10, maps.shape[1])
    np.testing.assert_allclose(found, maps.sum(axis=(2, 3)) / maps[0, 0].size, rtol=1e-4, atol=1e-5)
    scores = found @ model.head[2].weight.numpy() + model.head[2].bias.numpy()
    np.testing.assert_allclose(scores, model(standard.apply(examples)).numpy(), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("shape", [(3, 28, 28), (3, 1, 32, 32), (0, 1, 28, 28)])
def test_what_are_no_digits_is_refused(shape):
    for judge in (read_digits, digit_features):
        with pytest.raises(ShapeError, match="expected digits"):
            judge(np.zeros(shape, dtype=np.float32))
