"""Images of another size, range or number of channels are refused where they come in."""

import numpy as np
import pytest

from foundations.errors import ShapeError, ValueRangeError
from implementations.cnn import (
    ConvNet,
    ConvNetConfig,
    Pictures,
    Standard,
    Training,
    TrainingConfig,
    accuracy,
    as_images,
    probabilities,
    saliency,
)

MODEL = ConvNet(ConvNetConfig(size=8, channels=3, widths=((2,),)), rng=np.random.default_rng(0))
SCALE = Standard(np.full(3, 0.5, dtype=np.float32), np.full(3, 0.2, dtype=np.float32))
GREY = np.full((4, 3, 8, 8), 0.5, dtype=np.float32)
WRONG = {
    "one channel": (GREY[:, :1], ShapeError, r"expected images \(n, 3, H, W\), got \(4, 1, 8, 8\)"),
    "no batch": (GREY[0], ShapeError, r"got \(3, 8, 8\)"),
    "bytes": (GREY * 255, ValueRangeError, r"got 127.5 to 127.5: divide by 255"),
    "standardised": (GREY - 1, ValueRangeError, r"lie in \[0, 1\]"),
    "not a number": (GREY * np.nan, ValueRangeError, r"lie in \[0, 1\]"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_network_is_not_asked_about_what_are_no_images(wrong):
    images, error, says = WRONG[wrong]
    labels = np.zeros(len(images), dtype=int)
    with pytest.raises(error, match=says):
        probabilities(MODEL, images, SCALE)
    with pytest.raises(error, match=says):
        accuracy(MODEL, Pictures(images, labels), SCALE)
    with pytest.raises(error, match=says):
        Training(MODEL, TrainingConfig(epochs=1, batch_size=2), Pictures(images, labels), SCALE)


def test_images_of_another_size_are_refused_by_name():
    with pytest.raises(ShapeError, match=r"expected images \(B, 3, 8, 8\), got \(4, 3, 9, 9\): resize"):
        probabilities(MODEL, np.full((4, 3, 9, 9), 0.5), SCALE)
    with pytest.raises(ShapeError, match="resize"):
        saliency(MODEL, np.full((3, 9, 9), 0.5), SCALE, 0)


def test_more_or_fewer_labels_than_images_are_refused():
    for labels in (np.zeros(3, dtype=int), np.zeros((4, 1), dtype=int)):
        with pytest.raises(ShapeError, match="a label for each of 4 images"):
            Training(MODEL, TrainingConfig(epochs=1, batch_size=2), Pictures(GREY, labels), SCALE)


def test_the_edges_of_the_range_are_taken():
    assert probabilities(MODEL, np.stack([GREY[0] * 0, GREY[0] * 2]), SCALE).shape == (2, 10)


def test_pixels_of_another_range_do_not_come_in():
    for pixels, says in ((255.0, "255 to 255: divide by 255"), (-1.0, "-1 to -1"), (np.inf, "inf")):
        with pytest.raises(ValueRangeError, match=says):
            as_images(np.full((1, 8, 8), pixels))
