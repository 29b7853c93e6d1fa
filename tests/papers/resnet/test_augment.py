"""Crops, turns and means: against a slow route, and what is refused."""

import numpy as np
import pytest

from foundations.errors import ShapeError, ValueRangeError
from papers.resnet import crop_and_flip, standard


def test_every_image_is_a_crop_of_its_framed_self_turned_or_not():
    x = np.random.default_rng(0).standard_normal((40, 3, 7, 5))
    got = crop_and_flip(x, pad=2, rng=np.random.default_rng(1))
    assert got.shape == x.shape
    seen, turns = set(), 0
    for image, cut in zip(x, got, strict=True):
        framed = np.zeros((3, 11, 9))
        framed[:, 2:9, 2:7] = image
        matches = [
            (down, right, turned)
            for down in range(5)
            for right in range(5)
            for turned in (False, True)
            if np.array_equal(
                framed[:, down : down + 7, right : right + 5][:, :, :: -1 if turned else 1], cut
            )
        ]
        assert len(matches) == 1
        seen.add(matches[0][:2])
        turns += matches[0][2]
    assert len(seen) > 15  # of 25 places
    assert 12 <= turns <= 28


def test_places_are_even_and_independent_of_each_other():
    x = np.zeros((6000, 1, 1, 1)) + 1
    got = crop_and_flip(x, pad=1, rng=np.random.default_rng(0))  # 1 only where the frame is not
    assert got.mean() == pytest.approx(1 / 9, abs=0.015)


def test_the_standard_is_the_mean_of_each_pixel():
    x = np.random.default_rng(0).uniform(size=(50, 2, 3, 4)).astype(np.float32)
    scale = standard(x)
    assert scale.mean.shape == (2, 3, 4)
    z = scale.apply(x)
    np.testing.assert_allclose(z.mean(axis=0), 0, atol=1e-6)
    assert z.std() == pytest.approx(1, abs=1e-4)
    assert z.dtype == np.float32
    assert standard(np.ones((2, 1, 1, 1), dtype=np.float32)).std == 1.0  # nothing to divide by


def test_what_is_no_image_is_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(ShapeError, match=r"expected images \(n, C, H, W\), got \(3, 4\)"):
        crop_and_flip(np.zeros((3, 4)), rng=rng)
    with pytest.raises(ValueRangeError, match="0 pixels or more, got -1"):
        crop_and_flip(np.zeros((1, 1, 2, 2)), pad=-1, rng=rng)
    with pytest.raises(ShapeError, match="n of 1 or more"):
        standard(np.zeros((0, 1, 2, 2)))
