"""Layered drawings of graphs without cycles: order in the layers, and where everything stands along them.

Three steps of Sugiyama, Tagawa & Toda 1981, each in its simplest deterministic form: places held for edges
that pass through a layer, layers reordered until fewer edges cross, and positions that pull neighbours
together. The first step, which layer a node stands in, is the caller's: it depends on what is drawn. So is
the direction: layers may be rows or columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, TypeVar

from foundations.errors import ValueRangeError
from foundations.plotting.spacing import keep_apart

N = TypeVar("N")
_SWEEPS = 24
_STRAIGHT = 4.0  # how much more a held place is pulled by its neighbours than a node: edges run straight


@dataclass(frozen=True)
class Layered(Generic[N]):
    """Where everything stands along its layer.

    Attributes:
        positions: Node to the middle of its place.
        bends: Edge (from, to) that passes through layers to the middle of its place in each, in order.
        start: The least coordinate that a place reaches, and
        end: the greatest.
    """

    positions: Mapping[N, float]
    bends: Mapping[tuple[N, N], tuple[float, ...]]
    start: float
    end: float


class _Held:
    """A place that an edge holds in a layer it passes through."""


def layered(
    layers: Mapping[N, int],
    edges: Sequence[tuple[N, N]],
    *,
    size: float = 1.0,
    held: float = 1.0,
    gap: float = 0.0,
    to_middle: float = 0.0,
) -> Layered[N]:
    """Place the nodes of a graph along their layers, so that edges are short and cross little.

    Args:
        layers: Node to its layer, from 0, in the order in which nodes stand where nothing else decides.
        edges: Pairs (from, to), each from a layer to a later one.
        size: Extent of a node along its layer.
        held: Extent of the place that an edge holds in a layer it passes through.
        gap: Least space between two places.
        to_middle: How strongly everything is pulled to 0, where a neighbour pulls with 1.

    Returns:
        The positions; the same graph gives the same.

    Raises:
        ValueRangeError: If an edge does not run to a later layer.

    Example:
        >>> layered({"a": 0, "b": 0, "c": 1}, [("a", "c"), ("b", "c")]).positions
        {'a': -0.5, 'b': 0.5, 'c': 0.0}

    Source: Sugiyama, Tagawa & Toda 1981, IEEE Transactions on Systems, Man, and Cybernetics 11(2), 109-125.
    """
    places: list[list[N | _Held]] = [[] for _ in range(max(layers.values(), default=-1) + 1)]
    for node, layer in layers.items():
        places[layer].append(node)
    links: list[tuple[N | _Held, N | _Held]] = []
    passed: dict[tuple[N, N], list[_Held]] = {}
    for source, target in edges:
        if layers[source] >= layers[target]:
            raise ValueRangeError(
                f"an edge runs to a later layer, got {source!r} in {layers[source]} to {target!r} in "
                f"{layers[target]}: number the layers along the edges"
            )
        steps = [_Held() for _ in range(layers[source] + 1, layers[target])]
        for layer, place in enumerate(steps, layers[source] + 1):
            places[layer].append(place)
        if steps:
            passed[source, target] = steps
        links += pairwise([source, *steps, target])
    near = _Neighbours(links)
    ordered = _uncrossed(places, near)
    extent = {place: held if isinstance(place, _Held) else size for layer in ordered for place in layer}
    middle = _positions(ordered, near, extent, gap, to_middle)
    return Layered(
        {node: middle[node] for node in layers},
        {edge: tuple(middle[place] for place in steps) for edge, steps in passed.items()},
        min((middle[place] - extent[place] / 2 for place in middle), default=0.0),
        max((middle[place] + extent[place] / 2 for place in middle), default=0.0),
    )


class _Neighbours(Generic[N]):
    """What each place is linked to in the layer before it and in the layer after it."""

    def __init__(self, links: Sequence[tuple[N, N]]) -> None:
        self.before: dict[N, list[N]] = {}
        self.after: dict[N, list[N]] = {}
        for one, other in links:
            self.before.setdefault(other, []).append(one)
            self.after.setdefault(one, []).append(other)

    def of(self, place: N) -> list[N]:
        """Return both sides."""
        return [*self.before.get(place, ()), *self.after.get(place, ())]


def crossings(places: Sequence[Sequence[N]], links: Sequence[tuple[N, N]]) -> int:
    """Count the pairs of links that cross.

    Args:
        places: Layers, each in order.
        links: Pairs of places in neighbouring layers.
    """
    return _crossings(places, _Neighbours(links))


def _crossings(places: Sequence[Sequence[N]], near: _Neighbours[N]) -> int:
    count = 0
    for layer, following in pairwise(places):
        at = {place: index for index, place in enumerate(following)}
        ends = [sorted(at[end] for end in near.after.get(place, ())) for place in layer]
        flat = [end for one in ends for end in one]  # in the order of the layer: inversions are crossings
        count += sum(one > other for i, one in enumerate(flat) for other in flat[i + 1 :])
    return count


def _uncrossed(places: list[list[N]], near: _Neighbours[N]) -> list[list[N]]:
    """Order each layer by where its neighbours stand, on and back, and keep the best order seen."""
    best, fewest = [list(layer) for layer in places], _crossings(places, near)
    current = [list(layer) for layer in places]
    for sweep in range(_SWEEPS):
        onwards = sweep % 2 == 0
        side = near.before if onwards else near.after
        for index in range(len(current)) if onwards else reversed(range(len(current))):
            fixed = index - 1 if onwards else index + 1
            if 0 <= fixed < len(current):
                at = {place: position for position, place in enumerate(current[fixed])}
                current[index] = _by_middle(current[index], side, at)
        _swap_neighbours(current, near)
        if (count := _crossings(current, near)) < fewest:
            best, fewest = [list(layer) for layer in current], count
    return best


def _by_middle(layer: list[N], side: Mapping[N, list[N]], at: Mapping[N, int]) -> list[N]:
    def middle(index: int) -> float:
        ends = [at[end] for end in side.get(layer[index], ())]
        return sum(ends) / len(ends) if ends else index * len(at) / len(layer)

    return [layer[index] for index in sorted(range(len(layer)), key=lambda index: (middle(index), index))]


def _swap_neighbours(places: list[list[N]], near: _Neighbours[N]) -> None:
    """Swap two neighbours of a layer wherever that leaves fewer crossings, until nothing is gained."""
    at = {place: index for layer in places for index, place in enumerate(layer)}
    gained = True
    while gained:
        gained = False
        for layer in places:
            for index in range(len(layer) - 1):
                one, other = layer[index], layer[index + 1]
                change = (
                    0  # of the crossings between the links of these two, the only ones that a swap changes
                )
                for side in (near.before, near.after):
                    for a in side.get(one, ()):
                        for b in side.get(other, ()):
                            change += (at[a] < at[b]) - (at[a] > at[b])
                if change < 0:
                    layer[index], layer[index + 1] = other, one
                    at[one], at[other] = index + 1, index
                    gained = True


def _positions(
    places: Sequence[Sequence[N]],
    near: _Neighbours[N],
    extent: Mapping[N, float],
    gap: float,
    to_middle: float,
) -> dict[N, float]:
    """Return the middle of everything: near its neighbours, in order, never overlapping."""
    middle: dict[N, float] = {}
    for layer in places:
        at = -sum(extent[place] + gap for place in layer) / 2
        for place in layer:
            middle[place] = at + (extent[place] + gap) / 2
            at += extent[place] + gap
    for sweep in range(4 * _SWEEPS):
        for layer in places if sweep % 2 == 0 else reversed(places):
            wanted, weights = [], []
            for place in layer:
                pull = _STRAIGHT if isinstance(place, _Held) else 1.0
                neighbours = near.of(place)
                weight = pull * len(neighbours) + to_middle
                total = pull * sum(middle[one] for one in neighbours)
                wanted.append(total / weight if weight else middle[place])
                weights.append(weight or 1.0)
            distances = [(extent[one] + extent[other]) / 2 + gap for one, other in pairwise(layer)]
            middle.update(zip(layer, keep_apart(wanted, distances, weights), strict=True))
    return middle
