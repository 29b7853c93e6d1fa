"""A layered drawing of the prerequisite graph: who stands in which row, in which order, and where.

Rows of bounded width in which every edge points down (Coffman & Graham 1972); the order in the rows and the
places along them are those of `foundations.plotting.layered`. Between two rows an edge bends, within a row it
runs straight in its own place: so no edge ever touches a node it does not belong to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from foundations.plotting.layered import layered

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
    order = [(need, node) for node, needs in graph.items() for need in needs]
    drawn = layered(
        {node: rows[node] for node in graph},
        order,
        size=size[0],
        held=_HELD,
        gap=gap[0],
        to_middle=_TO_THE_MIDDLE,
    )
    step = size[1] + gap[1]
    boxes = {
        node: Box(x - drawn.start - size[0] / 2, rows[node] * step, *size, rows[node])
        for node, x in drawn.positions.items()
    }
    edges = []
    for need, node in order:
        points = [(boxes[need].center, boxes[need].y + size[1])]
        for row, x in enumerate(drawn.bends.get((need, node), ()), rows[need] + 1):
            points += [(x - drawn.start, row * step), (x - drawn.start, row * step + size[1])]
        edges.append(Edge(need, node, (*points, (boxes[node].center, boxes[node].y))))
    height = max((box.y + box.height for box in boxes.values()), default=0.0)
    return Layout(boxes, tuple(edges), drawn.end - drawn.start, height)


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
