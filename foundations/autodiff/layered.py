"""Where the boxes of a small graph stand: columns by depth, rows so that edges are short and cross little.

Edges run from left to right. One that passes a column holds a place in it, so that it never runs through a
box. (The four steps of Sugiyama, Tagawa & Toda 1981, each in its simplest form.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from foundations.errors import ValueRangeError
from foundations.plotting.lines import spread

_SWEEPS = 16


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


def layered(parents: Sequence[Sequence[int]]) -> Layout:
    """Lay out a graph without cycles.

    Args:
        parents: Per vertex: the positions of the vertices it was made from, all before its own. One may stand
            there twice.

    Returns:
        The layout; the same graph gives the same.

    Raises:
        ValueRangeError: If a vertex comes before one it was made from.

    Example:
        >>> layered([(), (), (0, 1)])
        Layout(columns=(0, 0, 1), rows=(0.0, 1.0, 0.5), bends={})
    """
    for vertex, above in enumerate(parents):
        if any(not 0 <= p < vertex for p in above):
            raise ValueRangeError(
                f"vertex {vertex} is made from earlier ones, got {tuple(above)}: sort by creation"
            )
    columns = _columns(parents)
    places: list[list[int]] = [[] for _ in range(max(columns, default=-1) + 1)]
    for vertex, column in enumerate(columns):
        places[column].append(vertex)
    links: list[tuple[int, int]] = []
    held: dict[tuple[int, int], list[int]] = {}  # places of edges; numbered on from the vertices
    following = len(parents)
    for vertex, above in enumerate(parents):
        for p in dict.fromkeys(above):
            last = p
            for column in range(columns[p] + 1, columns[vertex]):
                places[column].append(following)
                links.append((last, following))
                held.setdefault((p, vertex), []).append(following)
                last, following = following, following + 1
            links.append((last, vertex))
    rows = _rows(_uncrossed(places, links), links)
    bends = {
        edge: tuple((columns[edge[0]] + 1 + i, rows[place]) for i, place in enumerate(passed))
        for edge, passed in held.items()
    }
    return Layout(tuple(columns), tuple(rows[vertex] for vertex in range(len(parents))), bends)


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


def _crossings(places: Sequence[Sequence[int]], links: Sequence[tuple[int, int]]) -> int:
    at = {place: (column, i) for column, row in enumerate(places) for i, place in enumerate(row)}
    ends = [(*at[left], at[right][1]) for left, right in links]
    return sum(a[0] == b[0] and (a[1] - b[1]) * (a[2] - b[2]) < 0 for a, b in combinations(ends, 2))


def _uncrossed(places: list[list[int]], links: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Order each column by where its neighbours stand, to and fro, and keep the best order seen."""
    best, current = places, places
    for sweep in range(_SWEEPS):
        steps = list(pairwise(range(len(places)) if sweep % 2 == 0 else reversed(range(len(places)))))
        current = [list(column) for column in current]
        for fixed, moved in steps:
            at = {place: i for i, place in enumerate(current[fixed])}
            near = {
                place: [
                    at[b if a == place else a] for a, b in links if place in (a, b) and (a in at or b in at)
                ]
                for place in current[moved]
            }
            middle = {place: sum(its) / len(its) if its else i for i, (place, its) in enumerate(near.items())}
            current[moved].sort(key=middle.__getitem__)
        if _crossings(current, links) < _crossings(best, links):
            best = current
    return best


def _rows(places: Sequence[Sequence[int]], links: Sequence[tuple[int, int]]) -> dict[int, float]:
    """Return the heights: each near the mean of its neighbours, in order, at least 1 apart."""
    rows = {place: i - (len(column) - 1) / 2 for column in places for i, place in enumerate(column)}
    for sweep in range(8 * _SWEEPS):
        for column in places if sweep % 2 else reversed(places):
            wanted = []
            for place in column:
                near = [rows[b if a == place else a] for a, b in links if place in (a, b)]
                wanted.append(sum(near) / len(near) if near else rows[place])
            rows.update(zip(column, spread(wanted, 1.0), strict=True))
    lowest = min(rows.values(), default=0.0)
    return {place: row - lowest for place, row in rows.items()}
