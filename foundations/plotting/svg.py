"""One file for both papers: SVG whose colours are variables and whose images are coloured by filters."""

import base64
import io
import re
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from matplotlib.artist import Artist
from matplotlib.collections import Collection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from PIL import Image

from foundations.errors import FigureError
from foundations.files import write_atomically
from foundations.plotting.images import MARK
from foundations.plotting.inks import INKS, MAPS
from foundations.plotting.theme import theme

Scheme = Literal["light", "dark"]

LARGEST = 200_000
"""Bytes above which what is dense in a figure becomes pixels."""

DENSE = 1000
"""Points above which an artist counts as dense."""

_NAMES = {ink.light: name for name, ink in INKS.items()} | {"#000000": "ink", "#ffffff": "paper"}
_COLOUR = re.compile("|".join(_NAMES), re.IGNORECASE)
_VARIABLE = re.compile(r"var\(--figure-([a-z0-9-]+), #[0-9a-f]{6}\)")
_STYLE = re.compile(r'<style id="figure-inks">.*?</style>', re.DOTALL)


def save(fig: Figure, path: str | Path) -> Path:
    """Write a figure as one SVG that follows the reader's colour scheme, light or dark.

    The same figure gives the same bytes. Everything is vectors; only where the file would exceed 200 kB, what
    is dense in it becomes pixels.

    Args:
        fig: The figure.
        path: Where to write; the name ends in `.svg`.

    Returns:
        The path.

    Raises:
        FigureError: If the name has another ending, or the file cannot be written.
    """
    path = Path(path)
    if path.suffix != ".svg":
        raise FigureError(f"a figure is saved as .svg, got {path.name!r}: change the ending")
    text = to_svg(fig)
    if len(text.encode()) > LARGEST:
        dense = _dense(fig)
        for artist in dense:
            artist.set_rasterized(True)
        text = to_svg(fig)
        for artist in dense:
            artist.set_rasterized(False)
    write_atomically(path, text, error=FigureError)
    return path


def to_svg(fig: Figure) -> str:
    """Return the text of a figure, as `save` writes it.

    Args:
        fig: The figure.

    Returns:
        SVG.
    """
    with theme():
        svg = _compact(_drawn(fig))
    svg = _COLOUR.sub(lambda match: _variable(_NAMES[match[0].lower()]), svg)
    head, body = svg.split("\n", 1)
    return f"{head}\n{_style(svg)}\n{_filters(svg)}{body}"


def recolour(svg: str, scheme: Scheme) -> str:
    """Fix a figure to one scheme, for a page that knows which it has.

    Args:
        svg: Text of a figure that `save` wrote; any other SVG comes back as it is.
        scheme: `light` or `dark`.

    Returns:
        The figure in plain colours.

    Raises:
        FigureError: If there is no such scheme.
    """
    if scheme not in get_args(Scheme):
        raise FigureError(f"no colour scheme is called {scheme!r}: expected light or dark")
    rules = f'<style id="figure-inks">{_rules(svg, scheme)}</style>'
    return _VARIABLE.sub(lambda match: getattr(INKS[match[1]], scheme), _STYLE.sub(rules, svg))


def _variable(name: str) -> str:
    return f"var(--figure-{name}, {INKS[name].light})"


def _style(svg: str) -> str:
    inks = "".join(f"--figure-{name}:{ink.dark};" for name, ink in INKS.items() if _variable(name) in svg)
    dark = f"svg{{{inks}}}{_rules(svg, 'dark')}"
    return (
        f'<style id="figure-inks">{_rules(svg, "light")}@media (prefers-color-scheme:dark){{{dark}}}</style>'
    )


def _rules(svg: str, scheme: Scheme) -> str:
    """Choose the filter of each image; what became pixels keeps its hues in the dark and turns light."""
    rules = [f'image[id^="{MARK}-{kind}-"]{{filter:url(#{kind}-{scheme})}}' for kind in _maps(svg)]
    if scheme == "dark" and 'id="pixels-' in svg:
        rules.append('image[id^="pixels-"]{filter:invert(1) hue-rotate(180deg)}')
    return "".join(rules)


def _maps(svg: str) -> list[str]:
    return [kind for kind in MAPS if f'id="{MARK}-{kind}-' in svg]


