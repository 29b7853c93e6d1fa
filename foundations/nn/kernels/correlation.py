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
from itertools import pairwise

import numpy as np

from foundations.nn.kernels.products import multiply, multiply_transposed
from foundations.nn.kernels.unrolling import Block, Unroller, Windows, flat, layout_for, rows_of
from foundations.runtime.threads import get_num_threads, parallel_map

_BLOCK_BYTES = 2 << 20  # of unrolled windows and their products: about what the caches hold
_BLOCK_WINDOWS = 256  # fewer at once would not repay reading the weight and adding up its gradient
_PARALLEL_FLOPS = 1e7


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
    columns = [a.shape[3] // groups for a in (out, partner) if a is not None]
    layout = layout_for(windows, groups, c, max(columns))
    parts = height if layout == "by rows" else 1
    size = height * width * c // parts  # numbers in a part of a window
    matrix = None
    if weight is not None:
        order = (0, 3, 1, 2, 4) if layout == "planar" else (0, 1, 2, 3, 4)
        matrix = np.ascontiguousarray(weight.transpose(order)).reshape(groups, parts, 1, size, -1)
    if bias is not None:
        bias = np.tile(bias, windows.count[1])  # a whole image row: long enough to be added fast
    products = parts * columns[0] if parts > 1 else 0  # to be added up
    shares = share_out(
        (len(source), *windows.count),
        row_bytes=windows.count[1] * groups * (size + products) * source.itemsize,
        block_bytes=_BLOCK_BYTES,
        block_windows=_BLOCK_WINDOWS,
        flops=2 * len(source) * math.prod(windows.count) * groups * parts * size * sum(columns),
    )

    def work(blocks: list[Block]) -> np.ndarray | None:
        unroll = Unroller(source, windows, groups, layout)
        total = None
        for block in blocks:
            rows = unroll(block)  # (groups, parts, pieces, windows, numbers)
            if matrix is not None and out is not None:
                _write(rows, matrix, bias, out, block)
            if partner is not None:
                others = rows_of(partner, groups, block)
                others = others.reshape(groups, 1, *rows.shape[2:4], -1)
                product = multiply_transposed(rows, others).sum(2)
                total = product if total is None else np.add(total, product, out=total)
        return total

    totals = [t for t in parallel_map(work, shares) if t is not None]
    if partner is None:
        return None
    p = columns[-1]
    total = totals[0] if totals else np.zeros((groups, height * width * c, p), source.dtype)
    for other in totals[1:]:
        total += other
    if layout == "planar":
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


def _write(
    rows: np.ndarray, matrix: np.ndarray, bias: np.ndarray | None, out: np.ndarray, block: Block
) -> None:
    """Set a block of `out` to rows times matrix, the parts added up, plus the bias of an image row."""
    groups, parts, d = len(matrix), matrix.shape[1], matrix.shape[4]
    if groups == 1 and out.flags.c_contiguous:
        y = flat(out, block)
        if parts == 1:
            multiply(rows, matrix, out=y.reshape(1, *rows.shape[1:4], d))
        else:
            product = multiply(rows, matrix).reshape(parts, *y.shape)
            np.add(product[0], product[1], out=y)
            for part in product[2:]:
                y += part
        if bias is not None:
            y = y.reshape(-1, len(bias))
            y += bias
        return
    first, last, top, bottom = block
    target = out[first:last, top:bottom]
    product = multiply(rows, matrix).sum(1).reshape(groups, *target.shape[:3], d)
    target.reshape(*target.shape[:3], groups, d)[...] = product.transpose(1, 2, 3, 0, 4)
    if bias is not None:
        target += bias.reshape(target.shape[2:])
