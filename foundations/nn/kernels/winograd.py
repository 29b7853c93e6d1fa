"""Convolutions with 3 x 3 kernels in 4/9 of the multiplications (Winograd's minimal filtering).

A tile of 2 x 2 results comes from 4 x 4 numbers d of the source and the kernel w as

    A^T [(G w G^T) * (B^T d B)] A

with * elementwise: 16 products where the sum over windows takes 36. Over all channels the products become 16
matrix products; B, G and A cost additions (and halves, once a kernel). The gradient of the kernel is the same
read backwards, G^T [sum over tiles of (B^T d B) * (A g A^T)] G.

    B^T = | 1  0 -1  0 |    G = | 1    0   0  |    A^T = | 1  1  1  0 |
          | 0  1  1  0 |        | 1/2  1/2 1/2|          | 0  1 -1 -1 |
          | 0 -1  1  0 |        | 1/2 -1/2 1/2|
          | 0  1  0 -1 |        | 0    0   1  |

Worth it where the matrix products dominate: from about 40 channels on. Rounding is no worse than that of the
sum, but an infinity or NaN reaches every result of its tiles.

Source: Lavin & Gray 2015, arXiv:1509.09308, section 4.1.
"""

from __future__ import annotations

import numpy as np

from foundations.nn.kernels.correlation import share_out
from foundations.nn.kernels.products import multiply, multiply_transposed
from foundations.nn.kernels.unrolling import Block, Windows, inside
from foundations.runtime.threads import parallel_map

_FEWEST_CHANNELS = (32, 80)  # on either side, and on both together
_BLOCK_BYTES = 768 << 10  # of transformed tiles: what one core's own cache holds
_BLOCK_TILES = 128  # fewer at once would not repay adding up the gradient of the weight

G = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])
TO_TILES = np.kron(G, G)  # (16, 9): a kernel, row by row, to the 16 factors of a tile
SIGNS = np.kron([1, 1, 1, -1], [1, 1, 1, -1])[:, None]


def suits(windows: Windows, groups: int, channels: int, others: int) -> bool:
    """Return whether the windows are 3 x 3, without gaps, and the channels on both sides enough to gain."""
    one = (1, 1)
    dense = windows.kernel == (3, 3) and windows.stride == windows.dilation == one and groups == 1
    enough = min(channels, others) >= _FEWEST_CHANNELS[0] and channels + others >= _FEWEST_CHANNELS[1]
    return dense and enough and min(windows.count) > 1