def _filters(svg: str) -> str:
    """Turn levels of grey into colours: each channel is looked up in a table of its own."""
    filters = []
    for kind in _maps(svg):
        for scheme, stops in zip(get_args(Scheme), MAPS[kind], strict=True):
            levels = np.array([list(bytes.fromhex(stop[1:])) for stop in stops]) / 255  # (stops, channels)
            tables = "".join(
                f'<feFunc{channel} type="table" tableValues="{" ".join(f"{x:.4g}" for x in column)}"/>'
                for channel, column in zip("RGB", levels.T, strict=True)
            )
            filters.append(
                f'<filter id="{kind}-{scheme}" x="0" y="0" width="1" height="1" '
                f'color-interpolation-filters="sRGB"><feComponentTransfer>{tables}</feComponentTransfer></filter>'
            )
    return f"<defs>{''.join(filters)}</defs>\n" if filters else ""


def _drawn(fig: Figure) -> str:
    """Draw when the layout has settled: each drawing moves the panels a little less, and then not at all."""
    engine = fig.get_layout_engine()
    for _ in range(8):
        before = np.array([ax.get_position().bounds for ax in fig.axes])
        fig.draw_without_rendering()
        after = np.array([ax.get_position().bounds for ax in fig.axes])
        if np.allclose(before, after, rtol=0, atol=1e-10):
            break
    buffer = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    try:
        if engine is not None:
            fig.set_layout_engine("none")
        fig.savefig(buffer, format="svg", dpi=144, metadata=nothing)
    finally:
        if engine is not None:
            fig.set_layout_engine(engine)
    return buffer.getvalue()


def _compact(svg: str) -> str:
    """Leave out what no reader sees: about a third of what matplotlib writes."""
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    svg = re.sub(r"<!-- (.*?) -->\s*", _comment, svg, flags=re.DOTALL)
    svg = svg.replace("xlink:href", "href").replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', "")
    svg = re.sub(r'(?<= [dxy]=")[^"]+|(?<=translate\()[^)]+', _rounded, svg)
    svg = re.sub(r'id="image(?=[^>]* transform="scale\(1 -1\) translate)', 'id="pixels-', svg)
    svg = re.sub(rf'(?<="data:image/png;base64,)\s*([^"]+)(?=" id="{MARK}-)', _grey, svg)
    svg = re.sub(r"^ +", "", svg, flags=re.MULTILINE)
    return re.sub(
        r'(?:^<use href="[^"]+" x="[^"]+" y="[^"]+" (style="[^"]+")/>\n){3,}',
        _grouped,
        svg,
        flags=re.MULTILINE,
    )


def _grey(match: re.Match[str]) -> str:
    """Keep one channel of three that are equal, and the opacity only where something is clear."""
    picture = Image.open(io.BytesIO(base64.b64decode(match[1]))).convert("LA")
    if picture.getchannel("A").getextrema() == (255, 255):
        picture = picture.convert("L")
    buffer = io.BytesIO()
    picture.save(buffer, format="png", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode()


def _comment(match: re.Match[str]) -> str:
    """Keep the words that became outlines, and not the numbers."""
    words = re.sub(r"\\mathdefault|[${}]", "", match[1])
    return f"<!-- {words} -->\n" if re.search(r"[^\W\d_]{2}", words) else ""


def _rounded(match: re.Match[str]) -> str:
    """Write coordinates to a hundredth of a point, and a path on one line."""
    numbers = re.sub(
        r"-?\d+\.\d+", lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), match[0]
    )
    return " ".join(numbers.split())


def _grouped(match: re.Match[str]) -> str:
    """Say once what many markers have in common."""
    pieces = []
    last = None
    for use, style in re.findall(r'(<use .*?) (style="[^"]+")/>\n', match[0]):
        if style != last:
            pieces.append(f"{'</g>' if last else ''}<g {style}>\n")
            last = style
        pieces.append(f"{use}/>\n")
    return "".join(pieces) + "</g>\n"


def _dense(fig: Figure) -> list[Artist]:
    """Find what has so many points that it is better drawn as pixels."""
    found: list[Artist] = [line for line in fig.findobj(Line2D) if np.size(line.get_xdata()) > DENSE]
    for group in fig.findobj(Collection):
        vertices = sum(np.shape(path.vertices)[0] for path in group.get_paths())
        if max(np.shape(group.get_offsets())[0], vertices) > DENSE:
            found.append(group)
    return found
