"""A layered drawing of the prerequisite graph: who stands in which row, in which order, and where.

The classical four steps (Sugiyama, Tagawa & Toda 1981), each in its simplest deterministic form: rows of
bounded width in which every edge points down (Coffman & Graham 1972), places held for edges that pass
through a row, rows reordered until fewer edges cross, and coordinates that pull neighbours above each
other. Between two rows an edge bends, within a row it runs straight in its own place: so no edge ever
touches a node it does not belong to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

_SWEEPS = 24
_TO_THE_MIDDLE = 1.5  # pull of the axis on every place, where a neighbour pulls with 1
_HELD = 10.0  # width of the place that an edge holds in a row it passes through


@dataclass(frozen=True)
class Box:
    """A node: its upper left corner and its size, in pixels, and its row."""

    x: float
    y: float
    width: float
    height: float
    row: int

    @property
    def center(self) -> float:
        """The horizontal middle."""
        return self.x + self.width / 2


@dataclass(frozen=True)
class Edge:
    """From a prerequisite down to what requires it; `points` are corners to bend between, top to bottom."""

    source: str
    target: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Layout:
    """Where everything stands; `width` and `height` enclose it, in pixels."""

    boxes: Mapping[str, Box]
    edges: tuple[Edge, ...]
    width: float
    height: float


def reduced(requires: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Return the graph without the edges that a longer path implies: fewer lines, the same order.

    >>> reduced({"a": [], "b": ["a"], "c": ["a", "b"]})
    {'a': (), 'b': ('a',), 'c': ('b',)}
    """
    above: dict[str, set[str]] = {}

    def ancestors(node: str) -> set[str]:
        if node not in above:
            above[node] = set(requires[node]).union(*(ancestors(need) for need in requires[node]))
        return above[node]

    return {
        node: tuple(
            need for need in needs if not any(need in ancestors(other) for other in needs if other != need)
        )
        for node, needs in requires.items()
    }


def layout(
    requires: Mapping[str, Sequence[str]],
    *,
    size: tuple[float, float] = (116, 44),
    gap: tuple[float, float] = (16, 32),
    most: int = 6,
) -> Layout:
    """Lay out a graph without cycles.

    Args:
        requires: Node to the nodes above it, all of them keys too; in reading order.
        size: Width and height of a node, in pixels.
        gap: Least space between two nodes of a row, and between two rows.
        most: Nodes in a row, at most.
    """
    graph = reduced(requires)
    rows = _rows(graph, most)
    places, links = _places(graph, rows)
    places = _uncrossed(places, links)
    width = {place: size[0] if place in graph else _HELD for row in places for place in row}
    centers = _centers(places, links, width, gap[0])
    left = min((centers[place] - width[place] / 2 for place in centers), default=0.0)
    right = max((centers[place] + width[place] / 2 for place in centers), default=0.0)
    step = size[1] + gap[1]
    boxes = {
        node: Box(centers[node] - left - size[0] / 2, rows[node] * step, *size, rows[node]) for node in graph
    }
    edges = []
    for node, needs in graph.items():
        for need in needs:
            points = [(boxes[need].center, boxes[need].y + size[1])]
            for row in range(rows[need] + 1, rows[node]):
                x = centers[_held(need, node, row)] - left
                points += [(x, row * step), (x, row * step + size[1])]
            edges.append(Edge(need, node, (*points, (boxes[node].center, boxes[node].y))))
    height = max((box.y + box.height for box in boxes.values()), default=0.0)
    return Layout(boxes, tuple(edges), right - left, height)


def _rows(graph: Mapping[str, Sequence[str]], most: int) -> dict[str, int]:
    """Give each node the first row below all it requires that has room; the longest chains choose first."""
    below: dict[str, list[str]] = {node: [] for node in graph}
    for node, needs in graph.items():
        for need in needs:
            below[need].append(node)
    chain: dict[str, int] = {}

    def length(node: str) -> int:
        if node not in chain:
            chain[node] = max((length(after) + 1 for after in below[node]), default=0)
        return chain[node]

    order = {node: index for index, node in enumerate(graph)}
    rows: dict[str, int] = {}
    filled: dict[int, int] = {}
    waiting = set(graph)
    while waiting:
        ready = [node for node in waiting if all(need in rows for need in graph[node])]
        node = min(ready, key=lambda one: (-length(one), order[one]))
        row = max((rows[need] + 1 for need in graph[node]), default=0)
        while filled.get(row, 0) >= most:
            row += 1
        rows[node] = row
        filled[row] = filled.get(row, 0) + 1
        waiting.remove(node)
    return rows


def _held(source: str, target: str, row: int) -> str:
    return f"{source}>{target}>{row}"


def _places(
    graph: Mapping[str, Sequence[str]], rows: Mapping[str, int]
) -> tuple[list[list[str]], list[tuple[str, str]]]:
    """Return each row (nodes, and places held for edges), and what is linked to the next row."""
    places: list[list[str]] = [[] for _ in range(max(rows.values(), default=-1) + 1)]
    links: list[tuple[str, str]] = []
    for node in graph:
        places[rows[node]].append(node)
    for node, needs in graph.items():
        for need in needs:
            last = need
            for row in range(rows[need] + 1, rows[node]):
                places[row].append(_held(need, node, row))
                links.append((last, places[row][-1]))
                last = places[row][-1]
            links.append((last, node))
    return places, links


