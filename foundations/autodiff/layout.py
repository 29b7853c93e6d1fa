"""Where the boxes of a small graph stand: columns by depth, rows so that edges are short and cross little.

Edges run from left to right. One that passes a column holds a place in it, so that it never runs through a
box.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from foundations.errors import ValueRangeError
from foundations.plotting.layered import layered


@dataclass(frozen=True)
class Layout:
    """Where everything stands.

    Attributes:
        columns: Per vertex: its column, from 0 at the left.
        rows: Per vertex: its height in the column, from 0; two in one column are at least 1 apart.
        bends: Per edge (from, to) that passes columns: the (column, row) points that it runs through.
    """

    columns: tuple[int, ...]
    rows: tuple[float, ...]
    bends: Mapping[tuple[int, int], tuple[tuple[int, float], ...]]


def lay_out(parents: Sequence[Sequence[int]]) -> Layout:
    """Lay out a graph without cycles.

    Args:
        parents: Per vertex: the positions of the vertices it was made from, all before its own. One may stand
            there twice.

    Returns:
        The layout; the same graph gives the same.

    Raises:
        ValueRangeError: If a vertex comes before one it was made from.

    Example:
        >>> lay_out([(), (), (0, 1)])
        Layout(columns=(0, 0, 1), rows=(0.0, 1.0, 0.5), bends={})
    """
    for vertex, above in enumerate(parents):
        if any(not 0 <= p < vertex for p in above):
            raise ValueRangeError(
                f"vertex {vertex} is made from earlier ones, got {tuple(above)}: sort by creation"
            )
    columns = _columns(parents)
    edges = [(p, vertex) for vertex, above in enumerate(parents) for p in dict.fromkeys(above)]
    drawn = layered(dict(enumerate(columns)), edges)
    top = drawn.start + 1 / 2  # the middle of the highest box
    bends = {
        edge: tuple((columns[edge[0]] + 1 + i, row - top) for i, row in enumerate(rows))
        for edge, rows in drawn.bends.items()
    }
    rows = (drawn.positions[vertex] - top for vertex in range(len(parents)))
    return Layout(tuple(columns), tuple(rows), bends)


def _columns(parents: Sequence[Sequence[int]]) -> list[int]:
    """Return the longest path to each vertex; what has no parents stands just before its first use."""
    columns: list[int] = []
    for above in parents:
        columns.append(1 + max((columns[p] for p in above), default=-1))
    for vertex, above in enumerate(parents):
        uses = [columns[child] for child, its in enumerate(parents) if vertex in its]
        if not above and uses:
            columns[vertex] = min(uses) - 1
    return columns
