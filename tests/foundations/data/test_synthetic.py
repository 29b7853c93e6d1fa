"""Points in the plane lie where their formulas put them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundations.data import batches, circles, moons, spirals
from foundations.errors import ValueRangeError

MAKERS = (moons, circles, spirals)


@pytest.mark.parametrize("make", MAKERS)
@given(n=st.integers(0, 60), seed=st.integers(0, 99))
def test_classes_are_even_and_the_seed_decides(make, n, seed):
    x, y = make(n, rng=np.random.default_rng(seed))
    assert x.shape == (n, 2)
    assert x.dtype == np.float32
    assert y.dtype == np.int64
    counts = np.bincount(y, minlength=2)
    assert counts.max() - counts.min() <= 1
    again, _ = make(n, rng=np.random.default_rng(seed))
    np.testing.assert_array_equal(x, again)


def test_without_noise_circles_are_circles():
    x, y = circles(200, noise=0, ratio=0.3, rng=np.random.default_rng(0))
    np.testing.assert_allclose(np.hypot(*x.T), np.where(y == 1, 0.3, 1.0), rtol=1e-6)


def test_without_noise_moons_are_half_circles_about_two_centres():
    x, y = moons(200, noise=0, rng=np.random.default_rng(0))
    centre = np.where(y[:, None] == 1, (1.0, 0.5), (0.0, 0.0))
    np.testing.assert_allclose(np.hypot(*(x - centre).T), 1, rtol=1e-5)
    assert np.all((x - centre)[:, 1] * np.where(y == 1, -1, 1) >= -1e-6)


def test_without_noise_the_angle_on_a_spiral_follows_from_the_radius():
    x, y = spirals(300, classes=3, turns=1.0, noise=0, rng=np.random.default_rng(0))
    radius = np.hypot(*x.T)
    angle = np.arctan2(x[:, 1], x[:, 0]) / (2 * np.pi)
    off = (angle - radius - y / 3 + 0.5) % 1 - 0.5
    np.testing.assert_allclose(off, 0, atol=1e-4)


@pytest.mark.parametrize("make", MAKERS)
def test_noise_has_the_spread_it_is_given(make):
    clean, y = make(20_000, noise=0, rng=np.random.default_rng(0))
    noisy, again = make(20_000, noise=0.2, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(y, again)
    assert np.std(noisy - clean) == pytest.approx(0.2, rel=0.02)  # 40,000 draws: 0.35 % standard error


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("wrong", [{"n": -1}, {"n": 5, "noise": -0.1}, {"n": 5, "noise": float("nan")}])
def test_what_means_nothing_is_refused(make, wrong):
    with pytest.raises(ValueRangeError):
        make(**wrong, rng=np.random.default_rng(0))


def test_other_arguments_are_checked_too():
    with pytest.raises(ValueRangeError, match="ratio"):
        circles(5, ratio=1.0, rng=np.random.default_rng(0))
    with pytest.raises(ValueRangeError, match="classes=0"):
        spirals(5, classes=0, rng=np.random.default_rng(0))


@given(n=st.integers(0, 50), size=st.integers(1, 20), seed=st.integers(0, 9), drop=st.booleans())
def test_batches_visit_everything_once(n, size, seed, drop):
    found = list(batches(n, size, rng=np.random.default_rng(seed), drop_last=drop))
    seen = np.concatenate(found).tolist() if found else []
    assert len(set(seen)) == len(seen) == (n - n % size if drop else n)
    assert set(seen) <= set(range(n))
    assert all(len(batch) == size for batch in found[:-1])


def test_batches_keep_the_order_without_a_generator_and_lose_it_with_one():
    assert np.concatenate(list(batches(40, 7, rng=None))).tolist() == list(range(40))
    shuffled = np.concatenate(list(batches(40, 7, rng=np.random.default_rng(0)))).tolist()
    assert shuffled != list(range(40))


@pytest.mark.parametrize(("n", "size"), [(-1, 2), (3, 0)])
def test_batches_of_nothing_sensible_are_refused(n, size):
    with pytest.raises(ValueRangeError):
        list(batches(n, size, rng=None))
