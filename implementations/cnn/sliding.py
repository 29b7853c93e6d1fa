"""Convolution as it is taught: a window that slides, a matrix, and columns; with both gradients.

All are one map on one image, channels first. The fast one for batches is `foundations.nn.functional.conv2d`;
the tests hold it to these.
"""

from __future__ import annotations

import numpy as np

from foundations.errors import ShapeError, ValueRangeError


def output_size(
    size: int,
    kernel: int,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
) -> int:
    r"""Return how many windows fit: $\lfloor (n + 2p - d(k - 1) - 1) / s \rfloor + 1$.

    Args:
        size: Pixels n along an axis.
        kernel: Taps k of the kernel along it.
        stride: Pixels s from window to window.
        padding: Zeros p put before the first and behind the last pixel.
        dilation: Pixels d from tap to tap.

    Raises:
        ValueRangeError: If a number is out of its range, or the kernel is larger than the padded image.

    Example:
        >>> output_size(28, 3), output_size(28, 3, padding=1), output_size(28, 3, stride=2, padding=1)
        (26, 28, 14)

    Source: Dumoulin & Visin 2016, arXiv:1603.07285, relationship 6 and section 5.1.
    """
    if min(size, kernel, stride, dilation) < 1 or padding < 0:
        raise ValueRangeError(
            "size, kernel, stride and dilation are 1 or more and padding 0 or more, "
            f"got {size}, {kernel}, {stride}, {dilation} and {padding}"
        )
    reach = dilation * (kernel - 1) + 1  # pixels from the first tap to the last
    room = size + 2 * padding - reach
    if room < 0:
        raise ValueRangeError(
            f"a kernel that reaches over {reach} pixels does not fit into "
            f"{size + 2 * padding}: pad the image or use a smaller kernel"
        )
    return room // stride + 1


def correlate(
    x: np.ndarray,
    kernel: np.ndarray,
    stride: int = 1,
    padding: int = 0,
) -> np.ndarray:
    r"""Slide kernels over an image: $y_{oij} = \sum_{c,a,b} w_{ocab}\, x_{c,\,si+a-p,\,sj+b-p}$.

    This is what deep learning calls a convolution. The mathematician's turns the kernel by 180 degrees first;
    where the kernel is learned that makes no difference.

    Args:
        x: Image, shape (C, H, W).
        kernel: Shape (O, C, k, k).
        stride: Pixels from window to window.
        padding: Zeros around the image.

    Returns:
        Shape (O, H', W') with H' = `output_size(H, k, stride, padding)`.

    Raises:
        ShapeError: If the shapes do not fit.

    Example:
        >>> correlate(np.arange(9.0).reshape(1, 3, 3), np.array([[[[1.0, 0.0], [0.0, -1.0]]]]))
        array([[[-4., -4.],
                [-4., -4.]]])

    Source: Goodfellow, Bengio & Courville 2016, equations 9.6 and 9.7.
    """
    rows, columns = _sizes(x, kernel, stride, padding)
    framed = np.pad(x, ((0, 0), (padding, padding), (padding, padding)))
    k = kernel.shape[2]
    y = np.empty((len(kernel), rows, columns), dtype=np.result_type(x, kernel))
    for i in range(rows):
        for j in range(columns):
            top, left = stride * i, stride * j
            window = framed[:, top : top + k, left : left + k]  # (C, k, k)
            y[:, i, j] = (kernel * window).sum(axis=(1, 2, 3))
    return y


def convolution_matrix(
    kernel: np.ndarray, shape: tuple[int, int, int], stride: int = 1, padding: int = 0
) -> np.ndarray:
    """Return the matrix M of the map: `correlate(x).ravel() == M @ x.ravel()`.

    A row is one window: the kernel's numbers where it looks, zeros elsewhere. In one dimension with stride 1
    its diagonals are constant (a Toeplitz matrix); here it is one of blocks.

    Args:
        kernel: Shape (O, C, k, k).
        shape: Of the image, (C, H, W).
        stride: Pixels from window to window.
        padding: Zeros around the image.

    Returns:
        Shape (O H' W', C H W).

    Raises:
        ShapeError: If the shapes do not fit.
    """
    channels, height, width = shape
    rows, columns = _sizes(np.empty(shape), kernel, stride, padding)
    k = kernel.shape[2]
    outputs = (len(kernel), rows, columns)
    matrix = np.zeros((*outputs, channels, height, width), dtype=kernel.dtype)
    for i in range(rows):
        for j in range(columns):
            for a in range(k):
                for b in range(k):
                    y, x = stride * i + a - padding, stride * j + b - padding
                    if 0 <= y < height and 0 <= x < width:
                        matrix[:, i, j, :, y, x] = kernel[:, :, a, b]
    return matrix.reshape(len(kernel) * rows * columns, channels * height * width)


