"""Bands are intervals, and labels keep out of each other's way."""

import itertools

import numpy as np
import pytest

from foundations.experiment import mean_interval
from foundations.plotting import COLOURS, FigureError, figure, label_lines, line_with_band, shades


def test_the_line_is_the_mean_and_the_band_the_interval():
    _, ax = figure()
    values = np.random.default_rng(0).normal(size=(5, 3))
    line = line_with_band(ax, [1, 2, 3], values, label="loss")
    expected = np.array([mean_interval(column) for column in values.T])
    np.testing.assert_allclose(line.get_ydata(), expected[:, 0])
    corners = ax.collections[0].get_paths()[0].vertices
    for x, (_, low, high) in zip([1, 2, 3], expected, strict=True):
        assert corners[corners[:, 0] == x, 1].min() == pytest.approx(low)
        assert corners[corners[:, 0] == x, 1].max() == pytest.approx(high)
    assert line.get_label() == "loss"


def test_colours_are_taken_in_order_and_the_band_has_that_of_its_line():
    _, ax = figure()
    for i in range(2):
        line = line_with_band(ax, [0, 1], np.random.default_rng(i).normal(size=(3, 2)))
        assert line.get_color() == COLOURS[i]
    chosen = line_with_band(ax, [0, 1], np.eye(2), color=shades(1)[0], dashed=True)
    assert chosen.get_color() == shades(1)[0]
    assert chosen.get_linestyle() == "--"


def test_one_seed_has_no_band_and_a_diverged_point_leaves_a_gap():
    _, ax = figure()
    line_with_band(ax, [0, 1], [[1.0, 2.0]])
    assert not ax.collections
    values = np.ones((3, 5))
    values[1, 2] = np.nan
    line_with_band(ax, range(5), values)
    assert len(ax.collections[0].get_paths()) == 2


@pytest.mark.parametrize("shape", [(3,), (2, 4), (0, 3)])
def test_shapes_must_fit(shape):
    _, ax = figure()
    with pytest.raises(FigureError, match=r"expected values of shape \(seeds, 3\)"):
        line_with_band(ax, [0, 1, 2], np.zeros(shape))


@pytest.mark.parametrize("scale", ["linear", "log"])
@pytest.mark.parametrize("ends", [[1, 1, 1, 1], [0.1, 0.11, 5, 5.01], [3, 2, 1, 4]])
def test_labels_do_not_overlap_and_follow_the_order_of_the_lines(ends, scale):
    fig, ax = figure()
    for i, end in enumerate(ends):
        ax.plot([0, 1, 2], [0.5, 1 + i, end], label=f"line {i}")
    ax.set_yscale(scale)
    labels = label_lines(ax)
    fig.draw_without_rendering()
    boxes = [label.get_window_extent() for label in labels]
    for below, above in itertools.pairwise(boxes):
        assert below.y0 < above.y0
        assert above.y0 >= below.y0 + 8 * fig.dpi / 72
    heights = [ends[int(label.get_text()[-1])] for label in labels]
    assert heights == sorted(heights)
    assert min(box.x0 for box in boxes) > ax.bbox.x1


def test_labels_have_the_colour_of_their_line_and_lines_without_label_have_none():
    _, ax = figure()
    ax.plot([0, 1], [0, 1], label="a")
    ax.plot([0, 1], [1, 0])
    ax.plot([], [], label="empty")
    (label,) = label_lines(ax)
    assert label.get_text() == "a"
    assert label.get_color() == COLOURS[0]
    assert label_lines(figure()[1]) == []


def test_a_line_that_ends_early_has_its_label_there():
    fig, ax = figure()
    ax.plot([0, 10], [0, 1], label="long")
    ax.plot([0, 4], [0, 0.9], label="short")
    labels = {label.get_text(): label for label in label_lines(ax)}
    fig.draw_without_rendering()
    assert labels["short"].get_window_extent().x1 < ax.bbox.x1 < labels["long"].get_window_extent().x0
