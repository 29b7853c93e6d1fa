"""One look for every figure, on light paper and on dark.

`figure` begins one; `heatmap`, `image_grid`, `line_with_band` and `label_lines` draw what the entries need;
`save` writes a single SVG that follows the reader's colour scheme. The settings of matplotlib that the user
has stay as they are.
"""

from foundations.errors import FigureError
from foundations.plotting.figure import figure
from foundations.plotting.images import heatmap, image_grid
from foundations.plotting.inks import COLOURS, INK, INKS, LINE, PAPER, SOFT, Ink, shades
from foundations.plotting.lines import DASHED, label_lines, line_with_band
from foundations.plotting.svg import recolour, save, to_svg
from foundations.plotting.theme import theme

__all__ = [
    "COLOURS",
    "DASHED",
    "INK",
    "INKS",
    "LINE",
    "PAPER",
    "SOFT",
    "FigureError",
    "Ink",
    "figure",
    "heatmap",
    "image_grid",
    "label_lines",
    "line_with_band",
    "recolour",
    "save",
    "shades",
    "theme",
    "to_svg",
]
