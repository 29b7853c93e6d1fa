"""What the tests of the engine share: arrays of every layout, and the comparison with PyTorch."""

import numpy as np
import pytest
import torch

from foundations.autodiff import Tensor

TOLERANCE = {np.dtype(np.float64): 1e-9, np.dtype(np.float32): 1e-5}


@pytest.fixture
def rng():
    return np.random.default_rng(20261122)


@pytest.fixture(scope="session")
def draw():
    """A function that draws an array from a seed: any shape, type, interval and memory layout."""

    def array(seed, shape, dtype=np.float64, layout="C", low=-2.0, high=2.0):
        rng = np.random.default_rng(seed)
        if layout == "strided":  # every other element of something larger
            big = rng.uniform(low, high, tuple(2 * n for n in shape)).astype(dtype)
            return big[tuple(slice(None, None, 2) for _ in shape)]
        x = rng.uniform(low, high, shape).astype(dtype)
        if layout == "F":
            return np.asfortranarray(x) if x.ndim else x
        if layout == "reversed":
            return x[tuple(slice(None, None, -1) for _ in shape)] if x.ndim else x
        return x

    return array


@pytest.fixture(scope="session")
def to_torch():
    """A function that copies an array into a torch tensor (which knows no negative strides)."""

    def convert(array, requires_grad=False):
        return torch.tensor(np.array(array, order="C")).requires_grad_(requires_grad)

    return convert


@pytest.fixture(scope="session")
def agrees(to_torch):
    """A function that holds one of ours to one of PyTorch's: value, type and every gradient.

    The gradient of the output is random, so a transposed or a doubled gradient cannot pass. The arrays that
    were given, and the gradient that was given, must be left as they were.
    """

    def compare(ours, theirs, *arrays, tolerance=None, gradients=True):
        originals = [a.copy() for a in arrays]
        tensors = [Tensor(a, requires_grad=a.dtype.kind == "f") for a in arrays]
        y = ours(*tensors)
        t = [to_torch(a, requires_grad=a.dtype.kind == "f") for a in arrays]
        z = theirs(*t)
        tolerance = tolerance or TOLERANCE[np.dtype(y.dtype)]
        assert isinstance(y, Tensor)
        assert y.dtype == z.detach().numpy().dtype
        np.testing.assert_allclose(y.data, z.detach().numpy(), rtol=tolerance, atol=tolerance)
        assert y.shape == tuple(z.shape)

        plain = ours(*arrays)
        assert isinstance(plain, np.ndarray | np.generic)
        np.testing.assert_array_equal(plain, y.data)

        if gradients:
            g = np.random.default_rng(y.size).standard_normal(y.shape).astype(y.dtype)
            kept = g.copy()
            y.backward(g)
            z.backward(torch.tensor(kept))
            np.testing.assert_array_equal(g, kept)
            for x, w in zip(tensors, t, strict=True):
                if not w.requires_grad:
                    continue
                assert x.grad is not None
                assert x.grad.dtype == x.dtype
                assert x.grad.shape == x.shape
                np.testing.assert_allclose(
                    x.grad.data, w.grad.numpy(), rtol=10 * tolerance, atol=10 * tolerance
                )
        for array, original in zip(arrays, originals, strict=True):
            np.testing.assert_array_equal(array, original)

    return compare
