"""The convolution by three routes, and both gradients, against PyTorch and the fast kernel."""

import numpy as np
import pytest
import torch

from foundations.errors import ShapeError, ValueRangeError
from foundations.nn import functional as F
from implementations.cnn.sliding import (
    columns_of,
    convolution_matrix,
    correlate,
    input_gradient,
    kernel_gradient,
    output_size,
)

CASES = [
    (c, o, h, w, k, s, p)
    for c, o, h, w, k in [(2, 3, 7, 5, 3), (1, 2, 5, 8, 1), (3, 1, 6, 11, 5)]
    for s in (1, 2, 3)
    for p in (0, 1, 2)
]
each = pytest.mark.parametrize(("c", "o", "h", "w", "k", "stride", "padding"), CASES)


def drawn(c, o, h, w, k):
    rng = np.random.default_rng(0)
    return rng.standard_normal((c, h, w)), rng.standard_normal((o, c, k, k))


@each
def test_four_routes_agree(c, o, h, w, k, stride, padding):
    x, kernel = drawn(c, o, h, w, k)
    y = correlate(x, kernel, stride, padding)
    options = {"stride": stride, "padding": padding}
    theirs = torch.nn.functional.conv2d(torch.from_numpy(x[None]), torch.from_numpy(kernel), **options)
    np.testing.assert_allclose(y, theirs[0], atol=1e-12)
    np.testing.assert_allclose(F.conv2d(x[None], kernel, **options)[0], y, atol=1e-12)
    matrix = convolution_matrix(kernel, x.shape, stride, padding)
    np.testing.assert_allclose(matrix @ x.ravel(), y.ravel(), atol=1e-12)
    by_columns = columns_of(x, k, stride, padding) @ kernel.reshape(o, -1).T
    np.testing.assert_allclose(by_columns.T.reshape(y.shape), y, atol=1e-12)


@each
def test_both_gradients_are_pytorch_s(c, o, h, w, k, stride, padding):
    x, kernel = drawn(c, o, h, w, k)
    theirs_x, theirs_k = (torch.from_numpy(a).requires_grad_() for a in (x, kernel))
    y = torch.nn.functional.conv2d(theirs_x[None], theirs_k, stride=stride, padding=padding)[0]
    dy = np.random.default_rng(1).standard_normal(tuple(y.shape))
    y.backward(torch.from_numpy(dy))
    ours = kernel_gradient(x, dy, k, stride, padding)
    np.testing.assert_allclose(ours, theirs_k.grad, atol=1e-12)
    ours = input_gradient(dy, kernel, x.shape, stride, padding)
    np.testing.assert_allclose(ours, theirs_x.grad, atol=1e-12)
    matrix = convolution_matrix(kernel, x.shape, stride, padding)
    np.testing.assert_allclose((matrix.T @ dy.ravel()).reshape(x.shape), ours, atol=1e-12)


def test_the_matrix_in_one_dimension_is_toeplitz():
    kernel = np.array([1.0, 2.0, 3.0]).reshape(1, 1, 1, 3)
    square = np.zeros((1, 1, 3, 3))
    square[:, :, 1] = kernel[:, :, 0]  # the middle row: the image is one line high
    matrix = convolution_matrix(square, (1, 1, 6), padding=1)
    expected = np.diag([2.0] * 6) + np.diag([1.0] * 5, -1) + np.diag([3.0] * 5, 1)
    np.testing.assert_array_equal(matrix, expected)


def test_a_shift_of_the_image_shifts_the_map():
    x, kernel = drawn(2, 3, 9, 9, 3)
    x[:, :2] = x[:, -2:] = x[:, :, :2] = x[:, :, -2:] = 0  # a frame, so that nothing is lost at the edge
    moved = np.roll(x, (1, -1), axis=(1, 2))
    y, y_moved = correlate(x, kernel, padding=1), correlate(moved, kernel, padding=1)
    np.testing.assert_allclose(y_moved, np.roll(y, (1, -1), axis=(1, 2)), atol=1e-12)
    strided = correlate(x, kernel, 2, 1)
    assert not np.allclose(correlate(moved, kernel, 2, 1), strided, atol=1e-3)


@pytest.mark.parametrize("size", [5, 6, 7, 12])
@pytest.mark.parametrize("kernel", [1, 2, 3])
@pytest.mark.parametrize("dilation", [1, 2])
def test_output_sizes_are_counted(size, kernel, dilation):
    for stride in (1, 2, 3):
        for padding in (0, 1):
            reach = dilation * (kernel - 1)
            starts = [s for s in range(-padding, size + padding) if s + reach < size + padding]
            expected = len(starts[::stride])
            assert output_size(size, kernel, stride, padding, dilation) == expected


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueRangeError, match="reaches over 5 pixels does not fit into 4"):
        output_size(4, 5)
    with pytest.raises(ValueRangeError, match="stride"):
        output_size(4, 2, stride=0)
    with pytest.raises(ShapeError, match="same C"):
        correlate(np.zeros((2, 5, 5)), np.zeros((1, 3, 3, 3)))
    with pytest.raises(ShapeError, match=r"\(5, 5\)"):
        correlate(np.zeros((5, 5)), np.zeros((1, 1, 3, 3)))
