"""Layers for images: a small network against PyTorch, running statistics, counts."""

import numpy as np
import pytest
import torch

from foundations import nn
from foundations.autodiff import Tensor
from foundations.errors import ValueRangeError


@pytest.fixture
def rng():
    return np.random.default_rng(0)


PAIRS = {
    "Conv1d": (
        lambda rng: nn.Conv1d(4, 6, 3, stride=2, padding=1, dilation=2, groups=2, rng=rng),
        lambda: torch.nn.Conv1d(4, 6, 3, stride=2, padding=1, dilation=2, groups=2),
        (2, 4, 11),
    ),
    "Conv2d": (
        lambda rng: nn.Conv2d(4, 6, (3, 5), stride=(2, 1), padding=1, groups=2, rng=rng),
        lambda: torch.nn.Conv2d(4, 6, (3, 5), stride=(2, 1), padding=1, groups=2),
        (2, 4, 7, 9),
    ),
    "Conv2d same": (
        lambda rng: nn.Conv2d(2, 3, 3, padding="same", bias=False, rng=rng),
        lambda: torch.nn.Conv2d(2, 3, 3, padding="same", bias=False),
        (2, 2, 5, 7),
    ),
    "ConvTranspose2d": (
        lambda rng: nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1, output_padding=1, groups=2, rng=rng),
        lambda: torch.nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1, output_padding=1, groups=2),
        (2, 4, 5, 3),
    ),
    "MaxPool2d": (lambda rng: nn.MaxPool2d(3, 2, 1), lambda: torch.nn.MaxPool2d(3, 2, 1), (2, 3, 7, 5)),
    "AvgPool2d": (
        lambda rng: nn.AvgPool2d(2, 1, 1, count_include_pad=False),
        lambda: torch.nn.AvgPool2d(2, 1, 1, count_include_pad=False),
        (2, 3, 7, 5),
    ),
    "AdaptiveAvgPool2d": (
        lambda rng: nn.AdaptiveAvgPool2d((2, 3)),
        lambda: torch.nn.AdaptiveAvgPool2d((2, 3)),
        (2, 3, 7, 5),
    ),
    "Upsample": (lambda rng: nn.Upsample(2), lambda: torch.nn.Upsample(scale_factor=2), (2, 3, 4, 5)),
    "BatchNorm1d": (lambda rng: nn.BatchNorm1d(3), lambda: torch.nn.BatchNorm1d(3), (7, 3)),
    "BatchNorm2d": (lambda rng: nn.BatchNorm2d(3), lambda: torch.nn.BatchNorm2d(3), (4, 3, 5, 2)),
    "GroupNorm": (lambda rng: nn.GroupNorm(2, 6), lambda: torch.nn.GroupNorm(2, 6), (2, 6, 3, 5)),
}


@pytest.mark.parametrize("name", PAIRS)
def test_layers_equal_pytorch_in_values_and_every_gradient(name, rng):
    make, make_theirs, shape = PAIRS[name]
    layer, twin = make(rng).astype(np.float64), make_theirs().double()
    own = {n: a for n, a in layer.state_dict().items() if "running" not in n}
    for array in own.values():
        array += 0.3 * rng.standard_normal(array.shape)
    assert {n for n, _ in twin.named_parameters()} == set(own)
    twin.load_state_dict({n: torch.tensor(a) for n, a in own.items()}, strict=False)
    data = rng.standard_normal(shape)
    x, z = Tensor(data, requires_grad=True), torch.tensor(data, requires_grad=True)
    y, expected = layer(x), twin(z)
    g = rng.standard_normal(y.shape)
    y.backward(g)
    expected.backward(torch.tensor(g))
    np.testing.assert_allclose(y.numpy(), expected.detach().numpy(), atol=1e-10)
    np.testing.assert_allclose(x.grad.numpy(), z.grad.numpy(), atol=1e-10)
    theirs = dict(twin.named_parameters())
    for parameter, p in layer.named_parameters():
        np.testing.assert_allclose(p.grad.numpy(), theirs[parameter].grad.numpy(), atol=1e-9)


@pytest.mark.parametrize(("ours", "theirs"), [(nn.BatchNorm2d, torch.nn.BatchNorm2d)])
def test_running_statistics_follow_pytorch_and_serve_in_evaluation(ours, theirs, rng):
    layer, twin = ours(3, momentum=0.3), theirs(3, momentum=0.3)
    for _ in range(4):
        batch = (2 + 3 * rng.standard_normal((5, 3, 4, 4))).astype(np.float32)
        layer(Tensor(batch))
        twin(torch.tensor(batch))
    np.testing.assert_allclose(layer.running_mean.numpy(), twin.running_mean.numpy(), rtol=1e-5)
    np.testing.assert_allclose(layer.running_var.numpy(), twin.running_var.numpy(), rtol=1e-5)
    layer.eval()
    twin.eval()
    before = layer.running_mean.numpy().copy()
    y = layer(Tensor(batch)).numpy()
    np.testing.assert_allclose(y, twin(torch.tensor(batch)).detach().numpy(), rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(layer.running_mean.numpy(), before)
    assert "running_var" in layer.state_dict()


def test_multiply_adds_of_convolutions(rng):
    x = Tensor(np.ones((2, 4, 8, 8), dtype=np.float32))
    assert nn.count_multiply_adds(nn.Conv2d(4, 6, 3, padding=1, rng=rng), x) == 2 * 64 * 6 * 4 * 9
    assert nn.count_multiply_adds(nn.Conv2d(4, 6, 3, groups=2, rng=rng), x) == 2 * 36 * 6 * 2 * 9
    assert nn.count_multiply_adds(nn.ConvTranspose2d(4, 6, 2, 2, rng=rng), x) == 2 * 64 * 4 * 6 * 4


def test_a_stack_learns(rng):
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1, rng=rng),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(4 * 9, 2, rng=rng),
    )
    x = Tensor(rng.standard_normal((8, 1, 6, 6)).astype(np.float32))
    targets = np.arange(8) % 2
    first = None
    for _ in range(40):
        loss = nn.functional.cross_entropy(model(x), targets)
        first = first or loss.item()
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= 0.2 * p.grad.data
    assert loss.item() < first / 5


def test_groups_must_divide(rng):
    with pytest.raises(ValueRangeError, match="4 in, 6 out and 3 groups"):
        nn.Conv2d(4, 6, 3, groups=3, rng=rng)
