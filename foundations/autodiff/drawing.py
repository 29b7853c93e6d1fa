"""Draw the graph of a small expression: every value with its gradient, every edge with its slope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, PathPatch
from matplotlib.path import Path as Curve

from foundations import plotting
from foundations.autodiff.expression import Vertex, vertices
from foundations.autodiff.layout import lay_out
from foundations.autodiff.tensor import Tensor

Point = tuple[float, float]
"""Inches from the left and from the top."""

SIGNS = {"add": "+", "subtract": "−", "multiply": "×", "divide": "÷", "negative": "−", "matmul": "@"}
"""How operations are written; the others by their names."""

_FORWARD, _BACKWARD = plotting.COLOURS[0], plotting.COLOURS[1]  # inks of values, and of derivatives
_WIDTH, _HEIGHT = 1.06, 0.66  # of a box, in inches
_PAGE = 7.8  # width of a wide figure
_PITCH, _STEP = 1.72, 0.98  # from one column to the next, and from one row to the next


def draw_graph(output: Tensor, names: Mapping[str, Tensor] | None = None) -> Figure:
    """Draw a recorded graph: inputs at the left, the output at the right.

    A box holds a value's name and operation, its value, and below the line the gradient of the output with
    respect to it. The number on an edge is the slope of that one operation; a gradient is the sum, over the
    edges that leave a box to the right, of slope times the gradient at their other end.

    Args:
        output: A computed value, a single number.
        names: Names of values of the graph, whichever are to have one.

    Returns:
        The figure, for `foundations.plotting.save`.

    Raises:
        GraphError: If nothing was recorded, the graph was freed, or a named value is no part of it.
        ShapeError: If `output` is not a single number.
        ValueRangeError: If there are more than `MOST` values.
    """
    shown = vertices(output, names)
    layout = lay_out([[p for p in vertex.parents if p is not None] for vertex in shown])
    columns = max(layout.columns)
    rows = max([*layout.rows, *(row for points in layout.bends.values() for _, row in points)])
    pitch = max(_PITCH, min((_PAGE - _WIDTH - 0.1) / max(columns, 1), 1.25 * _PITCH))
    width, height = max(pitch * columns + _WIDTH + 0.1, _PAGE), _STEP * rows + _HEIGHT
    fig, ax = plotting.figure("wide", height=_PAGE * (height + 0.2) / width)
    margin = (width - pitch * columns - _WIDTH) / 2
    ax.set(xlim=(-margin, width - margin), ylim=(height + 0.1, -0.1), aspect="equal")
    ax.axis("off")
    pen = _Pen(ax, 9 * _PAGE / width)

    def at(column: float, row: float) -> Point:
        return pitch * column + _WIDTH / 2, _STEP * row + _HEIGHT / 2

    boxes = [at(*place) for place in zip(layout.columns, layout.rows, strict=True)]
    edges = []
    for child, vertex in enumerate(shown):
        for parent, slope in zip(vertex.parents, vertex.slopes, strict=True):
            if parent is not None:
                through = tuple(at(*point) for point in layout.bends.get((parent, child), ()))
                edges.append(_Edge(parent, child, (boxes[parent], *through, boxes[child]), slope))
    for edge, start, end in _ports(edges, boxes):
        pen.edge(edge, start, end)
    for vertex, box in zip(shown, boxes, strict=True):
        pen.box(vertex, box, _title(vertex, shown))
    return fig


@dataclass(frozen=True)
class _Edge:
    """An edge from a box through the places held for it to another; the points are their middles."""

    parent: int
    child: int
    points: tuple[Point, ...]
    slope: float | None


def _ports(edges: Sequence[_Edge], boxes: Sequence[Point]) -> list[tuple[_Edge, Point, Point]]:
    """Return the edges with the points where they leave one box and enter the other.

    Along a side they are ordered by where they come from or go to, so that they do not cross there.
    """
    ends: list[dict[int, Point]] = [{}, {}]
    for end, of, nearest, side in ((0, "parent", 1, 1), (1, "child", -2, -1)):
        for box, (x, y) in enumerate(boxes):
            its = [i for i, edge in enumerate(edges) if getattr(edge, of) == box]
            its.sort(key=lambda i: edges[i].points[nearest][1])
            reach = min(0.09 * (len(its) - 1), 0.4 * _HEIGHT)
            for i, dy in zip(
                its, np.linspace(-reach, reach, len(its)) if len(its) > 1 else [0.0], strict=False
            ):
                ends[end][i] = (x + side * _WIDTH / 2, y + float(dy))
    return [(edge, ends[0][i], ends[1][i]) for i, edge in enumerate(edges)]


@dataclass(frozen=True)
class _Pen:
    """Draws on axes whose unit is an inch, with letters of a size in points."""

    ax: Axes
    size: float

    def edge(self, edge: _Edge, start: Point, end: Point) -> None:
        """Draw an edge that leaves and arrives level, straight through its places, with its slope."""
        stops = [start]
        for x, y in edge.points[1:-1]:
            stops += [(x - _WIDTH / 2, y), (x + _WIDTH / 2, y)]
        stops.append(end)
        points, codes = [start], [Curve.MOVETO]
        for i, ((x0, y0), (x1, y1)) in enumerate(pairwise(stops)):
            middle = (x0 + x1) / 2
            points += [(middle, y0), (middle, y1), (x1, y1)] if i % 2 == 0 else [(x1, y1)]
            codes += [Curve.CURVE4] * 3 if i % 2 == 0 else [Curve.LINETO]
        line = {"facecolor": "none", "edgecolor": plotting.SOFT, "linewidth": 1.0, "zorder": 1}
        self.ax.add_patch(PathPatch(Curve(points, codes), **line))
        if edge.slope is not None:
            (x0, y0), (x1, y1) = stops[-2:]
            paper = {"facecolor": plotting.PAPER, "edgecolor": "none", "pad": 1.2}
            words = f"×{_number(edge.slope)}"
            self.write((x0 + x1) / 2, (y0 + y1) / 2, words, _BACKWARD, bbox=paper, zorder=2)

    def box(self, vertex: Vertex, centre: Point, title: str) -> None:
        """Draw a value: what it is, the number, and its gradient below a line."""
        x, y = centre
        frame = FancyBboxPatch(
            (x - _WIDTH / 2, y - _HEIGHT / 2),
            _WIDTH,
            _HEIGHT,
            boxstyle="round,pad=0,rounding_size=0.07",
            facecolor=plotting.PAPER,
            edgecolor=plotting.INK if vertex.operation else _FORWARD,
            linewidth=1.0,
            zorder=3,
        )
        self.ax.add_patch(frame)
        rule = _WIDTH / 2 - 0.07
        self.ax.plot([x - rule, x + rule], [y + 0.1, y + 0.1], color=plotting.LINE, linewidth=0.8, zorder=4)
        value = "not kept" if vertex.value is None else _number(vertex.value)
        self.write(x, y - 0.2, title, plotting.INK, weight="semibold")
        self.write(x, y - 0.01, value, _FORWARD)
        self.write(x, y + 0.21, f"grad {_number(vertex.gradient)}", _BACKWARD)

    def write(self, x: float, y: float, words: str, colour: str, **style: Any) -> None:
        """Write words around a point."""
        style = {"zorder": 5, "size": self.size, "ha": "center", "va": "center"} | style
        self.ax.text(x, y, words, color=colour, **style)


def _title(vertex: Vertex, shown: Sequence[Vertex]) -> str:
    """Write `p = a × b`, with a dot for what has no name; only the sign where nothing has one."""
    if not vertex.operation:
        return vertex.name or "leaf"
    operands = []
    for parent, constant in zip(vertex.parents, vertex.constants, strict=True):
        name = "" if parent is None else shown[parent].name
        operands.append(name if constant is None else _number(constant))
    sign = SIGNS.get(vertex.operation)
    named = [operand or "·" for operand in operands]
    if sign is None:
        made = f"{vertex.operation}({', '.join(named)})" if any(operands) else vertex.operation
    elif any(operands):
        made = f" {sign} ".join(named) if len(named) == 2 else f"{sign}{named[0]}"
    else:
        made = sign
    return f"{vertex.name} = {made}" if vertex.name else made


def _number(value: Any) -> str:
    """Write a number to four digits; of an array, its elements where they are few, else shape and length."""
    array = np.asarray(value)
    if array.size == 1:
        return f"{array.item():.4g}".replace("-", "\N{MINUS SIGN}")
    if array.size <= 3 and array.ndim == 1:
        return f"({', '.join(_number(a) for a in array)})"
    return f"{'×'.join(map(str, array.shape))}, ‖·‖ {_number(np.linalg.norm(array))}"
