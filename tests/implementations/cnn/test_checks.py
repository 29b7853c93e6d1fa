"""Images of another size, range or number of channels are refused where they come in."""

import numpy as np
import pytest

from foundations.errors import ShapeError, ValueRangeError
from implementations.cnn import ConvNet, ConvNetConfig, Pictures, Standard, accuracy, as_images, probabilities

MODEL = ConvNet(ConvNetConfig(size=8, widths=((2,),)), rng=np.random.default_rng(0))
SCALE = Standard(np.full(1, 0.5, dtype=np.float32), np.full(1, 0.2, dtype=np.float32))


@pytest.mark.parametrize("shape", [(4, 1, 9, 9), (4, 3, 8, 8), (1, 8, 8)])
def test_a_network_is_not_asked_about_images_of_another_shape(shape):
    images = np.full(shape, 0.5, dtype=np.float32)
    with pytest.raises(ShapeError, match=r"expected images \(B, 1, 8, 8\), got .*: resize them"):
        probabilities(MODEL, images, SCALE)
    with pytest.raises(ShapeError, match="resize them"):
        accuracy(MODEL, Pictures(images, np.zeros(len(images), dtype=int)), SCALE)


def test_pixels_of_another_range_do_not_come_in():
    for pixels, says in ((255.0, "255 to 255: divide by 255"), (-1.0, "-1 to -1"), (np.inf, "inf")):
        with pytest.raises(ValueRangeError, match=says):
            as_images(np.full((1, 8, 8), pixels))
