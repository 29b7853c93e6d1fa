"""One look for every figure, put on for as long as it is needed and taken off again."""

import contextlib
import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import matplotlib as mpl
from cycler import cycler
from matplotlib import font_manager

from foundations.plotting.inks import COLOURS, INK, LINE, PAPER, SOFT

FONTS = Path(__file__).parent / "fonts"
FAMILY = "Source Sans Pro"
SIZE = 10
"""Size of the labels, in points; a figure is shown at its natural size where there is room."""

F = TypeVar("F", bound=Callable[..., Any])

SETTINGS: dict[Any, Any] = {
    "figure.facecolor": PAPER,
    "figure.edgecolor": PAPER,
    "savefig.facecolor": "auto",
    "figure.constrained_layout.use": True,
    "figure.constrained_layout.h_pad": 0.06,
    "figure.constrained_layout.w_pad": 0.06,
    "figure.constrained_layout.wspace": 0.05,
    "font.family": FAMILY,
    "font.size": SIZE,
    "text.color": INK,
    "mathtext.fontset": "custom",
    "mathtext.rm": FAMILY,
    "mathtext.it": f"{FAMILY}:italic",
    "mathtext.bf": f"{FAMILY}:semibold",
    "mathtext.sf": FAMILY,
    "mathtext.cal": f"{FAMILY}:italic",
    "mathtext.tt": "DejaVu Sans Mono",
    "mathtext.bfit": f"{FAMILY}:italic",
    "mathtext.fallback": "stixsans",
    "axes.facecolor": "none",
    "axes.edgecolor": SOFT,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.labelcolor": INK,
    "axes.labelsize": SIZE,
    "axes.labelpad": 5,
    "axes.titlesize": SIZE,
    "axes.titleweight": "semibold",
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlepad": 8,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "axes.prop_cycle": cycler(color=COLOURS),
    "axes.unicode_minus": True,
    "axes.formatter.use_mathtext": True,
    "axes.formatter.limits": (-4, 5),
    "axes.xmargin": 0.02,
    "axes.ymargin": 0.06,
    "grid.color": LINE,
    "grid.linewidth": 0.7,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelcolor": SOFT,
    "ytick.labelcolor": SOFT,
    "xtick.labelsize": SIZE - 1,
    "ytick.labelsize": SIZE - 1,
    "xtick.major.size": 3.5,
    "ytick.major.size": 0,
    "xtick.major.width": 0.8,
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
    "lines.linewidth": 1.8,
    "lines.solid_capstyle": "round",
    "lines.markersize": 5,
    "patch.linewidth": 0,
    "patch.force_edgecolor": False,
    "hatch.color": INK,
    "legend.frameon": False,
    "legend.fontsize": SIZE - 1,
    "legend.labelcolor": INK,
    "errorbar.capsize": 0,
    "boxplot.flierprops.color": SOFT,
    "image.cmap": "gray",
    "image.interpolation": "none",
    "image.composite_image": False,
    "svg.fonttype": "path",
    "svg.hashsalt": "ml-foundations",
    "svg.image_inline": True,
    "path.simplify": True,
    "path.simplify_threshold": 0.2,
}
"""Settings of matplotlib. Text becomes outlines: a figure then looks the same on every machine, whatever
fonts it has, and stays sharp at every size. The words remain in the file as comments, where a search of the
repository finds them; on a page, the caption and the alternative text are what is searched."""


@contextlib.contextmanager
def theme() -> Iterator[None]:
    """Draw in the look of this project, and restore the settings of the user afterwards.

    `figure` and what is drawn on its axes have it on already: this is for seaborn, and for axes of your own.

    Yields:
        Nothing; the look is on inside the `with`.
    """
    _load_fonts()
    with mpl.rc_context(SETTINGS):
        yield


def themed(function: F) -> F:
    """Have a function run inside `theme`.

    Args:
        function: Any function that draws.

    Returns:
        The same with the look on.
    """

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with theme():
            return function(*args, **kwargs)

    return wrapper  # type: ignore[return-value]


@functools.cache
def _load_fonts() -> None:
    """Make the fonts of this package known to matplotlib, once."""
    for path in sorted(FONTS.glob("*.ttf")):
        font_manager.fontManager.addfont(path)
