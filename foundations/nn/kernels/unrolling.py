"""Windows of images as the rows of matrices.

Three layouts, by what the copies cost:

    whole     A row holds a window, and a convolution is one product. Every pixel is copied once for each
              window it lies in.
    by rows   A row holds one row of a window. The next row of that window lies one image row further on, so
              overlapping views of the matrix give all rows of all windows, and a pixel is copied once for
              each column of the window only. The products, one for each row, are added up.
    planar    The whole window, channel by channel, transposed: where runs would be too short to be copied
              fast, the copies go along the image rows instead.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import as_strided

from foundations.nn.kernels.layout import Pair

_NARROW = 16  # runs of fewer numbers are copied more slowly than whole image rows, channel by channel
_FEWEST_WINDOWS = 128  # an image with fewer would make too low a matrix of its own

Block = tuple[int, int, int, int]  # images from, to; rows of windows from, to
Layout = Literal["whole", "by rows", "planar"]


@dataclass(frozen=True)
class Windows:
    """Which elements of the source make up each window, per axis (vertical, horizontal)."""

    kernel: Pair
    stride: Pair
    dilation: Pair
    offset: Pair
    count: Pair

    def span(self, axis: int, n: int) -> int:
        """Return the length of the stretch of the source that n neighbouring windows cover."""
        return (n - 1) * self.stride[axis] + (self.kernel[axis] - 1) * self.dilation[axis] + 1


def layout_for(windows: Windows, groups: int, c: int, d: int) -> Layout:
    """Return the layout in which windows of c channels a group are fastest multiplied to d numbers each."""
    height, width = windows.kernel
    if width * c < _NARROW and height * width > 1:
        return "planar"
    stacked = groups == 1 and height > 1 and windows.stride[0] == 1  # one window's rows are others' too
    pays = d <= 2 * c and math.prod(windows.count) >= _FEWEST_WINDOWS
    return "by rows" if stacked and pays else "whole"


class Unroller:
    """Writes the windows of blocks into a matrix, in buffers it uses again for the next block.

    Args:
        source: Shape (batch, height, width, groups * c).
        windows: Where the windows lie.
        groups: Groups of channels.
        layout: How the matrix is made up.
    """

    def __init__(self, source: np.ndarray, windows: Windows, groups: int, layout: Layout) -> None:
        self.source = source
        self.windows = windows
        self.groups = groups
        self.layout = layout
        self.shape = (0, 0)
        self.single = windows == Windows((1, 1), (1, 1), (1, 1), (0, 0), source.shape[1:3]) and groups == 1

    def __call__(self, block: Block) -> np.ndarray:
        """Return the windows of a block.

        Returns:
            Shape (groups, parts, pieces, windows, numbers): of each window, `parts` times as many numbers; a
            piece is an image, or all of the block. The next call uses the memory again.
        """
        if self.single and self.source.flags.c_contiguous:
            return flat(self.source, block)[None, None, None]
        first, last, top, bottom = block
        if self.shape != (last - first, bottom - top):
            self._prepare(last - first, bottom - top)
        self._load(first, last, top)
        if not self.single:
            np.copyto(self.unrolled, self.view)
        return self.rows

    def _prepare(self, images: int, rows: int) -> None:
        """Make buffers for blocks of this many images and rows: the padded source, and its windows."""
        windows, groups, dtype = self.windows, self.groups, self.source.dtype
        self.shape, self.top = (images, rows), -1
        self.span = (windows.span(0, rows), windows.span(1, windows.count[1]))
        channels = self.source.shape[3]
        if self.layout == "planar":
            self.padded = np.zeros((channels, images, *self.span), dtype).transpose(1, 2, 3, 0)
        else:
            self.padded = np.zeros((images, *self.span, channels), dtype)
        (height, width), count = windows.kernel, windows.count[1]
        (sy, sx), (dy, dx) = windows.stride, windows.dilation
        image, y, x, channel = self.padded.strides
        c = channels // groups
        if self.single:
            self.rows = self.padded.reshape(1, 1, 1, images * rows * count, channels)
        elif self.layout == "by rows":
            shape = (images, self.span[0], count, width, c)
            strides = (image, y, x * sx, x * dx, channel)
            self.view = as_strided(self.padded, shape, strides, writeable=False)
            self.unrolled = np.empty(shape, dtype)
            image, y, x, *_ = self.unrolled.strides
            shape = (1, height, images, rows * count, width * c)
            strides = (0, y * dy, image, x, channel)
            self.rows = as_strided(self.unrolled, shape, strides, writeable=False)
        else:
            shape = (groups, images, rows, count, height, width, c)
            strides = (c * channel, image, y * sy, x * sx, y * dy, x * dx, channel)
            view = as_strided(self.padded, shape, strides, writeable=False)
            planar = self.layout == "planar"
            self.view = view.transpose(0, 6, 4, 5, 1, 2, 3) if planar else view
            self.unrolled = np.empty(self.view.shape, dtype)
            sizes = (images * rows * count, height * width * c)
            matrix = self.unrolled.reshape(groups, *sizes[::-1]).mT if planar else self.unrolled
            self.rows = matrix.reshape(groups, 1, 1, *sizes)

    def _load(self, first: int, last: int, top: int) -> None:
        """Copy the stretch of the source that the windows cover, with 0 where there is none."""
        if top != self.top:
            self.top = top
            y = top * self.windows.stride[0] + self.windows.offset[0]
            x = self.windows.offset[1]
            y0, y1 = inside(y, self.span[0], self.source.shape[1])
            x0, x1 = inside(x, self.span[1], self.source.shape[2])
            self.padded[:, : y0 - y] = 0  # what is beside the image is 0 in every block, its rows may move
            self.padded[:, y1 - y :] = 0
            self.image = self.padded[:, y0 - y : y1 - y, x0 - x : x1 - x]
            self.stretch = (slice(y0, y1), slice(x0, x1))
        self.image[...] = self.source[first:last, *self.stretch]


def inside(start: int, n: int, size: int) -> Pair:
    """Return which of [start, start + n) lies in [0, size)."""
    low = min(max(start, 0), start + n)
    return low, max(low, min(start + n, size))


def flat(array: np.ndarray, block: Block) -> np.ndarray:
    """Return a block of a contiguous (batch, height, width, c) array as rows of c."""
    first, last, top, bottom = block
    _, height, width, c = array.shape
    start = (first * height + top) * width
    return array.reshape(-1, c)[start : start + (last - first) * (bottom - top) * width]


def rows_of(array: np.ndarray, groups: int, block: Block) -> np.ndarray:
    """Return a block of (batch, height, width, groups * p) as (groups, rows, p)."""
    if groups == 1 and array.flags.c_contiguous:
        return flat(array, block)[None]
    first, last, top, bottom = block
    piece = array[first:last, top:bottom]
    p = piece.shape[3] // groups
    by_group = piece.reshape(*piece.shape[:3], groups, p).transpose(3, 0, 1, 2, 4)
    return np.ascontiguousarray(by_group).reshape(groups, -1, p)
