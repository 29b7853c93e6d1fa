from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundations.autodiff.layout import lay_out
from foundations.errors import ValueRangeError


@st.composite
def graphs(draw):
    n = draw(st.integers(1, 12))
    return [tuple(draw(st.lists(st.integers(0, i - 1), max_size=3))) if i else () for i in range(n)]


def drawn(parents):
    """Return the layout, and for every edge the (column, row) points it runs through, ends included."""
    layout = lay_out(parents)
    at = list(zip(layout.columns, layout.rows, strict=True))
    paths = {
        (p, child): [at[p], *layout.bends.get((p, child), ()), at[child]]
        for child, above in enumerate(parents)
        for p in above
    }
    return layout, at, paths


@settings(deadline=None)
@given(graphs())
def test_edges_run_to_the_right_a_column_at_a_time(parents):
    _, _, paths = drawn(parents)
    for path in paths.values():
        assert all(b[0] - a[0] == 1 for a, b in pairwise(path))


@settings(deadline=None)
@given(graphs())
def test_nothing_lies_on_anything_else(parents):
    layout, at, _ = drawn(parents)
    places = at + [point for points in layout.bends.values() for point in points]
    for i, a in enumerate(places):
        for b in places[:i]:
            assert a[0] != b[0] or abs(a[1] - b[1]) > 1 - 1e-9
    assert min(row for _, row in places) == pytest.approx(0)


@settings(deadline=None)
@given(graphs())
def test_a_value_stands_after_the_longest_way_to_it_and_a_leaf_before_its_first_use(parents):
    layout, _, _ = drawn(parents)
    for vertex, above in enumerate(parents):
        uses = [layout.columns[child] for child, its in enumerate(parents) if vertex in its]
        if above:
            assert layout.columns[vertex] > max(layout.columns[p] for p in above)
        elif uses:
            assert layout.columns[vertex] == min(uses) - 1


def test_a_chain_is_straight():
    assert set(lay_out([(), (0,), (1,), (2,), (3,)]).rows) == {0.0}


def test_what_can_be_drawn_without_crossings_is():
    # the order in which the leaves were made crosses; another does not
    *_, paths = drawn([(), (), (), (), (0, 2), (1, 3), (4, 5)])
    edges = [tuple(path) for path in paths.values()]
    for a in edges:
        for b in edges:
            if a[0][0] == b[0][0]:
                assert (a[0][1] - b[0][1]) * (a[1][1] - b[1][1]) >= 0


def test_a_passing_edge_is_led_around():
    layout, _, _ = drawn([(), (0,), (1,), (0, 2)])
    assert len(layout.bends[0, 3]) == 2
    assert all(abs(row - layout.rows[column]) >= 1 for column, row in layout.bends[0, 3])


def test_the_same_edge_twice_is_one_path():
    assert lay_out([(), (0, 0)]) == lay_out([(), (0,)])


def test_nothing_to_lay_out():
    assert lay_out([]).rows == ()


@pytest.mark.parametrize("parents", [[(0,)], [(), (2,), ()], [(), (-1,)]])
def test_a_value_made_from_a_later_one_is_refused(parents):
    with pytest.raises(ValueRangeError, match="made from earlier ones"):
        lay_out(parents)
