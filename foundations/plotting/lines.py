"""Curves over seeds, and labels where they end."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.text import Annotation

from foundations.errors import FigureError
from foundations.experiment.intervals import mean_interval
from foundations.plotting.spacing import keep_apart
from foundations.plotting.theme import SIZE, themed

DASHED = (0, (4, 2.2))
"""Line style of bounds, baselines and controls: dashes and gaps in line widths."""


@themed
def line_with_band(
    ax: Axes,
    x: Sequence[float] | np.ndarray,
    values: Sequence[Sequence[float]] | np.ndarray,
    *,
    label: str = "",
    color: str | None = None,
    dashed: bool = False,
) -> Line2D:
    """Draw the mean over seeds as a line, and its 95 % Student-t interval as a band.

    Args:
        ax: Where to draw.
        x: Shape (points,).
        values: Shape (seeds, points); with one seed there is no band.
        label: What the line is; `label_lines` writes it where the line ends.
        color: One of `COLOURS` or `shades`; None for the next of `COLOURS`.
        dashed: Whether the line is dashed, for baselines and controls.

    Returns:
        The line.

    Raises:
        FigureError: If the shapes do not fit.
    """
    x, values = np.asarray(x, dtype=np.float64), np.asarray(values, dtype=np.float64)
    if values.ndim != 2 or x.shape != values.shape[1:] or not len(values):
        raise FigureError(
            f"expected values of shape (seeds, {x.size}) for x of shape {x.shape}, got {values.shape}"
        )
    mean, low, high = (
        np.array([mean_interval(column) for column in values.T]).reshape(-1, 3).T
    )  # (points,) each
    (line,) = ax.plot(x, mean, label=label, color=color, linestyle=DASHED if dashed else "solid")
    known = np.isfinite(low) & np.isfinite(high)
    if known.any():
        ax.fill_between(x, low, high, where=known.tolist(), color=line.get_color(), alpha=0.18, linewidth=0)
    return line


@themed
def label_lines(ax: Axes, *, gap: float = 1.15) -> list[Annotation]:
    """Write the label of each line where it ends, in its colour: nothing to look up in a legend.

    Labels that would lie over each other move apart. Call it last: it asks where the lines end.

    Args:
        ax: Axes with lines that have labels.
        gap: Distance of two labels, in heights of a letter.

    Returns:
        The labels, from the lowest to the highest.
    """
    lines = [
        line for line in ax.get_lines() if line.get_label() and not str(line.get_label()).startswith("_")
    ]
    figure = ax.get_figure(root=True)
    if not lines or figure is None:
        return []
    figure.draw_without_rendering()
    to_points = 72 / figure.dpi
    edge = ax.bbox.x1 * to_points
    ends = []
    for line in lines:
        points = np.column_stack([np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)])
        points = points[np.isfinite(points).all(axis=1)]
        if len(points):
            end = points[np.argmax(points[:, 0])]
            right, height = ax.transData.transform(end) * to_points
            # A line that ends near the edge has its label beyond it, clear of the grid.
            shift = 5 if edge - right > 0.15 * ax.bbox.width * to_points else edge - right + 5
            ends.append((height, shift, tuple(end), line))
    ends.sort(key=lambda item: item[0])
    heights = [height for height, *_ in ends]
    places = keep_apart(heights, [gap * SIZE] * (len(heights) - 1))
    return [
        ax.annotate(
            str(line.get_label()),
            end,
            (shift, place - height),
            textcoords="offset points",
            color=line.get_color(),
            size=SIZE - 0.5,
            va="center",
            annotation_clip=False,
        )
        for (height, shift, end, line), place in zip(ends, places, strict=True)
    ]
