"""Pictures in and out: shapes, ranges, standardising, moving, mirroring; and what a network looks at."""

import numpy as np
import pytest

from foundations.errors import DataError, DTypeError, ShapeError, ValueRangeError
from implementations.cnn import (
    ConvNet,
    ConvNetConfig,
    as_images,
    confusion_matrix,
    mirrored,
    pictures,
    probabilities,
    saliency,
    shifted,
    standard,
)
from implementations.cnn.variance import measured, predicted, weight_variance


def test_pixels_come_channels_first():
    grey, colour = np.random.default_rng(0).random((2, 5, 7)), np.zeros((2, 5, 7, 3), dtype=np.uint8)
    colour[1, 2, 3] = (0, 51, 255)
    assert as_images(grey).shape == (2, 1, 5, 7)
    assert as_images(grey).dtype == np.float32
    assert as_images(colour)[1, :, 2, 3].tolist() == pytest.approx([0, 0.2, 1])


@pytest.mark.parametrize(
    ("images", "error", "says"),
    [
        (np.zeros((5, 5)), ShapeError, r"got \(5, 5\)"),
        (np.zeros((1, 5, 5, 4)), ShapeError, "1 or 3 channels"),
        (np.zeros((1, 5, 5), dtype=int), DTypeError, "got int64"),
        (np.full((1, 5, 5), 255.0), ValueRangeError, "divide by 255"),
        (np.full((1, 5, 5), np.nan), ValueRangeError, r"lie in \[0, 1\]"),
    ],
)
def test_what_are_no_pictures_is_refused(images, error, says):
    with pytest.raises(error, match=says):
        as_images(images)


def test_pictures_of_a_data_set_and_of_none():
    train, test = pictures("mnist-small")
    assert train.images.shape == (5000, 1, 28, 28)
    assert test.labels.shape == (1000,)
    with pytest.raises(DataError):
        pictures("mnist-smal")


def test_standardised_channels_have_mean_0_and_variance_1():
    rng = np.random.default_rng(0)
    x = rng.random((9, 3, 4, 5)) * np.array([1, 0.5, 0])[:, None, None]
    z = standard(x).apply(x)
    np.testing.assert_allclose(z.mean(axis=(0, 2, 3)), 0, atol=1e-6)
    np.testing.assert_allclose(z.var(axis=(0, 2, 3)), [1, 1, 0], atol=1e-5)  # a flat channel stays flat


def test_moved_pictures_are_windows_into_a_frame():
    rng = np.random.default_rng(0)
    x = rng.random((200, 2, 5, 6))
    moved = shifted(x, 2, rng=np.random.default_rng(1))
    framed = np.pad(x, ((0, 0), (0, 0), (2, 2), (2, 2)))
    found = set()
    for one, frame in zip(moved, framed, strict=True):
        places = [
            (a, b) for a in range(5) for b in range(5) if np.array_equal(one, frame[:, a : a + 5, b : b + 6])
        ]
        assert len(places) == 1
        found.update(places)
    assert len(found) == 25
    with pytest.raises(ValueRangeError, match="got -1"):
        shifted(x, -1, rng=rng)


def test_mirrored_pictures_are_turned_or_as_they_were():
    x = np.random.default_rng(0).random((100, 1, 3, 4))
    turned = mirrored(x, rng=np.random.default_rng(1))
    flipped = (turned == x[..., ::-1]).all(axis=(1, 2, 3))
    kept = (turned == x).all(axis=(1, 2, 3))
    assert (flipped ^ kept).all()
    assert 30 < flipped.sum() < 70


def test_confusion_counts_every_pair():
    rng = np.random.default_rng(0)
    labels, guessed = rng.integers(0, 4, 60), rng.integers(0, 4, 60)
    counts = confusion_matrix(guessed, labels, 4)
    for i in range(4):
        for j in range(4):
            assert counts[i, j] == sum((a, b) == (i, j) for a, b in zip(labels, guessed, strict=True))
    with pytest.raises(ShapeError, match="one shape"):
        confusion_matrix(guessed[:5], labels, 4)


def test_saliency_is_what_a_small_change_of_a_pixel_does():
    rng = np.random.default_rng(0)
    model = ConvNet(ConvNetConfig(size=6, widths=((3,),), classes=4, activation="tanh"), rng=rng)
    model.astype(np.float64).eval()
    image = rng.random((1, 6, 6))
    scale = standard(rng.random((20, 1, 6, 6)))
    found = saliency(model, image, scale, 2)
    for row, column in ((0, 0), (3, 4), (5, 2)):
        nudge = np.zeros_like(image)
        nudge[0, row, column] = 1e-6
        ahead, behind = (model(scale.apply((image + s * nudge)[None])).numpy()[0, 2] for s in (1, -1))
        assert found[row, column] == pytest.approx(abs(ahead - behind) / 2e-6, rel=1e-5, abs=1e-8)


def test_probabilities_leave_the_mode_of_the_network_alone():
    model = ConvNet(ConvNetConfig(size=6, widths=((3,),), classes=4), rng=np.random.default_rng(0)).train()
    images = np.random.default_rng(1).random((7, 1, 6, 6), dtype=np.float32)
    scale = standard(images)
    found = probabilities(model, images, scale, batch_size=3)
    assert model.training
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(found, probabilities(model, images, scale), atol=1e-6)
    assert probabilities(model, images[:0], scale).shape[0] == 0


@pytest.mark.parametrize("scheme", ["lecun", "glorot", "he"])
def test_variance_by_depth_is_what_theory_says(scheme):
    widths = [300, 200, 400, 300, 250, 300]
    theory = predicted(scheme, widths)
    runs = [measured(scheme, widths, rng=np.random.default_rng(seed)) for seed in range(20)]
    forward = np.mean([run.forward for run in runs], axis=0)
    backward = np.mean([run.backward for run in runs], axis=0)
    np.testing.assert_allclose(forward, theory.forward, rtol=0.06)
    np.testing.assert_allclose(backward, theory.backward, rtol=0.06)


def test_schemes_by_their_formulas():
    assert [weight_variance(s, 50, 150) for s in ("unit", "lecun", "glorot", "he")] == [1, 0.02, 0.01, 0.04]
    with pytest.raises(ValueRangeError, match="no scheme 'hey'"):
        weight_variance("hey", 1, 1)
