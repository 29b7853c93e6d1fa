"""Pictures made of cells: matrices as heat maps, and many small images side by side.

The file keeps the values as levels of grey, one pixel a cell, and `save` adds a filter that colours them:
from the paper to full ink, on whichever paper the reader has.
"""

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage

from foundations.errors import FigureError
from foundations.plotting.inks import INK, LINE, PAPER, SOFT
from foundations.plotting.theme import SIZE, themed

Map = Literal["ink", "sequential", "diverging"]

MARK = "map"
"""Start of the id of an image that the filter of its colour map is for: `map-sequential-0`."""


@themed
def heatmap(
    ax: Axes,
    matrix: np.ndarray,
    *,
    x_labels: Sequence[str] | None = None,
    y_labels: Sequence[str] | None = None,
    kind: Literal["sequential", "diverging"] = "sequential",
    low: float | None = None,
    high: float | None = None,
    values: str | None = None,
    scale: str | None = None,
    square: bool = True,
) -> AxesImage:
    """Draw a matrix cell by cell, its first row at the top.

    Args:
        ax: Where to draw.
        matrix: Shape (rows, columns); not-a-number shows the paper, for what is masked out.
        x_labels: One a column, above it; None for numbers below.
        y_labels: One a row; None for numbers.
        kind: `sequential` for amounts, `diverging` for values on both sides of zero.
        low: Value that looks like the paper, or in a diverging map like one full ink; None for the least
            value, or minus the greatest distance from zero.
        high: Value in full ink; None for the greatest value, or the greatest distance from zero.
        values: How to write each value into its cell, such as `".2f"`; None for not at all.
        scale: Label of a colour bar, with the unit; None for no bar.
        square: Whether cells are square, or fill the panel.

    Returns:
        The image.

    Raises:
        FigureError: If the matrix is not one, holds no number, or the labels do not fit it.
    """
    matrix = np.asarray(matrix, dtype=np.float64)
    if matrix.ndim != 2 or not np.isfinite(matrix).any():
        raise FigureError(f"a heat map needs a matrix with numbers in it, got shape {matrix.shape}")
    for what, labels, n in (("x_labels", x_labels, matrix.shape[1]), ("y_labels", y_labels, matrix.shape[0])):
        if labels is not None and len(labels) != n:
            raise FigureError(
                f"{what} needs {n} labels for a matrix of shape {matrix.shape}, got {len(labels)}"
            )
    low, high = _limits(matrix, kind, low, high)
    image = _draw(ax, matrix, kind, low, high, "equal" if square else "auto")
    _label(ax, x_labels, y_labels)
    if values is not None:
        _write(ax, matrix, kind, low, high, values)
    if scale is not None:
        _bar(ax, kind, low, high, scale)
    return image


@themed
def image_grid(
    ax: Axes,
    images: np.ndarray,
    *,
    columns: int | None = None,
    x_labels: Sequence[str] | None = None,
    y_labels: Sequence[str] | None = None,
) -> AxesImage:
    """Draw many small images in a grid, row by row, with a hair of paper between them.

    Args:
        ax: Where to draw.
        images: Pixels in [0, 1]: shape (n, height, width), drawn in ink on paper, or (n, height, width, 3) in
            their own colours.
        columns: Images in a row; None for a grid about as wide as high.
        x_labels: One a column, above it.
        y_labels: One a row, beside it.

    Returns:
        The image.

    Raises:
        FigureError: If the images have another shape, or the labels do not fit the grid.
    """
    images = np.asarray(images, dtype=np.float64)
    if images.ndim not in (3, 4) or images.size == 0 or (images.ndim == 4 and images.shape[3] != 3):
        raise FigureError(
            f"expected images of shape (n, height, width) or (n, height, width, 3), got {images.shape}"
        )
    n, height, width = images.shape[:3]
    columns = columns or math.ceil(math.sqrt(n * height / width))
    rows = math.ceil(n / columns)
    for what, labels, count in (("x_labels", x_labels, columns), ("y_labels", y_labels, rows)):
        if labels is not None and len(labels) != count:
            raise FigureError(f"{what} needs {count} labels for {rows} × {columns} images, got {len(labels)}")
    gap = max(1, round(min(height, width) / 14))
    sheet = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap, *images.shape[3:]), np.nan)
    for i, picture in enumerate(np.clip(images, 0, 1)):
        y, x = i // columns * (height + gap), i % columns * (width + gap)
        sheet[y : y + height, x : x + width] = picture
    if images.ndim == 3:
        image = _draw(ax, sheet, "ink", 0, 1, "equal")
    else:
        seen = np.isfinite(sheet).all(axis=2, keepdims=True)
        image = ax.imshow(np.concatenate([np.nan_to_num(sheet), seen], axis=2), interpolation="none")
    _bare(ax)
    for i, label in enumerate(x_labels or ()):
        x = i * (width + gap) + (width - 1) / 2
        ax.annotate(
            label, (x, -0.5), (0, 4), textcoords="offset points", ha="center", va="bottom", size=SIZE - 1
        )
    for i, label in enumerate(y_labels or ()):
        y = i * (height + gap) + (height - 1) / 2
        ax.annotate(
            label, (-0.5, y), (-5, 0), textcoords="offset points", ha="right", va="center", size=SIZE - 1
        )
    return image


