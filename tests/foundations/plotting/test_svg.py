"""The file: the same every time, small, whole, and at home on both papers."""

import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import matplotlib as mpl
import numpy as np
import pytest

from foundations.plotting import (
    COLOURS,
    INKS,
    FigureError,
    figure,
    heatmap,
    image_grid,
    recolour,
    save,
    shades,
    to_svg,
)
from foundations.plotting.inks import MAPS
from foundations.plotting.svg import LARGEST


def drawing():
    fig, (left, right) = figure("wide", cols=2)
    for colour in (*COLOURS, *shades(3)):
        left.plot([0, 1], np.random.default_rng(0).normal(size=2), color=colour)
    left.text(0.5, 0, "attention", color="black")
    left.set_xlabel("step $d_k$")
    heatmap(right, np.eye(3), kind="diverging", values=".1f", scale="weight")
    return fig


@pytest.fixture(scope="module")
def svg():
    return to_svg(drawing())


def test_the_same_figure_gives_the_same_bytes(svg):
    assert to_svg(drawing()) == svg
    fig = drawing()
    assert to_svg(fig) == to_svg(fig) == svg


def test_the_file_is_xml_and_asks_for_nothing_outside_itself(svg):
    root = ET.fromstring(svg)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    references = re.findall(r'href="([^"]{,12})|url\(([^)]*)\)', svg)
    assert references
    assert all((href or url).startswith(("#", "data:image")) for href, url in references)


def test_the_file_says_nothing_of_when_and_by_what_it_was_made(svg):
    assert not re.search(r"20\d\d-\d\d|matplotlib v|metadata", svg, re.IGNORECASE)


def test_words_can_be_found_and_are_drawn_with_our_font(svg):
    assert "<!-- attention -->" in svg
    assert "SourceSansPro" in svg
    assert "DejaVu" not in svg
    assert not re.search(r"<!-- [\d.−]+ -->", svg)


def test_every_colour_follows_the_scheme(svg):
    plain = re.sub(r"var\(--[^)]*\)|<style.*?</style>|<filter.*?</filter>", "", svg, flags=re.DOTALL)
    assert not re.search(r"#[0-9a-f]{6}", plain)
    for name, ink in INKS.items():
        used = f"var(--figure-{name}, {ink.light})" in svg
        assert used == (f"--figure-{name}:{ink.dark};" in svg)


def test_black_is_ink_and_white_is_paper():
    fig, ax = figure()
    ax.plot([0, 1], [0, 1], color="black")
    ax.axvspan(0, 1, color="white")
    text = to_svg(fig)
    assert "#000000" not in text
    assert "#ffffff" not in text


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_recolouring_leaves_plain_colours_of_one_scheme(svg, scheme):
    fixed = recolour(svg, scheme)
    ET.fromstring(fixed)
    assert "var(" not in fixed
    assert "@media" not in fixed
    assert f"filter:url(#diverging-{scheme})" in fixed
    other = "dark" if scheme == "light" else "light"
    assert f"filter:url(#diverging-{other})" not in fixed
    for ink in INKS.values():
        if ink.light in svg:
            assert getattr(ink, scheme) in fixed
    assert recolour(fixed, scheme) == fixed


def test_recolouring_leaves_other_drawings_alone():
    other = (
        '<svg xmlns="http://www.w3.org/2000/svg"><style>a{color:var(--x)}</style><path fill="#22252c"/></svg>'
    )
    assert recolour(other, "dark") == other


def test_recolouring_knows_two_schemes(svg):
    with pytest.raises(FigureError, match="no colour scheme is called 'sepia'"):
        recolour(svg, "sepia")  # type: ignore[arg-type]


def test_filters_are_there_for_the_maps_that_are_used():
    fig, ax = figure()
    image_grid(ax, np.zeros((2, 3, 3)))
    text = to_svg(fig)
    assert re.findall(r'<filter id="([^"]+)"', text) == ["ink-light", "ink-dark"]
    table = re.search(r'<feFuncG type="table" tableValues="([^"]+)"', text)
    assert table
    expected = [bytes.fromhex(stop[1:])[1] / 255 for stop in MAPS["ink"][0]]
    np.testing.assert_allclose([float(x) for x in table[1].split()], expected, atol=1e-3)
    assert "<filter" not in to_svg(figure()[0])


