"""The colours of every figure, each with its value on light paper and on dark.

Draw with the light values: `save` replaces each by a variable that takes the other value in the dark. The six
colours for kinds stay apart for people who see no red, no green or no blue, and every colour stands out from
either paper; the tests measure both.
"""

from dataclasses import dataclass
from types import MappingProxyType

from foundations.errors import FigureError


@dataclass(frozen=True)
class Ink:
    """One colour.

    Args:
        light: Its value on light paper, `#rrggbb`.
        dark: Its value on dark paper.
    """

    light: str
    dark: str


INKS = MappingProxyType(
    {
        "paper": Ink("#fdfcf9", "#15171c"),
        "ink": Ink("#22252c", "#dcdfe6"),
        "soft": Ink("#565c68", "#9ba2b0"),
        "line": Ink("#dfdacf", "#343a46"),
        "blue": Ink("#3552b8", "#6787ff"),
        "orange": Ink("#d0600e", "#d9620f"),
        "teal": Ink("#12988f", "#7ef5cc"),
        "plum": Ink("#8c1d62", "#c99db0"),
        "gold": Ink("#74560a", "#f0d764"),
        "lilac": Ink("#8b74cc", "#a073b0"),
        "shade-1": Ink("#6e8cce", "#4865b5"),
        "shade-2": Ink("#5678c5", "#5778d4"),
        "shade-3": Ink("#4064b9", "#6a8deb"),
        "shade-4": Ink("#324faa", "#79a6f8"),
        "shade-5": Ink("#243d93", "#99bdfd"),
        "shade-6": Ink("#192e75", "#bbd3fd"),
        "shade-7": Ink("#112056", "#dde8fd"),
    }
)
"""Name of an ink to its two values. `soft` is for what is read second, `line` for rules and grids."""

PAPER, INK, SOFT, LINE = (INKS[name].light for name in ("paper", "ink", "soft", "line"))

COLOURS = tuple(INKS[name].light for name in ("blue", "orange", "teal", "plum", "gold", "lilac"))
"""Colours for things that differ in kind, in the order in which to take them."""

MAPS = MappingProxyType(
    {
        "ink": (("#fdfcf9", "#22252c"), ("#15171c", "#e6e8ee")),
        "sequential": (
            ("#f6f4ee", "#c9d5f0", "#92abe2", "#5f7fce", "#3c55b0", "#293580", "#171c4c"),
            ("#1b1e25", "#263159", "#36498a", "#4d6cbf", "#7a9fec", "#b3ccfa", "#eef4ff"),
        ),
        "diverging": (
            (
                "#6e2b04",
                "#ab4d0b",
                "#d98645",
                "#f4d3b4",
                "#f6f4ee",
                "#c9d5f0",
                "#7b98d9",
                "#3c57b2",
                "#1d2769",
            ),
            (
                "#ffe3c6",
                "#ee9a56",
                "#9c5120",
                "#55341f",
                "#1b1e25",
                "#29365f",
                "#3f60b4",
                "#86abf5",
                "#e6efff",
            ),
        ),
    }
)
"""Name of a colour map to its stops, evenly spaced, on light paper and on dark: from the paper to full ink,
or from one full ink over the paper to another."""


def shades(n: int) -> tuple[str, ...]:
    """Choose colours for things that differ in degree, from faint to full.

    Args:
        n: How many, 1 to 7.

    Returns:
        Light values, evenly spread; the last is always the fullest.

    Raises:
        FigureError: If there are not that many.

    Examples:
        >>> shades(2)
        ('#6e8cce', '#112056')
    """
    ramp = [ink.light for name, ink in INKS.items() if name.startswith("shade-")]
    if not 1 <= n <= len(ramp):
        raise FigureError(
            f"there are 1 to {len(ramp)} shades, {n} were asked for: draw fewer lines, or a heat map"
        )
    last = len(ramp) - 1
    return tuple(ramp[last - round(i * last / max(n - 1, 1))] for i in reversed(range(n)))