def _draw(
    ax: Axes,
    matrix: np.ndarray,
    kind: Map,
    low: float,
    high: float,
    aspect: Literal["equal", "auto"],
    extent: tuple[float, float, float, float] | None = None,
) -> AxesImage:
    """Draw levels of grey under a name that tells `save` how to colour them."""
    figure = ax.get_figure(root=True)
    number = len(figure.findobj(AxesImage)) if figure else 0
    image = ax.imshow(
        matrix, cmap="gray", vmin=low, vmax=high, interpolation="none", aspect=aspect, extent=extent
    )
    image.set_gid(f"{MARK}-{kind}-{number}")
    return image


def _limits(matrix: np.ndarray, kind: Map, low: float | None, high: float | None) -> tuple[float, float]:
    finite = matrix[np.isfinite(matrix)]
    if kind == "diverging":
        reach = max(float(np.abs(finite).max()), *(abs(end) for end in (low, high) if end is not None), 0.0)
        low, high = (-reach if low is None else low), (reach if high is None else high)
    low = float(finite.min()) if low is None else low
    high = float(finite.max()) if high is None else high
    return (low, high) if low < high else (low, low + 1)


def _bare(ax: Axes) -> None:
    """Take away all that a picture does not need."""
    ax.grid(False)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set_visible(False)


def _label(ax: Axes, x_labels: Sequence[str] | None, y_labels: Sequence[str] | None) -> None:
    ax.grid(False)
    ax.spines[:].set_visible(True)
    ax.spines[:].set(color=LINE, linewidth=0.8)
    ax.tick_params(length=0, pad=3)
    if x_labels is not None:
        ax.xaxis.tick_top()
        ax.xaxis.set_label_position("top")
        ax.set_xticks(range(len(x_labels)), x_labels, color=INK)
        if max(map(len, x_labels)) > 2:  # words lean, so that they need no more room than their cell
            for label in ax.get_xticklabels():
                label.set(rotation=60, ha="left", va="baseline", rotation_mode="anchor")
    if y_labels is not None:
        ax.set_yticks(range(len(y_labels)), y_labels, color=INK)


def _write(ax: Axes, matrix: np.ndarray, kind: Map, low: float, high: float, form: str) -> None:
    """Write each value in ink, or in the colour of the paper where the cell is full of ink."""
    for (row, column), value in np.ndenumerate(matrix):
        if np.isfinite(value):
            level = (value - low) / (high - low)
            full = level > 0.5 if kind == "sequential" else abs(level - 0.5) > 0.28
            color = PAPER if full else INK
            number = format(value, form).replace("-", "\N{MINUS SIGN}")
            ax.text(column, row, number, color=color, size=SIZE - 1, ha="center", va="center")


def _bar(ax: Axes, kind: Map, low: float, high: float, label: str) -> None:
    """Draw the colours beside the panel, from the lowest value to the highest."""
    bar = ax.inset_axes((1.04, 0, 0.035, 1))
    _draw(bar, np.linspace(high, low, 128)[:, None], kind, low, high, "auto", extent=(0, 1, low, high))
    bar.grid(False)
    bar.set_xticks([])
    bar.yaxis.tick_right()
    bar.yaxis.set_label_position("right")
    bar.set_ylabel(label, size=SIZE - 1, color=SOFT)
    bar.tick_params(length=0, labelsize=SIZE - 1.5)
    bar.locator_params(axis="y", nbins=5)
    bar.spines[:].set_visible(True)
    bar.spines[:].set(color=LINE, linewidth=0.8)