def test_images_of_one_figure_have_names_of_their_own():
    fig, axes = figure(rows=2, cols=2)
    for ax in axes.flat:
        heatmap(ax, np.eye(2), scale="weight")
    names = re.findall(r' id="([^"]+)"', to_svg(fig))
    assert len(names) == len(set(names))


def test_a_map_is_kept_as_one_pixel_a_cell():
    fig, ax = figure()
    heatmap(ax, np.random.default_rng(0).uniform(size=(64, 512)), square=False)
    text = to_svg(fig)
    assert re.search(r'<image [^>]* width="512" height="64"', text)
    assert len(text) < 70_000


def test_many_points_stay_vectors_while_they_fit(tmp_path):
    fig, ax = figure()
    ax.scatter(*np.random.default_rng(0).normal(size=(2, 2000)), s=9)
    path = save(fig, tmp_path / "points.svg")
    assert path.stat().st_size < LARGEST
    assert path.read_text().count("<use") > 2000
    assert "<image" not in path.read_text()


def test_what_is_too_dense_becomes_pixels_and_nothing_else_does(tmp_path):
    fig, ax = figure()
    points = ax.scatter(*np.random.default_rng(0).normal(size=(2, 20_000)), s=4, alpha=0.4)
    line = ax.plot([0, 1], [0, 1], color=COLOURS[1])[0]
    path = save(fig, tmp_path / "points.svg")
    text = path.read_text()
    assert path.stat().st_size < LARGEST
    assert text.count("<image") == text.count('id="pixels-') == 1
    assert 'image[id^="pixels-"]{filter:invert(1) hue-rotate(180deg)}' in text
    assert 'pixels-"]' not in re.sub("<style.*?</style>", "", recolour(text, "light"), flags=re.DOTALL)
    assert COLOURS[1] in text
    assert not points.get_rasterized()
    assert not line.get_rasterized()


def test_save_writes_the_text_and_returns_the_path(tmp_path, svg):
    path = save(drawing(), tmp_path / "new" / "a.svg")
    assert path == tmp_path / "new" / "a.svg"
    assert path.read_text() == svg
    assert [p.name for p in path.parent.iterdir()] == ["a.svg"]


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(FigureError, match=r"saved as \.svg, got 'a\.png'"):
        save(figure()[0], tmp_path / "a.png")


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "figures").touch()
    with pytest.raises(FigureError) as caught:
        save(figure()[0], tmp_path / "figures" / "a.svg")
    assert str(caught.value).startswith(f"cannot write {tmp_path / 'figures' / 'a.svg'}: ")
    assert "\n" not in str(caught.value)


def test_the_settings_of_the_user_stay_as_they_are(tmp_path):
    before = mpl.rcParams.copy()
    save(drawing(), tmp_path / "a.svg")
    assert mpl.rcParams.copy() == before
    with mpl.rc_context({"lines.linewidth": 9, "font.family": "DejaVu Serif", "text.color": "red"}):
        assert to_svg(drawing()) == (tmp_path / "a.svg").read_text()


def test_importing_changes_nothing_and_starts_no_window():
    code = (
        "import matplotlib, sys; before = matplotlib.rcParams.copy(); import foundations.plotting; "
        "assert matplotlib.rcParams.copy() == before; assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(("rows", "cols", "shape"), [(1, 1, ()), (1, 3, (3,)), (2, 1, (2,)), (2, 3, (2, 3))])
def test_axes_come_as_from_subplots(rows, cols, shape):
    fig, axes = figure("wide", rows=rows, cols=cols)
    assert np.shape(axes) == shape
    assert fig.get_figwidth() == 7.8
    assert len(fig.axes) == rows * cols


@pytest.mark.parametrize("wrong", [{"width": "huge"}, {"rows": 0}, {"cols": -1}])
def test_a_figure_without_width_or_panels_is_refused(wrong):
    with pytest.raises(FigureError, match="expected a width of column or wide and a panel or more"):
        figure(**wrong)
