"""The map of the entries: the prerequisite graph as an SVG, and as a list with arcs on narrow screens."""

from __future__ import annotations

import re
from itertools import pairwise

from study.entries.catalogue import Entry
from study.site import graph
from study.site.addresses import Base, page, url
from study.site.markup import about, attribute, escape, standing, state_class, tag

_ROW = 46  # height of a row of the list, in pixels: the style sheet has it too
_GUTTER = 64
_FEW = 6  # entries: so few get boxes with room for their titles
_SMALL, _LARGE = (116, 44), (232, 84)  # width and height of a box, in pixels


def chart(base: Base, start: str) -> str:
    """Return the map as HTML for the page `start`."""
    label = "Map of the entries: lines lead down from what comes first to what builds on it"
    drawn = f"{_wide(base, start)}\n{_tall(base, start)}"
    return f'<div class="map" role="group" aria-label="{label}">\n{drawn}\n</div>'


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _wide(base: Base, start: str) -> str:
    few = len(base.catalogue) <= _FEW
    drawn = graph.layout(base.catalogue.graph, size=_LARGE if few else _SMALL, most=3 if few else 6)
    # Room for the ring of focus around the outermost nodes.
    box = f"-4 -4 {_number(drawn.width + 8)} {_number(drawn.height + 8)}"
    style = f"--map-width:{_number(drawn.width + 8)}px;--map-height:{_number(drawn.height + 8)}px"
    kind_of_map = "map-wide is-large" if few else "map-wide"
    parts = [
        f'<svg class="{kind_of_map}" viewBox="{box}" style="{style}" xmlns="http://www.w3.org/2000/svg">'
    ]
    parts += [_edge(edge) for edge in drawn.edges]
    parts += [_node(base, start, entry, drawn.boxes[entry.slug]) for entry in base.catalogue]
    return "\n".join([*parts, "</svg>"])


def _edge(edge: graph.Edge) -> str:
    (x, y), *_ = edge.points
    path = [f"M{_number(x)} {_number(y)}"]
    for index, ((x1, y1), (x2, y2)) in enumerate(pairwise(edge.points)):
        if index % 2:  # within a row, straight down in the place that was held for it
            path.append(f"V{_number(y2)}")
        else:
            half = _number((y1 + y2) / 2)
            path.append(f"C{_number(x1)} {half} {_number(x2)} {half} {_number(x2)} {_number(y2)}")
    ends = f'data-from="{edge.source}" data-to="{edge.target}"'
    return f'<path class="map-edge" {ends} d="{"".join(path)}"/>'


def _lines(label: str, width: int) -> list[str]:
    """Break a label into two lines of about the same length if it has more letters than `width`.

    >>> _lines("matrix decomposition", 14), _lines("word vectors", 14), _lines("vae", 14)
    (['matrix', 'decomposition'], ['word vectors'], ['vae'])
    """
    words = label.split()
    if len(label) <= width or len(words) == 1:
        return [label]
    cuts = range(1, len(words))
    cut = min(cuts, key=lambda at: max(len(" ".join(words[:at])), len(" ".join(words[at:]))))
    lines = [" ".join(words[:cut]), " ".join(words[cut:])]
    return [line if len(line) <= 2 * width else f"{line[: 2 * width - 1]}…" for line in lines]


def _text(x: float, y: float, words: str, name: str | None = None) -> str:
    kind_of_text = f' class="{name}"' if name else ""
    return f'<text{kind_of_text} x="{_number(x)}" y="{_number(y)}">{escape(words)}</text>'


def _label(base: Base, entry: Entry, box: graph.Box) -> str:
    """Return the words in a box: the short name, or in a large one the title and what it is."""
    middle = box.width / 2
    if box.height < _LARGE[1]:
        lines = _lines(base.label(entry), 14)
        above = 9.5 if base.progress.entries[entry.slug].done and len(lines) > 1 else 7 * (len(lines) - 1)
        first = box.height / 2 + 4.5 - above
        return "\n".join(_text(middle, first + 14 * index, line) for index, line in enumerate(lines))
    lines = _lines(entry.title, 26)
    first = box.height / 2 + 4.5 - 9.5 * len(lines)
    words = "\n".join(_text(middle, first + 19 * index, line) for index, line in enumerate(lines))
    return words + "\n" + _text(middle, first + 19 * len(lines) + 1, about(entry), "map-about")


def _name(base: Base, entry: Entry, box: graph.Box) -> str:
    """Return how the name of a node begins: the words that are seen in its box are part of it."""
    seen = base.label(entry) if box.height < _LARGE[1] else entry.title
    called = entry.title if _letters(seen) in _letters(entry.title) else f"{seen}: {entry.title}"
    return f"{called} ({about(entry)}"


def _letters(words: str) -> str:
    return " ".join(re.findall(r"\w+", words.casefold()))


def _node(base: Base, start: str, entry: Entry, box: graph.Box) -> str:
    count = base.progress.entries[entry.slug]
    words = _label(base, entry, box)
    known = _name(base, entry, box)
    name = attribute(f"{known}, {standing(count)})")
    bar = f'x="10" y="{_number(box.height - 6)}" width="{_number(box.width - 20)}" height="3" rx="1.5"'
    return (
        f'<a class="map-node room-{entry.room} {state_class(count.state)}" href="{url(start, page(entry))}"'
        f' data-entry="{entry.slug}" data-about="{attribute(known)}"'
        f' aria-label="{name}" transform="translate({_number(box.x)} {_number(box.y)})"'
        f' style="--share:{count.share:.4f}"><title>{name}</title>'
        f'<rect class="map-body" width="{_number(box.width)}" height="{_number(box.height)}" rx="7"/>'
        f'<rect class="map-track" {bar}/><rect class="map-done" {bar}/>{words}</a>'
    )


def _tall(base: Base, start: str) -> str:
    order = [entry.slug for entry in base.catalogue]
    height = _ROW * len(order)
    arcs = []
    for target, needs in graph.reduced(base.catalogue.graph).items():
        for source in needs:
            y1, y2 = (_ROW * (order.index(slug) + 0.5) for slug in (source, target))
            reach = _GUTTER - 8 - min((y2 - y1) / _ROW * 5 + 6, _GUTTER - 14)
            x, top, end = _number(reach), _number(y1), _number(y2)
            edge = f"M{_GUTTER - 8} {top}C{x} {top} {x} {end} {_GUTTER - 8} {end}"
            arcs.append(f'<path class="map-edge" data-from="{source}" data-to="{target}" d="{edge}"/>')
    rows = []
    for entry in base.catalogue:
        count = base.progress.entries[entry.slug]
        ring = tag("span", class_="ring", aria_hidden="true")
        title = tag("span", escape(entry.title), class_="map-title")
        numbers = tag("span", f"{count.done}/{count.total}", class_="map-steps", data_steps_short=entry.slug)
        row = tag(
            "a",
            ring + title + numbers,
            href=url(start, page(entry)),
            class_=f"map-row room-{entry.room} {state_class(count.state)}",
            data_entry=entry.slug,
            style=f"--share:{count.share:.4f}",
        )
        rows.append(f"<li>{row}</li>")
    drawing = (
        f'<svg class="map-arcs" width="{_GUTTER}" height="{height}" viewBox="0 0 {_GUTTER} {height}"'
        f' aria-hidden="true">{"".join(arcs)}</svg>'
    )
    return f'<div class="map-tall">{drawing}<ol class="plain">{"".join(rows)}</ol></div>'
