"""Simulated quantisation: the values of quantise and dequantise, PyTorch's gradients."""

import numpy as np
import pytest
import torch

from foundations.autodiff import Tensor
from papers.quantization import AffineQuantizer, dequantize, fake_quantize, quantize, weight_quantizer


@pytest.mark.parametrize("bits", [2, 4, 8])
def test_it_is_quantise_and_dequantise(bits):
    x = np.random.default_rng(0).normal(0, 1, (3, 5, 7)).astype(np.float32)
    grid = AffineQuantizer.affine(-1.5, 2.5, bits)
    np.testing.assert_allclose(fake_quantize(x, grid), dequantize(quantize(x, grid), grid), atol=1e-6)
    assert fake_quantize(x, grid).dtype == np.float32
    channels = weight_quantizer(x, bits)
    np.testing.assert_allclose(
        fake_quantize(x, channels), dequantize(quantize(x, channels), channels), atol=1e-6
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_values_and_gradients_are_torchs(dtype):
    rng = np.random.default_rng(1)
    x, g = rng.normal(0, 2, (4, 6)).astype(dtype), rng.normal(0, 1, (4, 6)).astype(dtype)
    grid = AffineQuantizer.affine(-1.0, 3.0, 3)
    low, high = (float(one) for one in grid.range)
    x = np.where(
        np.abs(x - low) < grid.scale / 2, low + grid.scale, x
    )  # torch counts half a step more as inside
    x = np.where(np.abs(x - high) < grid.scale / 2, high - grid.scale, x).astype(dtype)
    ours = Tensor(x, requires_grad=True)
    y = fake_quantize(ours, grid)
    y.backward(g)
    theirs = torch.tensor(x, dtype=torch.float32, requires_grad=True)
    z = torch.fake_quantize_per_tensor_affine(theirs, float(grid.scale), int(grid.zero_point), 0, 7)
    z.backward(torch.tensor(g, dtype=torch.float32))
    np.testing.assert_allclose(y.numpy(), z.detach().numpy(), rtol=1e-6)
    np.testing.assert_allclose(ours.grad.numpy(), theirs.grad.numpy(), rtol=1e-6)
    assert 0 < (ours.grad.numpy() == 0).mean() < 1


def test_the_gradient_passes_at_both_ends_and_not_beyond():
    grid = AffineQuantizer.symmetric(1.27, 8)
    low, high = grid.range
    x = np.array([low - 0.001, low, 0.0, high, high + 0.001])
    tensor = Tensor(x, requires_grad=True)
    fake_quantize(tensor, grid).sum().backward()
    assert tensor.grad.numpy().tolist() == [0, 1, 1, 1, 0]


def test_the_largest_weight_of_every_channel_learns():
    weight = np.random.default_rng(2).normal(0, 1, (64, 9)).astype(np.float32)
    tensor = Tensor(weight, requires_grad=True)
    fake_quantize(tensor, weight_quantizer(weight, 4)).sum().backward()
    assert (tensor.grad.numpy() == 1).all()


def test_what_is_on_the_grid_stays():
    grid = AffineQuantizer.affine(-1.0, 1.0, 4)
    on = dequantize(np.arange(16), grid)
    np.testing.assert_array_equal(fake_quantize(on, grid), on)