def correlate(
    source: np.ndarray,
    windows: Windows,
    *,
    weight: np.ndarray | None = None,
    out: np.ndarray | None = None,
    bias: np.ndarray | None = None,
    partner: np.ndarray | None = None,
) -> np.ndarray | None:
    """Do what `correlation.correlate` does, for windows that suit and one group."""
    c = source.shape[3]
    factors = None
    if weight is not None:
        kernel = weight.reshape(9, -1)
        factors = (TO_TILES.astype(source.dtype) @ kernel).reshape(16, c, -1)

    def work(blocks: list[Block]) -> np.ndarray | None:
        tiles = _Tiles(source, windows)
        total = None
        for block in blocks:
            d = tiles.transform(block)  # (16, tiles, c)
            if factors is not None and out is not None:
                _write(multiply(d, factors), bias, out, block)
            if partner is not None:
                product = multiply_transposed(d, _gradient_tiles(partner, block))
                total = product if total is None else np.add(total, product, out=total)
        return total

    height, width = ((n + 1) // 2 for n in windows.count)
    columns = sum(a.shape[3] for a in (out, partner) if a is not None)
    shares = share_out(
        (len(source), height, width),
        row_bytes=16 * width * c * source.itemsize,
        block_bytes=_BLOCK_BYTES,
        block_windows=_BLOCK_TILES,
        flops=32 * len(source) * height * width * c * columns,
    )
    totals = [t for t in parallel_map(work, shares) if t is not None]
    if partner is None:
        return None
    p = partner.shape[3]
    total = totals[0] if totals else np.zeros((16, c, p), source.dtype)
    for other in totals[1:]:
        total += other
    back = (TO_TILES * SIGNS).T.astype(total.dtype)
    return (back @ total.reshape(16, c * p)).reshape(1, 3, 3, c, p)


class _Tiles:
    """Transforms the tiles of a block, B^T d B, in buffers it uses again for the next."""

    def __init__(self, source: np.ndarray, windows: Windows) -> None:
        self.source = source
        self.offset = windows.offset
        self.width = (windows.count[1] + 1) // 2
        self.shape = (0, 0)

    def transform(self, block: Block) -> np.ndarray:
        """Return the tiles of a block: shape (16, tiles, channels)."""
        first, last, top, bottom = block
        shape = (last - first, bottom - top)
        if self.shape != shape:
            (images, rows), c, dtype = shape, self.source.shape[3], self.source.dtype
            self.shape = shape
            # even columns, then odd ones: what is added together then lies in long runs
            self.padded = np.zeros((images, 2 * rows + 2, 2, self.width + 1, c), dtype)
            self.by_rows = np.empty((4, images, rows, 2, self.width + 1, c), dtype)
            self.tiles = np.empty((4, 4, images, rows, self.width, c), dtype)
        self._load(first, last, 2 * top + self.offset[0])
        p, r, t = self.padded, self.by_rows, self.tiles
        n = 2 * shape[1]
        _combine(p[:, 0:n:2], p[:, 1 : n + 1 : 2], p[:, 2 : n + 2 : 2], p[:, 3 : n + 2 : 2], r)
        even, odd = r[:, :, :, 0], r[:, :, :, 1]
        _combine(even[..., :-1, :], odd[..., :-1, :], even[..., 1:, :], odd[..., 1:, :], t.swapaxes(0, 1))
        return t.reshape(16, -1, t.shape[5])

    def _load(self, first: int, last: int, y: int) -> None:
        """Copy the stretch of the source that the tiles cover, with 0 where there is none."""
        n = self.padded.shape[1]
        y0, y1 = inside(y, n, self.source.shape[1])
        self.padded[:, : y0 - y] = 0
        self.padded[:, y1 - y :] = 0
        for parity in (0, 1):
            start = self.offset[1] + parity
            t0 = max(0, -(start // 2))
            t1 = min(self.width + 1, max(t0, (self.source.shape[2] - start + 1) // 2))
            self.padded[:, y0 - y : y1 - y, parity, t0:t1] = self.source[
                first:last, y0:y1, start + 2 * t0 : start + 2 * t1 : 2
            ]


def _combine(d0: np.ndarray, d1: np.ndarray, d2: np.ndarray, d3: np.ndarray, out: np.ndarray) -> None:
    """Fill the first axis of `out` with B^T d."""
    np.subtract(d0, d2, out=out[0])
    np.add(d1, d2, out=out[1])
    np.subtract(d2, d1, out=out[2])
    np.subtract(d1, d3, out=out[3])


def _write(products: np.ndarray, bias: np.ndarray | None, out: np.ndarray, block: Block) -> None:
    """Set a block of `out` to A^T m A, plus the bias."""
    first, last, top, bottom = block
    target = out[first:last, 2 * top : 2 * bottom]
    images, _, width, d = target.shape
    m = products.reshape(4, 4, images, bottom - top, (width + 1) // 2, d)
    if bias is not None:
        m[1, 1] += bias  # the one factor that enters all four results as it is
    upper, lower = m[1] + m[2], m[1] - m[2]  # (4, images, rows of tiles, tiles, d)
    upper += m[0]
    lower -= m[3]
    for y, rows in enumerate((upper, lower)):
        left, right = target[:, y::2, 0::2], target[:, y::2, 1::2]
        q = rows[:, :, : left.shape[1]]
        np.add(q[1] + q[2], q[0], out=left)
        q = q[..., : right.shape[2], :]
        np.subtract(q[1] - q[2], q[3], out=right)


def _gradient_tiles(partner: np.ndarray, block: Block) -> np.ndarray:
    """Return A g A^T of the tiles of a block, the last row and column with the other sign: (16, tiles, p)."""
    first, last, top, bottom = block
    g = partner[first:last, 2 * top : 2 * bottom]
    images, _, width, p = g.shape
    rows, tiles = bottom - top, (width + 1) // 2
    split = np.zeros((2, images, rows, 2, tiles, p), g.dtype)  # by row, then by column of the tile
    for y in (0, 1):
        for x in (0, 1):
            piece = g[:, y::2, x::2]
            split[y, :, : piece.shape[1], x, : piece.shape[2]] = piece
    by_rows = (split[0], split[0] + split[1], split[0] - split[1], split[1])
    out = np.empty((4, 4, images, rows, tiles, p), g.dtype)
    for i, row in enumerate(by_rows):
        even, odd = row[:, :, 0], row[:, :, 1]
        out[i, 0] = even
        np.add(even, odd, out=out[i, 1])
        np.subtract(even, odd, out=out[i, 2])
        out[i, 3] = odd
    return out.reshape(16, -1, p)
