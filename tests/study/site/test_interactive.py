"""Figures to play with, in a real browser: what they show is true; pointer, finger and keys move them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from foundations import gradients_jacobians as gj
from foundations.plotting import INKS

pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect

PAGE = "foundations/formulas/"
STYLE = Path(__file__).parents[3] / "docs/assets/css/interactive.css"
SETTLED = {"reduced_motion": "reduce"}  # the point jumps where it would glide
AT = """([kind, points]) => {
    const all = figure.own[kind];
    const tell = ([name, { window, start, at }]) => [name, {
        window, start, values: points[name].map(([x, y]) => at(x, y).flat(2)) }];
    return Object.fromEntries(Object.entries(all).map(tell));
}"""


def open_figure(reader: Any, kind: str) -> Any:
    """Go to the page, come near the figure, and return it once it is live."""
    page = reader.go(PAGE)
    figure = page.locator(f'[data-interactive$="{kind}.js"]')
    figure.scroll_into_view_if_needed()
    expect(figure).to_have_class(re.compile("is-live"))
    return figure


def value(figure: Any, name: str) -> list[float]:
    """Return the numbers of a value that the figure shows."""
    text = figure.locator(f'[data-value="{name}"]').text_content().replace("−", "-")
    return [float(one) for one in re.findall(r"-?\d+\.\d+(?:e[+-]\d+)?", text)]


def point(figure: Any) -> list[float]:
    return [float(one.input_value()) for one in figure.locator("input[type=number]").all()]


def drawn(figure: Any, canvas: int) -> str:
    return figure.locator("canvas").nth(canvas).evaluate("one => one.toDataURL()")


def points_in(window: Any, count: int = 7) -> np.ndarray:
    low, high = np.transpose(window)
    return np.random.default_rng(5).uniform(low, high, (count, 2))


def test_the_scripts_know_the_same_functions_as_the_engine(visit) -> None:
    page = open_figure(visit(), "surface").page
    points = {name: points_in(one.window) for name, one in gj.SURFACES.items()}
    told = page.evaluate(AT, ["surfaces", {name: x.tolist() for name, x in points.items()}])
    assert list(told) == list(gj.SURFACES)
    for name, one in gj.SURFACES.items():
        assert told[name]["window"] == [list(side) for side in one.window]
        for x, got in zip(points[name], told[name]["values"], strict=True):
            model = gj.quadratic_model(one.f, x)
            assert model.hessian is not None
            exact = [model.value, *model.gradient, *model.hessian[np.triu_indices(2)]]
            np.testing.assert_allclose(got, exact, rtol=1e-10, atol=1e-10, err_msg=name)

    points = {name: points_in(one.window) for name, one in gj.MAPS.items()}
    told = page.evaluate(AT, ["maps", {name: x.tolist() for name, x in points.items()}])
    assert list(told) == list(gj.MAPS)
    for name, one in gj.MAPS.items():
        assert told[name]["window"] == [list(side) for side in one.window]
        for x, got in zip(points[name], told[name]["values"], strict=True):
            near = gj.linearise(one.f, x)
            exact = [*near.value, *near.jacobian.ravel()]
            np.testing.assert_allclose(got, exact, rtol=1e-10, atol=1e-10, err_msg=name)


def test_the_scripts_decompose_two_by_two_matrices_as_numpy_does(visit) -> None:
    rng = np.random.default_rng(6)
    matrices = [*rng.standard_normal((6, 2, 2)), np.eye(2), np.zeros((2, 2)), np.ones((2, 2))]
    told = open_figure(visit(), "surface").page.evaluate(
        """(all) => {
            const { eigen, singular } = figure.own;
            return all.map(([[a, b], [c, d]]) => [eigen(a, b, d), singular([[a, b], [c, d]])]);
        }""",
        [matrix.tolist() for matrix in matrices],
    )  # fmt: skip
    for matrix, (eigen, singular) in zip(matrices, told, strict=True):
        symmetric = np.triu(matrix) + np.triu(matrix, 1).T
        np.testing.assert_allclose(eigen[:2], np.linalg.eigvalsh(symmetric), atol=1e-12)
        axis = np.array([np.cos(eigen[2]), np.sin(eigen[2])])
        np.testing.assert_allclose(symmetric @ axis, eigen[1] * axis, atol=1e-12)
        sigma = np.linalg.svd(matrix, compute_uv=False)
        np.testing.assert_allclose(singular[:2], sigma, atol=1e-12)
        most = np.array([np.cos(singular[2]), np.sin(singular[2])])
        np.testing.assert_allclose(np.linalg.norm(matrix @ most), sigma[0], atol=1e-12)


def test_the_numbers_shown_for_a_surface_are_those_of_the_engine(visit) -> None:
    figure = open_figure(visit(), "surface")
    figure.get_by_label("Direction").fill("120")
    ahead = np.array([np.cos(2 * np.pi / 3), np.sin(2 * np.pi / 3)])
    for name, x in (("hills", [0.3, -0.4]), ("Himmelblau", [-2.5, 1.0]), ("monkey saddle", [0.5, -1.25])):
        figure.locator("select").first.select_option(name)
        for field, coordinate in zip("xy", x, strict=True):
            figure.get_by_label(field, exact=True).fill(str(coordinate))
            figure.get_by_label(field, exact=True).press("Enter")
        model = gj.quadratic_model(gj.SURFACES[name].f, x)
        assert model.hessian is not None
        eigenvalues = np.linalg.eigvalsh(model.hessian)
        for shown, exact in (
            ("value", [model.value]),
            ("gradient", model.gradient),
            ("length", [np.linalg.norm(model.gradient)]),
            ("slope", [gj.directional_derivative(gj.SURFACES[name].f, x, ahead)]),
            ("bend", [ahead @ model.hessian @ ahead]),
            ("hessian", model.hessian[np.triu_indices(2)]),
            ("eigenvalues", eigenvalues),
        ):
            np.testing.assert_allclose(value(figure, shown), exact, atol=5.01e-4, err_msg=f"{name}: {shown}")
        kind = {"minimum": "has a minimum", "maximum": "has a maximum", "saddle": "is a saddle"}
        expect(figure.locator('[data-value="kind"]')).to_have_text(kind[gj.classify(eigenvalues)])


def test_the_numbers_shown_for_a_map_are_those_of_the_engine(visit) -> None:
    figure = open_figure(visit(), "map")
    for name, x in (("swirl", [0.4, -0.9]), ("polar coordinates", [1.5, 2.0]), ("fold", [0.5, -0.5])):
        figure.locator("select").first.select_option(name)
        for field, coordinate in zip("xy", x, strict=True):
            figure.get_by_label(field, exact=True).fill(str(coordinate))
            figure.get_by_label(field, exact=True).press("Enter")
        near = gj.linearise(gj.MAPS[name].f, x)
        for shown, exact in (
            ("value", near.value),
            ("jacobian", near.jacobian.ravel()),
            ("determinant", [near.determinant]),
            ("singular", near.svd.s),
        ):
            np.testing.assert_allclose(value(figure, shown), exact, atol=5.01e-4, err_msg=f"{name}: {shown}")
        kept = "kept" if near.determinant > 0 else "reversed"
        expect(figure.locator('[data-value="kind"]')).to_contain_text(f"orientation {kept}")
    figure.get_by_label("y", exact=True).fill("0")
    figure.get_by_label("y", exact=True).press("Enter")
    expect(figure.locator('[data-value="kind"]')).to_have_text("the plane is flattened: no inverse")


@pytest.mark.parametrize("engine", ["mkdocs", "zensical"])
@pytest.mark.parametrize("kind", ["surface", "map"])
def test_the_point_is_dragged_and_everything_follows(visit, engine: str, kind: str) -> None:
    reader = visit(engine)
    figure = open_figure(reader, kind)
    expect(figure.locator("img").first).to_be_hidden()
    before = [drawn(figure, 0), drawn(figure, 1)]
    told = value(figure, "value")
    canvas = figure.locator("canvas").first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    mouse = reader.page.mouse
    mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.3 * box["height"])
    mouse.down()
    mouse.move(box["x"] + 0.75 * box["width"], box["y"] + 0.25 * box["height"], steps=4)
    mouse.up()
    mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])  # let go, it stays
    one = gj.SURFACES["hills"] if kind == "surface" else gj.MAPS["swirl"]
    (left, right), (low, high) = one.window
    expected = [left + 0.75 * (right - left), high - 0.25 * (high - low)]
    np.testing.assert_allclose(point(figure), expected, atol=0.02)
    assert value(figure, "value") != told
    assert drawn(figure, 0) != before[0]
    assert drawn(figure, 1) != before[1]
    assert reader.wrong == []
    assert all(re.match(r"http://127\.0\.0\.1:\d+/|data:|blob:", url) for url in reader.asked)


def test_a_finger_taps_the_point_elsewhere(visit) -> None:
    reader = visit(has_touch=True, viewport={"width": 360, "height": 740})
    figure = open_figure(reader, "surface")
    canvas = figure.locator("canvas").first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    reader.page.touchscreen.tap(box["x"] + 0.5 * box["width"], box["y"] + 0.25 * box["height"])
    np.testing.assert_allclose(point(figure), [0, 1.1], atol=0.03)
    width = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert reader.page.evaluate(width) <= 0


def test_a_finger_drags_the_point_and_anywhere_else_scrolls(visit) -> None:
    reader = visit(has_touch=True, viewport={"width": 360, "height": 740})
    figure = open_figure(reader, "surface")
    canvas = figure.locator("canvas").first
    canvas.scroll_into_view_if_needed()
    fingers = reader.context.new_cdp_session(reader.page)

    def stroke(start: tuple[float, float], end: tuple[float, float]) -> float:
        """Draw a finger across the map, places in parts of its size; return how far the page went."""
        box = canvas.bounding_box()
        before = reader.page.evaluate("scrollY")
        for k in range(9):
            x, y = ((1 - k / 8) * a + k / 8 * b for a, b in zip(start, end, strict=True))
            at = {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]}
            kind = "touchMove" if k else "touchStart"
            fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [at]})
        fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        return reader.page.evaluate("scrollY") - before

    x, y = point(figure)
    held = (0.5 + x / 4.4, 0.5 - y / 4.4)
    assert stroke(held, (0.6, 0.3)) == 0
    np.testing.assert_allclose(point(figure), [0.44, 0.88], atol=0.05)
    assert stroke((0.15, 0.9), (0.15, 0.3)) > 50
    np.testing.assert_allclose(point(figure), [0.44, 0.88], atol=0.05)


def test_arrow_keys_move_the_point_and_stop_at_the_edge(visit) -> None:
    reader = visit()
    figure = open_figure(reader, "surface")
    figure.locator("canvas").first.focus()
    x, y = point(figure)
    reader.page.keyboard.press("ArrowRight")
    reader.page.keyboard.press("Shift+ArrowUp")
    np.testing.assert_allclose(point(figure), [x + 4.4 / 80, y + 4.4 / 8], atol=1e-3)
    for _ in range(9):
        reader.page.keyboard.press("Shift+ArrowLeft")
    assert point(figure)[0] == -2.2
    reader.page.keyboard.press("Tab")  # no trap: on to the picture in space, which the arrows turn
    assert reader.page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("The surface")
    before, stays = drawn(figure, 1), drawn(figure, 0)
    reader.page.keyboard.press("ArrowLeft")
    assert drawn(figure, 1) != before
    assert drawn(figure, 0) == stays


def test_newton_steps_lead_to_a_critical_point_or_say_why_not(visit) -> None:
    figure = open_figure(visit(**SETTLED), "surface")
    figure.locator("select").first.select_option("Himmelblau")
    newton = figure.get_by_role("button", name="Newton step")
    for _ in range(6):
        newton.click()
    assert value(figure, "length") == [0]
    np.testing.assert_allclose(point(figure), [0.0867, 2.8843], atol=1e-4)  # a saddle
    figure.get_by_role("button", name="Start again").click()
    assert point(figure) == [1, 3]
    height = value(figure, "value")
    figure.get_by_role("button", name="Step downhill").click()
    assert value(figure, "value") < height
    figure.locator("select").first.select_option("hills")
    figure.get_by_label("x", exact=True).fill("2.1")
    figure.get_by_label("x", exact=True).press("Enter")
    newton.click()
    expect(figure.locator(".interactive-said")).to_contain_text("off the map")
    assert point(figure)[0] == 2.1


def test_it_is_told_to_those_who_do_not_see_it(visit) -> None:
    figure = open_figure(visit(), "surface")
    for canvas in figure.locator("canvas").all():
        assert canvas.get_attribute("aria-label")
        assert canvas.get_attribute("role") == "application"
    named = figure.locator("canvas").first.get_attribute("aria-describedby")
    expect(figure.locator(f"[id={named}]")).to_contain_text("arrow keys")
    figure.locator("select").first.select_option("bowl")
    spoken = figure.locator(".visually-hidden[role=status]")
    expect(spoken).to_contain_text("Point (1.000, 0.500): f is 1.750, the gradient (2.500, 2.000)")
    expect(spoken).to_contain_text("the quadratic model has a minimum")


def test_without_javascript_the_picture_stays(visit) -> None:
    page = visit(java_script_enabled=False).go(PAGE)
    figure = page.locator("figure.interactive").first
    expect(figure.locator("img").first).to_be_visible()
    expect(figure.locator("figcaption")).to_have_text("Move the point.")
    expect(page.locator(".interactive-failed")).to_have_count(0)


@pytest.mark.parametrize(
    "gone", ["assets/js/figure/plane.js", "interactive/functions.js", "interactive/surface.js"]
)
def test_a_script_that_is_missing_leaves_the_still_figure_and_a_sentence(visit, gone: str) -> None:
    reader = visit()
    reader.page.route(f"**/{gone}", lambda route: route.abort())
    page = reader.go(PAGE)
    figure = page.locator("figure.interactive").first
    figure.scroll_into_view_if_needed()
    name = gone.split("/")[-1]
    said = figure.locator(".interactive-failed")
    told = f"This figure stands still: {name} could not be loaded."
    expect(said).to_have_text(told)
    assert said.get_attribute("role") == "status"
    expect(figure.locator("img").first).to_be_visible()
    expect(figure.locator("canvas")).to_have_count(0)


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ("syntax error", "surface.js did not run"),
        ("figure.start(() => { throw new Error('it is broken'); });", "it is broken"),
        ("", "surface.js did not run"),
    ],
)
def test_a_script_that_fails_leaves_the_still_figure_and_a_sentence(visit, broken: str, why: str) -> None:
    reader = visit()
    reader.page.route(
        "**/interactive/surface.js",
        lambda route: route.fulfill(body=broken, content_type="text/javascript"),
    )
    figure = reader.go(PAGE).locator("figure.interactive").first
    figure.scroll_into_view_if_needed()
    said = figure.locator(".interactive-failed")
    expect(said).to_have_text(f"This figure stands still: {why}.")
    expect(figure.locator("img").first).to_be_visible()
    expect(figure.locator(".interactive-place")).to_have_count(0)


def test_a_figure_that_fails_later_gives_way_to_the_still_one(visit) -> None:
    reader = visit()
    figure = open_figure(reader, "surface")
    reader.page.evaluate("figure.own.surfaces.bowl.at = null")
    figure.get_by_label("Surface", exact=True).select_option("bowl")
    expect(figure.locator(".interactive-failed")).to_contain_text(
        "This figure stands still: its script failed"
    )
    expect(figure.locator("img").first).to_be_visible()
    expect(figure.locator("canvas")).to_have_count(0)


def test_the_colours_follow_the_page(visit) -> None:
    reader = visit(color_scheme="light")
    figure = open_figure(reader, "surface")
    before = drawn(figure, 1)
    reader.page.evaluate("document.body.dataset.mdColorScheme = 'slate'")
    page = reader.page
    page.wait_for_function(
        "([kept]) => document.querySelectorAll('canvas')[1].toDataURL() !== kept", arg=[before]
    )


def test_the_style_sheet_has_the_inks_of_the_drawn_figures() -> None:
    text = STYLE.read_text(encoding="utf-8")
    for scheme, side in (("default", "light"), ("slate", "dark")):
        block = re.search(rf'\[data-md-color-scheme="{scheme}"\] \{{\n(.*?)\}}', text, re.DOTALL)
        assert block
        told = dict(re.findall(r"--([\w-]+): (#\w+);", block[1]))
        assert len(told) > 8
        assert told == {name: getattr(INKS[name], side) for name in told}