def _neighbours(links: Sequence[tuple[str, str]]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    above: dict[str, list[str]] = {}
    below: dict[str, list[str]] = {}
    for upper, lower in links:
        above.setdefault(lower, []).append(upper)
        below.setdefault(upper, []).append(lower)
    return above, below


def crossings(places: Sequence[Sequence[str]], links: Sequence[tuple[str, str]]) -> int:
    """Count the pairs of links that cross, for rows in the given order."""
    at = {place: (row, index) for row, line in enumerate(places) for index, place in enumerate(line)}
    count = 0
    for row in range(len(places)):
        ends = sorted((at[upper][1], at[lower][1]) for upper, lower in links if at[upper][0] == row)
        count += sum(
            one[0] < other[0] and one[1] > other[1] for i, one in enumerate(ends) for other in ends[i + 1 :]
        )
    return count


def _uncrossed(places: list[list[str]], links: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Order each row by where its neighbours stand, down and up again, and keep the best order seen."""
    above, below = _neighbours(links)
    best, fewest = [list(row) for row in places], crossings(places, links)
    current = [list(row) for row in places]
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        side = above if down else below
        for index in range(len(current)) if down else reversed(range(len(current))):
            fixed = index - 1 if down else index + 1
            if 0 <= fixed < len(current):
                at = {place: position for position, place in enumerate(current[fixed])}
                current[index] = _by_middle(current[index], side, at)
        _swap_neighbours(current, links)
        if (count := crossings(current, links)) < fewest:
            best, fewest = [list(row) for row in current], count
    return best


def _by_middle(row: list[str], side: Mapping[str, list[str]], at: Mapping[str, int]) -> list[str]:
    def middle(index: int) -> float:
        ends = [at[end] for end in side.get(row[index], ())]
        return sum(ends) / len(ends) if ends else index * len(at) / len(row)

    return [row[index] for index in sorted(range(len(row)), key=lambda index: (middle(index), index))]


def _swap_neighbours(places: list[list[str]], links: Sequence[tuple[str, str]]) -> None:
    """Swap two neighbours of a row wherever that leaves fewer crossings, until nothing is gained."""
    count = crossings(places, links)
    gained = True
    while gained:
        gained = False
        for row in places:
            for index in range(len(row) - 1):
                row[index], row[index + 1] = row[index + 1], row[index]
                if (changed := crossings(places, links)) < count:
                    count, gained = changed, True
                else:
                    row[index], row[index + 1] = row[index + 1], row[index]


def _centers(
    places: Sequence[Sequence[str]], links: Sequence[tuple[str, str]], width: Mapping[str, float], gap: float
) -> dict[str, float]:
    """Return the horizontal middle of everything: near its neighbours, in order, never overlapping."""
    above, below = _neighbours(links)
    centers: dict[str, float] = {}
    for row in places:
        total = sum(width[place] + gap for place in row)
        at = -total / 2
        for place in row:
            centers[place] = at + (width[place] + gap) / 2
            at += width[place] + gap
    for sweep in range(4 * _SWEEPS):
        for row in places if sweep % 2 == 0 else reversed(places):
            wanted, weights = [], []
            for place in row:
                near = [*above.get(place, ()), *below.get(place, ())]
                weight = len(near) * (4.0 if ">" in place else 1.0)
                pull = sum(centers[one] for one in near) * (4.0 if ">" in place else 1.0)
                wanted.append(pull / (weight + _TO_THE_MIDDLE))  # the middle is at 0
                weights.append(weight + _TO_THE_MIDDLE)
            centers.update(zip(row, _apart(row, wanted, weights, width, gap), strict=True))
    return centers


def _apart(
    row: Sequence[str],
    wanted: Sequence[float],
    weights: Sequence[float],
    width: Mapping[str, float],
    gap: float,
) -> list[float]:
    """Return the positions nearest to those wanted (weighted squares) that keep order and distance.

    With the least distances taken off, that is isotonic regression: pool neighbours that are out of order.
    """
    offsets = [0.0]
    for one, other in pairwise(row):
        offsets.append(offsets[-1] + (width[one] + width[other]) / 2 + gap)
    blocks: list[tuple[float, float, int]] = []  # mean, weight, number of places
    for position, offset, weight in zip(wanted, offsets, weights, strict=True):
        blocks.append((position - offset, weight, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            mean, mass, number = blocks.pop()
            before, mass_before, number_before = blocks.pop()
            together = mass + mass_before
            pooled = (mean * mass + before * mass_before) / together
            blocks.append((pooled, together, number + number_before))
    flat = [mean for mean, _, number in blocks for _ in range(number)]
    return [mean + offset for mean, offset in zip(flat, offsets, strict=True)]
