"""Figures and axes that keep the project's look, whichever code draws on them."""

from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from foundations.errors import FigureError
from foundations.plotting.theme import themed

WIDTHS = {"column": 5.6, "wide": 7.8}
"""Widths in inches: as wide as the text, and for several panels side by side."""


class ThemedAxes(Axes):
    """Axes on which everything is drawn in the look: matplotlib reads its settings only when it draws."""


for _name in (
    *(
        "annotate",
        "axhline",
        "axvline",
        "bar",
        "barh",
        "boxplot",
        "contour",
        "contourf",
        "errorbar",
        "eventplot",
    ),
    *(
        "fill",
        "fill_between",
        "grid",
        "hexbin",
        "hist",
        "hlines",
        "imshow",
        "legend",
        "loglog",
        "matshow",
        "plot",
    ),
    *(
        "quiver",
        "scatter",
        "semilogx",
        "semilogy",
        "set_title",
        "set_xscale",
        "set_yscale",
        "stairs",
        "stem",
        "step",
    ),
    *("text", "tick_params", "violinplot", "vlines"),
):
    setattr(ThemedAxes, _name, themed(getattr(Axes, _name)))


@themed
def figure(
    width: Literal["column", "wide"] = "column",
    rows: int = 1,
    cols: int = 1,
    *,
    height: float | None = None,
    sharex: bool = False,
    sharey: bool = False,
) -> tuple[Figure, Any]:
    """Begin a figure.

    Conventions: no title over the whole, for the caption under it says what to see; a short title on each
    panel where there are several; both axes labelled, with the unit; lines labelled where they end
    (`label_lines`).

    Args:
        width: `column`, as wide as the text, or `wide`, for several panels.
        rows: Rows of panels.
        cols: Columns of panels.
        height: Height of the whole in inches; None for panels of pleasant proportions.
        sharex: Whether all panels have the same horizontal axis.
        sharey: Whether all panels have the same vertical axis.

    Returns:
        The figure, and its axes as `matplotlib.pyplot.subplots` returns them: one `Axes` for one panel, an
        array of shape (panels,) for one row or column, else (rows, cols). Nobody else keeps the figure: it
        needs no closing.

    Raises:
        FigureError: If the width is unknown or there are no panels.

    Examples:
        >>> fig, ax = figure()
        >>> fig, axes = figure("wide", cols=2)
        >>> axes.shape
        (2,)
    """
    if width not in WIDTHS or rows < 1 or cols < 1:
        raise FigureError(
            f"expected a width of {' or '.join(WIDTHS)} and a panel or more, got {width!r}, {rows} × {cols}"
        )
    inches = WIDTHS[width]
    if height is None:
        height = rows * float(np.clip(inches / cols * 0.62, 1.5, 3.2))
    fig = Figure(figsize=(inches, height))
    FigureCanvasSVG(fig)
    axes = fig.subplots(rows, cols, sharex=sharex, sharey=sharey, subplot_kw={"axes_class": ThemedAxes})
    return fig, axes
