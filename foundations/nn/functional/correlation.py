"""The kernel under every convolution: sums over shifted windows, as matrix products of blocks in the cache.

    out[n, y, x, b] = sum_{i, j, a} source[n, y s + i d + o, x s + j d + o, a] weight[i, j, a, b]

with the source taken as 0 outside itself. Stride s, dilation d and offset o (of any sign) per axis make this
the convolution itself, and its gradient with respect to the input. Each block of images is unrolled into a
matrix whose rows are the windows (im2col), multiplied while it is in the cache, and forgotten: nothing of it
stays in the graph. Arrays are (batch, height, width, channels) in any memory order; channels side by side in
memory are fastest, as a row is then made of a few long runs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import as_strided

from foundations.nn.functional.products import multiply, multiply_transposed
from foundations.runtime.threads import get_num_threads, parallel_map

_BLOCK_BYTES = 1 << 20  # of unrolled windows: what one core's own cache holds
_BLOCK_WINDOWS = 256  # fewer at once would not repay reading the weight and adding up its gradient
_NARROW = 16  # runs of fewer numbers are copied more slowly than whole image rows, channel by channel
_PARALLEL_FLOPS = 1e7

Pair = tuple[int, int]
Block = tuple[int, int, int, int]  # images from, to; rows of windows from, to


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


def correlate(
    source: np.ndarray,
    windows: Windows,
    *,
    groups: int = 1,
    weight: np.ndarray | None = None,
    out: np.ndarray | None = None,
    bias: np.ndarray | None = None,
    partner: np.ndarray | None = None,
) -> np.ndarray | None:
    """Multiply the windows with a weight, into `out`, and the windows, transposed, with a partner.

    Args:
        source: Shape (batch, height, width, groups * c).
        windows: Where the windows lie.
        groups: Groups of channels that do not see each other.
        weight: Shape (groups, kernel height, kernel width, c, d); goes with `out`.
        out: Filled with windows times weight: shape (batch, *windows.count, groups * d).
        bias: Added to `out`; shape (groups * d,).
        partner: Shape (batch, *windows.count, groups * p).

    Returns:
        Sum over all windows of (window, partner) outer products, the gradient of a weight: shape
        (groups, kernel height, kernel width, c, p). None without a partner.
    """
    source, windows = _without_gaps(source, windows)
    c = source.shape[3] // groups
    height, width = windows.kernel
    planar = width * c < _NARROW and height * width > 1
    matrix = None
    if weight is not None:
        order = (0, 3, 1, 2, 4) if planar else (0, 1, 2, 3, 4)
        matrix = np.ascontiguousarray(weight.transpose(order)).reshape(groups, height * width * c, -1)
    if bias is not None:
        bias = np.tile(bias, windows.count[1])  # a whole image row: long enough to be added fast
    columns = sum(a.shape[3] for a in (out, partner) if a is not None)
    row_size = windows.count[1] * height * width * source.shape[3]
    shares = share_out(
        (len(source), *windows.count),
        row_bytes=row_size * source.itemsize,
        block_bytes=_BLOCK_BYTES,
        block_windows=_BLOCK_WINDOWS,
        flops=2 * len(source) * windows.count[0] * row_size * columns,
    )

    def work(blocks: list[Block]) -> np.ndarray | None:
        unroll = _Unroller(source, windows, groups, planar)
        total = None
        for block in blocks:
            rows = unroll(block)  # (groups, windows, numbers in a window)
            if matrix is not None and out is not None:
                _write(rows, matrix, bias, out, block)
            if partner is not None:
                product = multiply_transposed(rows, _rows_of(partner, groups, block))
                total = product if total is None else np.add(total, product, out=total)
        return total

    totals = [t for t in parallel_map(work, shares) if t is not None]
    if partner is None:
        return None
    p = partner.shape[3] // groups
    total = totals[0] if totals else np.zeros((groups, height * width * c, p), source.dtype)
    for other in totals[1:]:
        total += other
    if planar:
        return total.reshape(groups, c, height, width, p).transpose(0, 2, 3, 1, 4)
    return total.reshape(groups, height, width, c, p)


def _without_gaps(source: np.ndarray, windows: Windows) -> tuple[np.ndarray, Windows]:
    """Leave out what windows of one element step over."""
    ends = [windows.offset[axis] + windows.span(axis, windows.count[axis]) for axis in (0, 1)]
    if windows.kernel != (1, 1) or min(windows.offset) < 0 or any(map(int.__gt__, ends, source.shape[1:3])):
        return source, windows
    (y, x), (sy, sx) = windows.offset, windows.stride
    return source[:, y : ends[0] : sy, x : ends[1] : sx], Windows(
        (1, 1), (1, 1), (1, 1), (0, 0), windows.count
    )


def share_out(
    count: tuple[int, int, int], *, row_bytes: int, block_bytes: int, block_windows: int, flops: int
) -> list[list[Block]]:
    """Cut work on images into blocks, and the blocks into one list a thread.

    Args:
        count: Images, rows of windows in one, windows in a row.
        row_bytes: What a row of windows takes in the cache.
        block_bytes: What the cache holds.
        block_windows: Least number of windows in a block.
        flops: Arithmetic of it all: a little is not shared.
    """
    batch, rows, width = count
    threads = get_num_threads() if flops >= _PARALLEL_FLOPS else 1
    row_bytes = max(1, row_bytes)
    images = max(block_bytes // (rows * row_bytes), math.ceil(block_windows / (rows * width)))
    images = max(1, min(images, batch // threads))
    height = rows
    if images == 1:  # images may be larger than a block, or fewer than the threads
        height = max(block_bytes // row_bytes, math.ceil(block_windows / width))
        parts = max(math.ceil(rows / height), math.ceil(threads / max(1, batch)))
        height = math.ceil(rows / parts)
    blocks = [
        (n, min(n + images, batch), y, min(y + height, rows))
        for n in range(0, batch, images)
        for y in range(0, rows, height)
    ]
    n_shares = min(threads, len(blocks))
    cuts = [len(blocks) * i // max(1, n_shares) for i in range(n_shares + 1)]
    return [blocks[a:b] for a, b in pairwise(cuts)]


class _Unroller:
    """Writes the windows of a block into the rows of a matrix, in buffers it uses again for the next."""

    def __init__(self, source: np.ndarray, windows: Windows, groups: int, planar: bool) -> None:
        self.source = source
        self.windows = windows
        self.groups = groups
        self.planar = planar
        self.shape = (0, 0)
        self.plain = windows == Windows((1, 1), (1, 1), (1, 1), (0, 0), source.shape[1:3]) and groups == 1

    def __call__(self, block: Block) -> np.ndarray:
        """Return the windows of the block: shape (groups, windows, numbers in a window)."""
        if self.plain and self.source.flags.c_contiguous:
            return _flat(self.source, block)[None]
        first, last, top, bottom = block
        if self.shape != (last - first, bottom - top):
            self._prepare(last - first, bottom - top)
        self._load(first, last, top)
        if not self.plain:
            np.copyto(self.unrolled, self.view)
        return self.rows

    def _prepare(self, images: int, rows: int) -> None:
        """Make buffers for blocks of this many images and rows: the padded source, and its windows."""
        windows, groups, dtype = self.windows, self.groups, self.source.dtype
        self.shape, self.top = (images, rows), -1
        self.span = (windows.span(0, rows), windows.span(1, windows.count[1]))
        channels = self.source.shape[3]
        if self.planar:
            self.padded = np.zeros((channels, images, *self.span), dtype).transpose(1, 2, 3, 0)
        else:
            self.padded = np.zeros((images, *self.span, channels), dtype)
        n_windows = images * rows * windows.count[1]
        if self.plain:
            self.rows = self.padded.reshape(1, n_windows, channels)
            return
        image, y, x, channel = self.padded.strides
        (sy, sx), (dy, dx) = windows.stride, windows.dilation
        c = channels // groups
        shape = (groups, images, rows, windows.count[1], *windows.kernel, c)
        strides = (c * channel, image, y * sy, x * sx, y * dy, x * dx, channel)
        view = as_strided(self.padded, shape, strides, writeable=False)
        self.view = view.transpose(0, 6, 4, 5, 1, 2, 3) if self.planar else view
        self.unrolled = np.empty(self.view.shape, dtype)
        if self.planar:
            self.rows = self.unrolled.reshape(groups, -1, n_windows).mT
        else:
            self.rows = self.unrolled.reshape(groups, n_windows, -1)

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


def _flat(array: np.ndarray, block: Block) -> np.ndarray:
    """Return a block of a contiguous (batch, height, width, c) array as rows of c."""
    first, last, top, bottom = block
    _, height, width, c = array.shape
    start = (first * height + top) * width
    return array.reshape(-1, c)[start : start + (last - first) * (bottom - top) * width]


def _rows_of(array: np.ndarray, groups: int, block: Block) -> np.ndarray:
    """Return a block of (batch, height, width, groups * p) as (groups, rows, p)."""
    if groups == 1 and array.flags.c_contiguous:
        return _flat(array, block)[None]
    first, last, top, bottom = block
    piece = array[first:last, top:bottom]
    p = piece.shape[3] // groups
    by_group = piece.reshape(*piece.shape[:3], groups, p).transpose(3, 0, 1, 2, 4)
    return np.ascontiguousarray(by_group).reshape(groups, -1, p)


def _write(
    rows: np.ndarray, matrix: np.ndarray, bias: np.ndarray | None, out: np.ndarray, block: Block
) -> None:
    """Set a block of `out` to rows times matrix, plus the bias of an image row."""
    groups, _, d = matrix.shape
    if groups == 1 and out.flags.c_contiguous:
        y = _flat(out, block)
        multiply(rows, matrix, out=y[None])
        if bias is not None:
            y = y.reshape(-1, len(bias))
            y += bias
        return
    first, last, top, bottom = block
    target = out[first:last, top:bottom]
    product = multiply(rows, matrix).reshape(groups, *target.shape[:3], d)
    target.reshape(*target.shape[:3], groups, d)[...] = product.transpose(1, 2, 3, 0, 4)
    if bias is not None:
        target += bias.reshape(target.shape[2:])
