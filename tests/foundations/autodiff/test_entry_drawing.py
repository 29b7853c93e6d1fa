import numpy as np
import pytest
from matplotlib.patches import FancyBboxPatch, PathPatch
from matplotlib.text import Text

from foundations.autodiff import Tensor, gradients, ops
from foundations.autodiff.drawing import draw_graph
from foundations.errors import GraphError
from foundations.plotting import to_svg


def leaf(value):
    return Tensor(np.array(value, dtype=np.float64), requires_grad=True)


def words(figure):
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def example():
    a, b, c = leaf(2.0), leaf(3.0), leaf(-1.0)
    p = a * b
    s = p + c
    return s * s, {"a": a, "b": b, "c": c, "p": p, "s": s}


def test_everything_is_written():
    y, names = example()
    figure = draw_graph(y, names)
    shown = words(figure)
    for text in ("a", "p = a × b", "s = p + c", "s × s", "−1", "25", "grad 30", "grad 20", "grad 10"):
        assert text in shown, text
    assert sorted(text for text in shown if text.startswith("×")) == ["×1", "×1", "×2", "×3", "×5", "×5"]
    assert len(figure.findobj(FancyBboxPatch)) == 6
    assert len(figure.findobj(lambda artist: type(artist) is PathPatch)) == 6


def boxes_of(figure):
    return [box.get_window_extent() for box in figure.findobj(FancyBboxPatch)]


@pytest.mark.parametrize("length", [1, 3, 9])
def test_boxes_do_not_overlap_and_stay_on_the_page(length):
    x = leaf(0.5)
    y = x
    for _ in range(length):
        y = ops.tanh(y * x) + x
    figure = draw_graph(y, {"x": x})
    figure.draw_without_rendering()
    boxes = boxes_of(figure)
    assert len(boxes) == 3 * length + 1
    for i, box in enumerate(boxes):
        assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1
        assert figure.bbox.y0 <= box.y0 < box.y1 <= figure.bbox.y1
        assert not any(box.overlaps(other) for other in boxes[:i])


def test_words_fit_their_boxes():
    y, names = example()
    figure = draw_graph(y, names)
    figure.draw_without_rendering()
    boxes = boxes_of(figure)
    for text in figure.findobj(Text):
        if text.get_text() and not text.get_text().startswith("×"):
            extent = text.get_window_extent()
            assert any(box.x0 < extent.x0 and extent.x1 < box.x1 for box in boxes), text.get_text()


def test_what_is_unknown_is_said():
    x = leaf(2.0)
    shown = words(draw_graph((x - 3.0) + x, {"x": x}))
    assert "not kept" in shown
    assert "x − ·" in shown
    assert "· + x" in shown


@pytest.mark.parametrize(
    ("function", "title"),
    [
        (lambda x: -x, "−x"),
        (lambda x: x * 2.0, "x × 2"),
        (lambda x: x / 4.0, "x ÷ 4"),
        (lambda x: x**3, "power(x, 3)"),
        (ops.tanh, "tanh(x)"),
    ],
)
def test_titles(function, title):
    x = leaf(2.0)
    assert title in words(draw_graph(function(x), {"x": x}))


def test_without_names_the_operation_stands_alone():
    x = leaf(2.0)
    shown = words(draw_graph((x * x) + (x * x)))
    assert {"leaf", "×", "+"} <= set(shown)


def test_arrays_are_told_by_elements_or_by_shape(rng):
    x, W = leaf([1.0, -2.0]), leaf(rng.standard_normal((2, 3)))
    shown = words(draw_graph((x @ W).sum(), {"x": x, "W": W}))
    assert "(1, −2)" in shown
    assert any(text.startswith("2×3, ‖·‖ ") for text in shown)


def test_the_same_graph_gives_the_same_bytes():
    pictures = {to_svg(draw_graph(*example())) for _ in range(2)}
    assert len(pictures) == 1
    assert "--figure-orange" in pictures.pop()


def test_the_gradients_graph_is_drawn_too():
    x = leaf(2.0)
    (d,) = gradients(x * x * x, [x], create_graph=True)
    shown = words(draw_graph(d, {"x": x}))
    assert "grad 12" in shown
    assert "not kept" not in shown


def test_a_leaf_alone_is_refused():
    with pytest.raises(GraphError):
        draw_graph(leaf(1.0))
