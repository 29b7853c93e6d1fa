from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundations.errors import ValueRangeError
from foundations.plotting.layered import crossings, layered


@st.composite
def graphs(draw):
    """Layers and edges, a few nodes a layer, edges over up to three layers."""
    layers = {f"n{i}": draw(st.integers(0, 4)) for i in range(draw(st.integers(0, 12)))}
    pairs = [(a, b) for a in layers for b in layers if 0 < layers[b] - layers[a] <= 3]
    return layers, draw(st.lists(st.sampled_from(pairs), unique=True, max_size=14)) if pairs else []


@given(graphs(), st.sampled_from([(1.0, 1.0, 0.0, 0.0), (7.0, 2.0, 3.0, 1.5)]))
def test_nothing_overlaps_and_all_lies_between_start_and_end(graph, sizes):
    layers, edges = graph
    size, held, gap, to_middle = sizes
    drawn = layered(layers, edges, size=size, held=held, gap=gap, to_middle=to_middle)
    assert drawn.positions.keys() == layers.keys()
    places = [(layers[node], x, size) for node, x in drawn.positions.items()]
    for (source, target), bends in drawn.bends.items():
        assert len(bends) == layers[target] - layers[source] - 1 > 0
        places += [(layers[source] + 1 + i, x, held) for i, x in enumerate(bends)]
    for (layer, x, extent), (other_layer, other_x, other_extent) in combinations(places, 2):
        if layer == other_layer:
            assert abs(x - other_x) >= (extent + other_extent) / 2 + gap - 1e-9
    for _, x, extent in places:
        assert drawn.start - 1e-9 <= x - extent / 2
        assert x + extent / 2 <= drawn.end + 1e-9


@given(graphs())
def test_the_order_crosses_no_more_than_the_one_given(graph):
    layers, edges = graph
    short = [(a, b) for a, b in edges if layers[b] - layers[a] == 1]
    given_order = [[node for node in layers if layers[node] == layer] for layer in range(5)]
    drawn = layered(layers, short).positions
    order = [sorted(layer, key=drawn.__getitem__) for layer in given_order]
    assert crossings(order, short) <= crossings(given_order, short)


def test_crossings_are_counted_pair_by_pair():
    assert crossings([["a", "b"], ["c", "d"]], [("a", "d"), ("b", "c")]) == 1
    assert crossings([["a", "b"], ["c", "d"]], [("a", "c"), ("b", "d")]) == 0
    every = [(a, b) for a in "abc" for b in "def"]
    assert crossings(["abc", "def"], every) == 9  # 3 pairs above times 3 pairs below
    assert crossings(["ab", "cd", "ef"], [("a", "d"), ("b", "c"), ("c", "f"), ("d", "e")]) == 2


def test_a_swap_takes_away_what_sorting_by_the_middle_leaves():
    layers = {"a": 0, "b": 0, "c": 1, "d": 1}
    drawn = layered(layers, [("a", "d"), ("b", "c")]).positions
    assert (drawn["a"] < drawn["b"]) == (drawn["d"] < drawn["c"])


def test_an_edge_that_passes_layers_runs_straight():
    layers = {"a": 0, "b": 1, "c": 2, "d": 3}
    drawn = layered(layers, [("a", "b"), ("b", "c"), ("c", "d"), ("a", "d")])
    (first, second) = drawn.bends["a", "d"]
    assert first == pytest.approx(second, abs=1e-3)
    assert all(abs(first - drawn.positions[node]) >= 1 for node in "bc")


def test_the_pull_to_the_middle_brings_loose_ends_in():
    layers = dict.fromkeys("abcde", 0) | {"z": 1}
    edges = [("a", "z")]
    loose = layered(layers, edges, size=2).positions
    pulled = layered(layers, edges, size=2, to_middle=1.5).positions
    assert abs(pulled["z"]) < abs(loose["z"])


@pytest.mark.parametrize("edge", [("b", "a"), ("a", "a")])
def test_an_edge_against_the_layers_is_refused(edge):
    with pytest.raises(ValueRangeError, match="an edge runs to a later layer"):
        layered({"a": 0, "b": 1}, [edge])


def test_the_same_graph_gives_the_same_drawing():
    layers = {f"n{i}": i // 3 for i in range(9)}
    edges = [(a, b) for a, b in combinations(layers, 2) if layers[a] < layers[b]]
    assert layered(layers, edges) == layered(dict(layers), list(edges))


def test_nothing_takes_no_room():
    drawn = layered({}, [])
    assert (drawn.positions, drawn.bends, drawn.start, drawn.end) == ({}, {}, 0.0, 0.0)
