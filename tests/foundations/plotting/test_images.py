"""Heat maps and grids of images hold what they were given."""

import numpy as np
import pytest

from foundations.plotting import INK, FigureError, figure, heatmap, image_grid


@pytest.fixture
def ax():
    return figure()[1]


def test_a_heat_map_is_the_matrix_with_its_first_row_on_top(ax):
    matrix = np.arange(6.0).reshape(2, 3)
    image = heatmap(ax, matrix, x_labels=["a", "b", "c"], y_labels=["x", "y"], values=".1f")
    np.testing.assert_array_equal(image.get_array(), matrix)
    assert ax.get_ylim()[0] > ax.get_ylim()[1]
    assert [text.get_text() for text in ax.texts] == ["0.0", "1.0", "2.0", "3.0", "4.0", "5.0"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["a", "b", "c"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["x", "y"]
    assert image.get_clim() == (0, 5)


def test_long_labels_lean_and_short_ones_do_not(ax):
    heatmap(ax, np.eye(2), x_labels=["a", "because"])
    assert {label.get_rotation() for label in ax.get_xticklabels()} == {60}
    _, other = figure()
    heatmap(other, np.eye(2), x_labels=["a", "b"])
    assert {label.get_rotation() for label in other.get_xticklabels()} == {0}


def test_a_diverging_map_puts_zero_in_the_middle(ax):
    assert heatmap(ax, np.array([[-1.0, 3.0]]), kind="diverging").get_clim() == (-3, 3)
    assert heatmap(ax, np.array([[-1.0, 3.0]]), kind="diverging", low=-4).get_clim() == (-4, 4)
    assert heatmap(ax, np.array([[-1.0, 3.0]]), kind="diverging", low=-1, high=1).get_clim() == (-1, 1)


def test_numbers_have_a_true_minus_and_masked_cells_have_none(ax):
    heatmap(ax, np.array([[-1.5, np.nan]]), kind="diverging", values=".1f")
    assert [text.get_text() for text in ax.texts] == ["−1.5"]


def test_a_constant_matrix_is_paper(ax):
    image = heatmap(ax, np.full((2, 2), 7.0), values=".0f")
    assert image.get_clim() == (7, 8)
    assert {text.get_color() for text in ax.texts} == {INK}


def test_a_colour_bar_runs_from_low_to_high(ax):
    heatmap(ax, np.eye(3), low=-1, high=2, scale="weight")
    (bar,) = ax.child_axes
    assert bar.get_ylim() == (-1, 2)
    assert bar.get_ylabel() == "weight"
    ramp = bar.images[0].get_array()
    assert (ramp[0, 0], ramp[-1, 0]) == (2, -1)


@pytest.mark.parametrize("matrix", [np.zeros(3), np.zeros((0, 3)), np.full((2, 2), np.nan)])
def test_what_is_no_matrix_is_refused(ax, matrix):
    with pytest.raises(FigureError, match="a heat map needs a matrix with numbers"):
        heatmap(ax, matrix)


@pytest.mark.parametrize("axis", ["x_labels", "y_labels"])
def test_labels_must_fit(ax, axis):
    with pytest.raises(FigureError, match=f"{axis} needs 2 labels"):
        heatmap(ax, np.eye(2), **{axis: ["a"]})
    with pytest.raises(FigureError, match=f"{axis} needs 2 labels"):
        image_grid(ax, np.zeros((4, 3, 3)), columns=2, **{axis: ["a"]})


def test_a_grid_goes_row_by_row_with_paper_between(ax):
    images = np.linspace(0, 1, 5)[:, None, None] * np.ones((5, 3, 2))
    sheet = np.asarray(np.ma.filled(image_grid(ax, images, columns=2).get_array(), np.nan))
    assert sheet.shape == (3 * 3 + 2, 2 * 2 + 1)
    for i in range(5):
        y, x = 4 * (i // 2), 3 * (i % 2)
        np.testing.assert_array_equal(sheet[y : y + 3, x : x + 2], images[i])
    assert np.isnan(sheet[3]).all()
    assert np.isnan(sheet[:, 2]).all()
    assert np.isnan(sheet[8:, 3:]).all()


def test_colours_of_a_grid_are_kept_and_the_gaps_are_clear(ax):
    images = np.random.default_rng(0).uniform(size=(2, 3, 5, 3))
    sheet = np.asarray(image_grid(ax, images, columns=2).get_array())
    np.testing.assert_allclose(sheet[:, :5, :3], images[0])
    assert set(sheet[..., 3].ravel()) == {0, 1}
    assert not sheet[:, 5, 3].any()


def test_pixels_outside_of_the_scale_are_cut_off(ax):
    sheet = image_grid(ax, np.array([[[-1.0, 2.0]]])).get_array()
    assert np.ma.filled(sheet, np.nan).tolist() == [[0.0, 1.0]]


@pytest.mark.parametrize(("n", "columns"), [(1, 1), (4, 2), (5, 3), (12, 4)])
def test_a_grid_is_about_square(ax, n, columns):
    width = image_grid(ax, np.zeros((n, 3, 3))).get_array().shape[1]
    assert width == columns * 4 - 1


def test_labels_stand_beside_their_row_and_column(ax):
    image_grid(ax, np.zeros((6, 4, 4)), columns=3, x_labels=list("abc"), y_labels=list("xy"))
    places = {text.get_text(): text.xy for text in ax.texts}
    assert places == {
        "a": (1.5, -0.5),
        "b": (6.5, -0.5),
        "c": (11.5, -0.5),
        "x": (-0.5, 1.5),
        "y": (-0.5, 6.5),
    }


@pytest.mark.parametrize("shape", [(3, 3), (2, 3, 3, 4), (0, 3, 3), (1, 2, 3, 3, 3)])
def test_what_are_no_images_is_refused(ax, shape):
    with pytest.raises(FigureError, match="expected images"):
        image_grid(ax, np.zeros(shape))
