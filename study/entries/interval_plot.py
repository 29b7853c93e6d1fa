"""The picture of a claim's result: values over seeds, their interval, and the threshold it had to pass.

A small SVG of our own, the same bytes for the same numbers, so that the doctor can tell a stale one. Its
colours are those of every figure; its letters are text.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

from study.entries.result_words import typeset

if TYPE_CHECKING:
    from foundations.experiment import Plot

WIDTH = 420  # pixels: a phone shows it nearly in full size
_LEFT, _RIGHT = 16, WIDTH - 16
_LETTER = 6.4  # pixels of an average letter at 13 px
_LETTERS = 58  # in a row
_COLOURS = {
    "paper": ("#fdfcf9", "#15171c"),
    "ink": ("#22252c", "#dcdfe6"),
    "soft": ("#565c68", "#9ba2b0"),
    "line": ("#dfdacf", "#343a46"),
    "blue": ("#3552b8", "#6787ff"),
    "orange": ("#d0600e", "#d9620f"),
    "teal": ("#12988f", "#7ef5cc"),
}


def svg(plot: Plot) -> str:
    """Return the drawing of a plot as the text of an SVG file, light and dark in one.

    The tinted side supports the claim; each dot is a seed, the bar the 95 % interval, the rhomb its estimate.

    Args:
        plot: What to draw; an interval without ends is drawn as seeds alone.
    """
    scale = _Scale(plot)
    parts: list[str] = []
    top = 20
    beside = len(plot.left) + len(plot.right) + 8 <= _LETTERS  # both sides fit into one row
    for words, anchor, x in ((f"← {plot.left}", "start", _LEFT), (f"{plot.right} →", "end", _RIGHT)):
        for line in textwrap.wrap(words, _LETTERS):
            parts.append(_text(x, top, line, anchor, "soft"))
            top += 0 if beside and anchor == "start" else 17
    top += 14  # a row for the numbers of the thresholds
    bottom = top + 62
    parts[:0] = _support(plot, scale, top - 6, bottom)
    parts += _thresholds(plot, scale, top - 10, bottom)
    parts += _seeds(plot, scale, top + 14)
    parts += _interval(plot, scale, top + 42)
    parts += _axis(scale, bottom)
    below = bottom + 40
    for line in textwrap.wrap(typeset(plot.axis), _LETTERS):
        parts.append(_text(WIDTH / 2, below, line, "middle", "ink"))
        below += 17
    parts.append(_text(WIDTH / 2, below, _key(plot), "middle", "soft"))
    below += 17
    height = below - 6
    dark = "".join(
        f"--figure-{name}:{colour};" for name, (_, colour) in _COLOURS.items() if _used(name, parts)
    )
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}px" height="{height}px" '
        f'viewBox="0 0 {WIDTH} {height}" font-family="Source Sans 3, Source Sans Pro, Helvetica, Arial, '
        'sans-serif" font-size="13">'
    )
    style = f'<style id="figure-inks">@media (prefers-color-scheme:dark){{svg{{{dark}}}}}</style>'
    paper = f'<rect width="{WIDTH}" height="{height}" style="fill: {_colour("paper")}"/>'
    return "\n".join([head, style, paper, *parts, "</svg>", ""])


def _key(plot: Plot) -> str:
    """Return what the marks of the drawing stand for."""
    words = "● seed"
    if math.isfinite(plot.interval.low) and math.isfinite(plot.interval.high):
        words += " · ◆ mean, 95 % interval"
    return words + " · tinted: supports it" * bool(plot.supports)


def _used(name: str, parts: list[str]) -> bool:
    return name == "paper" or any(f"--figure-{name}," in part for part in parts)


class _Scale:
    """From numbers to pixels, with room for everything that is drawn."""

    def __init__(self, plot: Plot) -> None:
        ends = [end for end in (plot.interval.low, plot.interval.high) if math.isfinite(end)]
        shown = [value for value in (*plot.values, *plot.thresholds.values(), *ends) if math.isfinite(value)]
        low, high = min(shown, default=0.0), max(shown, default=1.0)
        reach = high - low
        if 0 < low <= 0.5 * reach:  # close to zero: show zero
            low = 0.0
        elif -0.5 * reach <= high < 0:
            high = 0.0
        room = 0.08 * (high - low) or abs(high) * 0.1 or 1.0
        self.low, self.high = low - room, high + room

    def __call__(self, value: float) -> float:
        return _LEFT + (value - self.low) / (self.high - self.low) * (_RIGHT - _LEFT)

    def ticks(self) -> Iterator[tuple[float, str]]:
        """Yield round numbers along the axis, four to seven of them, and how they are written."""
        step = 10.0 ** math.floor(math.log10((self.high - self.low) / 4))
        step *= next(factor for factor in (5, 2, 1) if (self.high - self.low) / (step * factor) >= 3)
        decimals = max(0, -math.floor(math.log10(step)))
        for index in range(math.ceil(self.low / step), math.floor(self.high / step) + 1):
            yield index * step, number(index * step, decimals)


def number(value: float, decimals: int) -> str:
    """Return a number with a true minus sign.

    >>> number(-0.25, 2), number(-0.001, 2), number(1500, 0)
    ('−0.25', '0.00', '1,500')
    """
    return f"{round(value, decimals) + 0.0:,.{decimals}f}".replace("-", "−")


def _support(plot: Plot, scale: _Scale, top: float, bottom: float) -> Iterator[str]:
    """Yield the tinted side, or stretch, in which the whole interval supports the claim."""
    lines = sorted(plot.thresholds.values())
    if not plot.supports:
        return
    low = scale.low if plot.supports == "below" else lines[0]
    high = scale.high if plot.supports == "above" else lines[-1]
    left, right = scale(max(low, scale.low)), scale(min(high, scale.high))
    yield (
        f'<rect x="{_short(left)}" y="{_short(top)}" width="{_short(right - left)}" '
        f'height="{_short(bottom - top)}" style="fill: {_colour("teal")}; opacity: .16"/>'
    )


def _thresholds(plot: Plot, scale: _Scale, label: float, bottom: float) -> Iterator[str]:
    for value in plot.thresholds.values():
        x = scale(value)
        yield (
            f'<path d="M{_short(x)} {_short(label + 4)}V{_short(bottom)}" '
            f'style="stroke: {_colour("orange")}; stroke-width: 1.5; stroke-dasharray: 5 3"/>'
        )
        words = f"{value:.4g}".replace("-", "−")
        yield _text(_inside(x, words), label, words, "middle", "orange")


def _seeds(plot: Plot, scale: _Scale, y: float) -> Iterator[str]:
    """Yield a dot a seed, in three rows so that equal ones stay apart."""
    for index, value in enumerate(plot.values):
        if math.isfinite(value):
            yield (
                f'<circle cx="{_short(scale(value))}" cy="{_short(y + (index % 3 - 1) * 7)}" r="3.2" '
                f'style="fill: {_colour("blue")}; opacity: .75"/>'
            )


def _interval(plot: Plot, scale: _Scale, y: float) -> Iterator[str]:
    mean, low, high = plot.interval
    if not all(map(math.isfinite, (mean, low, high))):
        yield _text(_LEFT, y + 4, "no interval: fewer than six seeds", "start", "soft")
        return
    left, middle, right = scale(low), scale(mean), scale(high)
    yield (
        f'<path d="M{_short(left)} {y - 5}v10m0 -5H{_short(right)}m0 -5v10" '
        f'style="stroke: {_colour("ink")}; stroke-width: 2; fill: none"/>'
    )
    yield f'<path d="M{_short(middle)} {y - 6}l6 6l-6 6l-6 -6z" style="fill: {_colour("ink")}"/>'


def _axis(scale: _Scale, y: float) -> Iterator[str]:
    yield f'<path d="M{_LEFT} {y}H{_RIGHT}" style="stroke: {_colour("soft")}"/>'
    for value, words in scale.ticks():
        x = _short(scale(value))
        yield f'<path d="M{x} {y}v4" style="stroke: {_colour("soft")}"/>'
        yield _text(_inside(scale(value), words), y + 18, words, "middle", "soft")


def _inside(x: float, words: str) -> float:
    """Return where words centred at `x` must stand to stay inside the drawing."""
    half = _LETTER * len(words) / 2
    return min(max(x, half + 2), WIDTH - half - 2)


def _text(x: float, y: float, words: str, anchor: str, colour: str) -> str:
    return (
        f'<text x="{_short(x)}" y="{_short(y)}" text-anchor="{anchor}" '
        f'style="fill: {_colour(colour)}">{escape(words)}</text>'
    )


def _colour(name: str) -> str:
    return f"var(--figure-{name}, {_COLOURS[name][0]})"


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