def columns_of(x: np.ndarray, k: int, stride: int = 1, padding: int = 0) -> np.ndarray:
    """Write every window as a row (im2col), so that the convolution is one product of matrices.

    Args:
        x: Image, shape (C, H, W).
        k: Height and width of the windows.
        stride: Pixels from window to window.
        padding: Zeros around the image.

    Returns:
        Shape (H' W', C k k): every pixel is copied up to k k times.

    Source: Chellapilla, Puri & Simard 2006.
    """
    framed = np.pad(x, ((0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(framed, (k, k), axis=(1, 2))
    windows = windows[:, ::stride, ::stride]  # (C, H', W', k, k)
    return windows.transpose(1, 2, 0, 3, 4).reshape(-1, len(x) * k * k)


def kernel_gradient(
    x: np.ndarray,
    dy: np.ndarray,
    k: int,
    stride: int = 1,
    padding: int = 0,
) -> np.ndarray:
    r"""Return $\partial L/\partial w_{ocab} = \sum_{ij} \bar y_{oij}\, x_{c,\,si+a-p,\,sj+b-p}$.

    Every use of a weight adds its part: the input seen through all windows, weighted by what they sent back.

    Args:
        x: Image, shape (C, H, W).
        dy: Gradient of the output, shape (O, H', W').
        k: Height and width of the kernel.
        stride: Pixels from window to window.
        padding: Zeros around the image.

    Returns:
        Shape (O, C, k, k).
    """
    columns = columns_of(x, k, stride, padding)  # (H' W', C k k)
    return (dy.reshape(len(dy), -1) @ columns).reshape(len(dy), len(x), k, k)


def input_gradient(
    dy: np.ndarray,
    kernel: np.ndarray,
    shape: tuple[int, int, int],
    stride: int = 1,
    padding: int = 0,
) -> np.ndarray:
    r"""Return $\partial L/\partial x_{cuv} = \sum_{oij} \bar y_{oij}\, w_{o,c,\,u+p-si,\,v+p-sj}$.

    The transpose of the map: put s - 1 zeros between the gradients, frame them with k - 1, and correlate
    with the kernel turned by 180 degrees, input and output channels swapped.

    Args:
        dy: Gradient of the output, shape (O, H', W').
        kernel: Shape (O, C, k, k).
        shape: Of the image, (C, H, W).
        stride: Pixels from window to window.
        padding: Zeros around the image.

    Returns:
        Shape (C, H, W).
    """
    k = kernel.shape[2]
    _, height, width = shape
    places = (height + 2 * padding - k + 1, width + 2 * padding - k + 1)
    spread = np.zeros((len(dy), *places), dy.dtype)
    spread[:, ::stride, ::stride][:, : dy.shape[1], : dy.shape[2]] = dy
    turned = kernel[:, :, ::-1, ::-1].swapaxes(0, 1)  # (C, O, k, k)
    framed = correlate(spread, turned, padding=k - 1)  # (C, H + 2p, W + 2p)
    return framed[:, padding : padding + height, padding : padding + width]


def _sizes(x: np.ndarray, kernel: np.ndarray, stride: int, padding: int) -> tuple[int, int]:
    """Return height and width of the output, after a look at the shapes."""
    if x.ndim != 3 or kernel.ndim != 4 or kernel.shape[1] != len(x) or kernel.shape[2] != kernel.shape[3]:
        raise ShapeError(
            "expected an image (C, H, W) and kernels (O, C, k, k) with the same C, "
            f"got {x.shape} and {kernel.shape}"
        )
    k = kernel.shape[2]
    return output_size(x.shape[1], k, stride, padding), output_size(x.shape[2], k, stride, padding)
