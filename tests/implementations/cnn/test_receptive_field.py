"""Receptive fields: the recursion against what the gradient reaches."""

import numpy as np
import pytest

from foundations import nn
from foundations.errors import ValueRangeError
from implementations.cnn import ConvNet, ConvNetConfig
from implementations.cnn.receptive_field import Window, receptive_field, seen_by


@pytest.mark.parametrize(
    "windows",
    [
        [Window(3, 1, 1), Window(3, 1, 1), Window(2, 2, 0), Window(3, 1, 1)],
        [Window(5, 2, 2), Window(3, 2, 1), Window(1)],
        [Window(2, 2), Window(2, 2)],
    ],
)
def test_the_recursion_is_what_a_unit_reacts_to(windows):
    rng = np.random.default_rng(0)
    layers = []
    for window in windows:
        layer = nn.Conv2d(1, 1, window.kernel, window.stride, window.padding, bias=False, rng=rng)
        layer.weight.data = rng.uniform(0.5, 1.0, layer.weight.shape)  # float64, no cancellation
        layers.append(layer)
    network = nn.Sequential(*layers)
    x = rng.standard_normal((1, 32, 32))
    side = network(x[None]).shape[2]
    field = receptive_field(windows)[-1]
    for index in (0, 1, side // 2):
        seen = seen_by(network, x, (0, index, index))[0]
        rows = np.flatnonzero(np.abs(seen).max(axis=1) > 0)
        first, last = field.of(index)
        assert (rows[0], rows[-1]) == (max(first, 0), min(last, 31))


def test_the_windows_of_a_network():
    config = ConvNetConfig(size=16, widths=((2, 3), (4,)), activation="tanh")
    model = ConvNet(config, rng=np.random.default_rng(0)).eval()
    assert [field.size for field in receptive_field(model.windows())] == [3, 5, 6, 10, 12]
    image = np.random.default_rng(1).random((1, 16, 16), dtype=np.float32)
    seen = seen_by(lambda x: model.features(x)[-1], image, (1, 1, 1))
    assert seen.shape == (1, 16, 16)
    first, last = receptive_field(model.windows())[-1].of(1)
    outside = np.ones(16, dtype=bool)
    outside[max(first, 0) : last + 1] = False
    assert (seen[0, outside] == 0).all()
    assert np.abs(seen).max() > 0


def test_a_window_without_taps_is_refused():
    with pytest.raises(ValueRangeError, match="kernel and stride from 1"):
        receptive_field([Window(0)])
