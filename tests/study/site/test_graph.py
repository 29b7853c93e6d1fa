"""The layout of the map: laws that hold for every graph without cycles."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from study.site import graph


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, list[str]]:
    size = draw(st.integers(0, 14))
    requires: dict[str, list[str]] = {}
    for number in range(size):
        above = list(requires)
        requires[f"n{number}"] = (
            draw(st.lists(st.sampled_from(above), unique=True, max_size=4)) if above else []
        )
    return requires


def ancestors(requires: dict, node: str) -> set[str]:
    return set().union(*({need} | ancestors(requires, need) for need in requires[node]))


@given(graphs())
def test_reduction_keeps_who_comes_before_whom(requires: dict[str, list[str]]) -> None:
    small = graph.reduced(requires)
    for node in requires:
        assert ancestors(small, node) == ancestors(requires, node)
        for need in small[node]:  # and nothing can be left out any more
            assert not any(need in ancestors(small, other) for other in small[node] if other != need)


@settings(deadline=None, max_examples=60)
@given(graphs(), st.integers(1, 6))
def test_layout(requires: dict[str, list[str]], most: int) -> None:
    drawn = graph.layout(requires, size=(100, 40), gap=(10, 30), most=most)
    assert set(drawn.boxes) == set(requires)
    rows: dict[int, list[graph.Box]] = {}
    for box in drawn.boxes.values():
        rows.setdefault(box.row, []).append(box)
        assert -1e-6 <= box.x <= drawn.width - box.width + 1e-6
        assert 0 <= box.y <= drawn.height - box.height
    assert sorted(rows) == list(range(len(rows)))
    for boxes in rows.values():
        assert len(boxes) <= most
        for one, other in combinations(boxes, 2):  # no overlap, and room between
            assert abs(one.x - other.x) >= 110 - 1e-6
    small = graph.reduced(requires)
    assert {(edge.source, edge.target) for edge in drawn.edges} == {
        (need, node) for node, needs in small.items() for need in needs
    }
    for edge in drawn.edges:
        heights = [y for _, y in edge.points]
        assert heights == sorted(heights)
        assert heights[0] < heights[-1]


@settings(deadline=None, max_examples=60)
@given(graphs())
def test_no_edge_touches_a_node_that_is_not_its_own(requires: dict[str, list[str]]) -> None:
    drawn = graph.layout(requires)
    for edge in drawn.edges:
        for node, box in drawn.boxes.items():
            if node in (edge.source, edge.target):
                continue
            # Within the rows an edge runs straight down, so it is enough to look at its corners.
            for x, y in edge.points:
                inside = box.x - 1e-6 <= x <= box.x + box.width + 1e-6 and box.y <= y <= box.y + box.height
                assert not inside, f"{edge.source} → {edge.target} runs through {node}"


@settings(deadline=None, max_examples=20)
@given(graphs())
def test_the_same_graph_gives_the_same_drawing(requires: dict[str, list[str]]) -> None:
    assert graph.layout(requires) == graph.layout(dict(requires))


def test_reordering_takes_crossings_away() -> None:
    crossed = {"a": [], "b": [], "c": ["b"], "d": ["a"]}
    drawn = graph.layout(crossed)
    order = sorted(("c", "d"), key=lambda node: drawn.boxes[node].x)
    above = sorted(("a", "b"), key=lambda node: drawn.boxes[node].x)
    assert [{"a": "d", "b": "c"}[node] for node in above] == order


def test_one_entry_alone() -> None:
    drawn = graph.layout({"attention": []})
    assert drawn.edges == ()
    assert (drawn.width, drawn.height) == (116, 44)


def test_an_empty_base() -> None:
    assert graph.layout({}) == graph.Layout({}, (), 0.0, 0.0)
