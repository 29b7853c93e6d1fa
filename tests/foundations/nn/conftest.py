"""What the tests of the functions of images share: images in every memory layout, PyTorch to compare with."""

import numpy as np
import pytest
import torch
from hypothesis import settings

from foundations.autodiff import Tensor

settings.register_profile("images", derandomize=True, deadline=None, database=None, max_examples=25)
settings.load_profile("images")

TOLERANCE = {np.dtype(np.float64): 1e-10, np.dtype(np.float32): 1e-5}
LAYOUTS = ("channels first", "channels last", "strided", "reversed", "broadcast")


@pytest.fixture
def rng():
    return np.random.default_rng(20261122)


@pytest.fixture(scope="session")
def lay_out():
    """A function that gives an array's values another layout in memory."""

    def convert(x, layout):
        if layout == "channels last" and x.ndim > 2:
            return np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1)
        if layout == "strided":
            big = np.full(tuple(2 * n for n in x.shape), np.nan, x.dtype)
            big[tuple(slice(None, None, 2) for _ in x.shape)] = x
            return big[tuple(slice(None, None, 2) for _ in x.shape)]
        if layout == "reversed":
            return np.flip(np.flip(x).copy())
        if layout == "broadcast" and len(x):  # one image, again and again, in the memory of one
            return np.broadcast_to(x[:1], x.shape)
        return x

    return convert


@pytest.fixture(scope="session")
def agrees(lay_out):
    """A function that holds one of ours to one of PyTorch's: values, types and every gradient.

    Tolerances are relative to the largest value. The gradient of the output is random.
    """

    def close(got, want, tolerance):
        got, want = np.asarray(got), want.detach().numpy()
        assert got.shape == want.shape
        assert got.dtype == want.dtype
        np.testing.assert_allclose(got, want, rtol=0, atol=tolerance * max(1.0, np.abs(want).max(initial=0)))

    def compare(ours, theirs, *arrays, layout="channels first", tolerance=None, gradients=True):
        originals = [a.copy() for a in arrays]
        tensors = [Tensor(a, requires_grad=True) for a in arrays]
        twins = [torch.tensor(a.copy(order="C")).requires_grad_() for a in arrays]
        y, z = ours(*tensors), theirs(*twins)
        tolerance = tolerance or TOLERANCE[y.dtype]
        close(y.numpy(), z, tolerance)
        np.testing.assert_array_equal(ours(*arrays), y.numpy())
        if gradients:
            g = np.asarray(np.random.default_rng(y.size).standard_normal(y.shape), y.dtype)
            g = lay_out(g, layout)
            kept = g.copy()
            y.backward(g)
            z.backward(torch.tensor(kept.copy(order="C")))
            np.testing.assert_array_equal(g, kept)
            for x, twin in zip(tensors, twins, strict=True):
                close(x.grad.numpy(), twin.grad, 10 * tolerance)
        for array, original in zip(arrays, originals, strict=True):
            np.testing.assert_array_equal(array, original)

    return compare


@pytest.fixture(scope="session")
def holds_to_its_definition():
    """A function that compares a fused function's kernels with its composition of primitives."""

    def check(fused, *arrays, **options):
        ours = [None if a is None else Tensor(a, requires_grad=True) for a in arrays]
        theirs = [None if a is None else Tensor(a, requires_grad=True) for a in arrays]
        y, z = fused(*ours, **options), fused.definition(*theirs, **options)
        np.testing.assert_allclose(y.numpy(), z.numpy(), rtol=1e-10, atol=1e-10)
        g = np.random.default_rng(1).standard_normal(y.shape)
        y.backward(g)
        z.backward(g)
        for a, b in zip(ours, theirs, strict=True):
            if a is not None:
                np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), rtol=1e-10, atol=1e-10)

    return check
