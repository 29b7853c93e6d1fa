"""The networks: sizes, PyTorch's values and gradients, and what is refused."""

import numpy as np
import pytest
import torch

from foundations import nn
from foundations.errors import ShapeError, ValueRangeError
from foundations.nn import functional as F
from implementations.cnn import ConvNet, ConvNetConfig, FullyConnected

CONFIG = ConvNetConfig(size=12, channels=2, widths=((3, 4), (5,)), classes=7)


def twin(config):
    """Return the same network in PyTorch, in float64."""
    layers, n_in = [], config.channels
    activation = {"relu": torch.nn.ReLU, "tanh": torch.nn.Tanh, "sigmoid": torch.nn.Sigmoid}
    for widths in config.widths:
        for n_out in widths:
            layers.append(torch.nn.Conv2d(n_in, n_out, 3, padding=1, bias=not config.batch_norm))
            if config.batch_norm:
                layers.append(torch.nn.BatchNorm2d(n_out))
            layers.append(activation[config.activation]())
            n_in = n_out
        layers.append(torch.nn.MaxPool2d(2))
    side = config.size >> len(config.widths)
    if config.hidden:
        layers += [torch.nn.Flatten(), torch.nn.Linear(n_in * side**2, config.hidden)]
        layers += [activation[config.activation](), torch.nn.Linear(config.hidden, config.classes)]
    else:
        layers += [torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(n_in, config.classes)]
    return torch.nn.Sequential(*layers).double()


@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize("hidden", [0, 6])
@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_values_and_gradients_are_pytorch_s(batch_norm, hidden, activation):
    config = ConvNetConfig(12, 2, ((3, 4), (5,)), 7, activation, batch_norm, hidden)
    rng = np.random.default_rng(0)
    ours, theirs = ConvNet(config, rng=rng).astype(np.float64), twin(config)
    for p in ours.parameters():
        p.data = rng.normal(0.1, 0.5, p.shape)
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        value = mine.data.T if mine.ndim == 2 else mine.data
        other.data = torch.from_numpy(value.copy())
    x, y = rng.standard_normal((6, 2, 12, 12)), rng.integers(0, 7, 6)
    loss = F.cross_entropy(ours(x), y)
    loss.backward()
    expected = torch.nn.functional.cross_entropy(theirs(torch.from_numpy(x)), torch.from_numpy(y))
    expected.backward()
    assert loss.item() == pytest.approx(expected.item(), abs=1e-10)
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        gradient = other.grad.numpy().T if mine.ndim == 2 else other.grad.numpy()
        np.testing.assert_allclose(mine.grad.numpy(), gradient, atol=1e-8)
    ours.eval()
    theirs.eval()
    np.testing.assert_allclose(ours(x).numpy(), theirs(torch.from_numpy(x)).detach(), atol=1e-8)


def test_parameters_are_counted_by_hand():
    model = ConvNet(CONFIG, rng=np.random.default_rng(0))
    expected = 9 * (2 * 3 + 3 * 4 + 4 * 5) + 2 * (3 + 4 + 5) + 5 * 7 + 7
    assert nn.count_parameters(model) == expected
    flat = FullyConnected(12, 2, (11,), 7, rng=np.random.default_rng(0))
    assert nn.count_parameters(flat) == 288 * 11 + 11 + 11 * 7 + 7
    assert flat(np.zeros((3, 2, 12, 12), dtype=np.float32)).shape == (3, 7)


def test_the_initial_weights_have_the_variance_of_their_scheme():
    for activation, factor in (("relu", 2), ("tanh", 1)):
        config = ConvNetConfig(8, 64, ((96,),), activation=activation)
        model = ConvNet(config, rng=np.random.default_rng(0))
        weight = model.parameters()[0].data
        assert weight.var() == pytest.approx(factor / (9 * 64), rel=0.02)


def test_feature_maps_halve_block_by_block():
    maps = ConvNet(CONFIG, rng=np.random.default_rng(0)).features(np.zeros((2, 2, 12, 12), np.float32))
    assert [one.shape for one in maps] == [(2, 4, 6, 6), (2, 5, 3, 3)]


@pytest.mark.parametrize("shape", [(2, 12, 12), (1, 1, 12, 12), (1, 2, 28, 28), (1, 2, 12, 11)])
def test_images_of_another_shape_are_refused(shape):
    model = ConvNet(CONFIG, rng=np.random.default_rng(0))
    with pytest.raises(ShapeError, match=r"\(B, 2, 12, 12\), got"):
        model(np.zeros(shape, dtype=np.float32))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"activation": "rely"}, "no activation 'rely'"),
        ({"widths": ()}, "every block has a convolution"),
        ({"widths": ((3, 0),)}, "every block has a convolution"),
        ({"size": 3, "widths": ((2,), (2,))}, "leave nothing of 3 pixels"),
        ({"classes": 0}, "1 or more"),
    ],
)
def test_configurations_that_make_no_network_are_refused(options, says):
    with pytest.raises(ValueRangeError, match=says):
        ConvNetConfig(**options)
