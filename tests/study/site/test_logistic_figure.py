"""The figure of logistic regression's notes, in a real browser: it fits what NumPy fits, and says so."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from implementations.logistic_regression import negative_log_likelihood
from implementations.logistic_regression.demo_live import CLASSES, POINTS, STARTS, STRENGTHS, fit, pulled

AXE = Path(__file__).parents[2] / "audit" / "axe.min.js"
VIOLATIONS = """axe.run(".interactive.is-live").then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target}`)))"""
pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect

PAGE = "foundations/formulas/"
FIT = """(asked) => asked.map(({ points, classes, C }) => {
    const { sigmoid, odds, loss, total, fit, margin, ring } = figure.own.logistic;
    const w = fit(points, classes, C);
    return { w, loss: loss(points, classes, w), total: total(points, classes, w, C),
        margin: margin(points, classes), p: points.map((one) => sigmoid(odds(w, one))),
        ring: ring(points, classes, w, C, 0.5, 12) };
})"""


def open_figure(reader: Any) -> Any:
    """Go to the page, come near the figure, and return it once it is live."""
    figure = reader.go(PAGE).locator('[data-interactive$="classes.js"]')
    figure.scroll_into_view_if_needed()
    expect(figure).to_have_class(re.compile("is-live"))
    return figure


def value(figure: Any, name: str) -> list[float]:
    """Return the numbers of a value that the figure shows."""
    text = figure.locator(f'[data-value="{name}"]').text_content().replace("−", "-")
    return [float(one) for one in re.findall(r"-?\d+\.\d+", text)]


def drawn(figure: Any) -> list[str]:
    return [one.evaluate("one => one.toDataURL()") for one in figure.locator("canvas").all()]


def strip(points: np.ndarray, classes: np.ndarray) -> float:
    """Return half the width of the widest strip between the classes, by trying 20,000 directions."""
    angle = np.linspace(0, 2 * np.pi, 20_001)
    along = points @ np.stack([np.cos(angle), np.sin(angle)])  # (n, 20001)
    return float((along[classes == 1].min(axis=0) - along[classes == 0].max(axis=0)).max() / 2)


def test_it_fits_what_numpy_fits(visit) -> None:
    page = open_figure(visit()).page
    rng = np.random.default_rng(4)
    asked, wanted = [], []
    for case in range(30):
        points = (POINTS + rng.normal(0, 0.4, POINTS.shape) if case % 3 else pulled(2.5)).round(3)
        classes = CLASSES if case % 2 else rng.permutation(CLASSES)
        C = float(rng.choice(STRENGTHS[:25] if case % 3 else STRENGTHS))
        asked.append({"points": points.tolist(), "classes": classes.tolist(), "C": C})
        wanted.append((points, classes, C, fit(points, classes=classes, C=C)))
    for got, (points, classes, C, w) in zip(page.evaluate(FIT, asked), wanted, strict=True):
        np.testing.assert_allclose(got["w"], w, rtol=1e-4, atol=1e-4)
        ones = np.column_stack([points, np.ones(len(points))])
        loss = negative_log_likelihood(w, ones, classes)
        penalty = (w[:2] @ w[:2]) / (2 * C)
        np.testing.assert_allclose([got["loss"], got["total"]], [loss, loss + penalty], atol=1e-4)
        np.testing.assert_allclose(got["p"], 1 / (1 + np.exp(-ones @ w)), atol=1e-4)
        assert got["margin"] == pytest.approx(strip(points, classes), abs=2e-3)
        for u, v in got["ring"]:
            around = negative_log_likelihood(np.array([u, v, w[2]]), ones, classes)
            around += (u * u + v * v) / (2 * C)
            assert around == pytest.approx(loss + penalty + 0.5, abs=1e-4)


def test_what_is_shown_at_first_is_what_numpy_finds(visit) -> None:
    figure = open_figure(visit())
    w, end = fit(POINTS, STARTS), fit(POINTS, STRENGTHS[-1])
    assert value(figure, "weights") == pytest.approx(w, abs=6e-4)
    assert value(figure, "length") == pytest.approx([np.hypot(*w[:2])], abs=6e-4)
    ones = np.column_stack([POINTS, np.ones(12)])
    assert value(figure, "loss") == pytest.approx([negative_log_likelihood(w, ones, CLASSES) / 12], abs=6e-4)
    assert value(figure, "probability") == pytest.approx([1 / (1 + np.exp(-ones[0] @ w))], abs=6e-4)
    assert value(figure, "limit") == pytest.approx([np.hypot(*end[:2])], abs=6e-3)


def test_pulled_apart_the_classes_have_no_maximum(visit) -> None:
    reader = visit()
    figure = open_figure(reader)
    before = drawn(figure)
    figure.get_by_label("Pull apart").fill("2.5")
    figure.get_by_label("C", exact=True).fill("3")
    w = fit(pulled(2.5), 1000.0)
    assert value(figure, "weights") == pytest.approx(w, abs=1e-3)
    assert value(figure, "limit") == pytest.approx([2 * strip(pulled(2.5), CLASSES)], abs=1e-2)
    expect(figure.locator(".interactive-said")).to_contain_text("no maximum")
    assert all(old != new for old, new in zip(before, drawn(figure), strict=True))
    figure.get_by_role("button", name="Start again").click()
    assert value(figure, "weights") == pytest.approx(fit(POINTS, STARTS), abs=6e-4)
    assert reader.wrong == []


def test_a_point_is_dragged(visit) -> None:
    reader = visit()
    figure = open_figure(reader)
    canvas = figure.locator("canvas").first
    canvas.evaluate("one => one.scrollIntoView({ block: 'center', behavior: 'instant' })")
    box = canvas.bounding_box()

    def place(x: float, y: float) -> tuple[float, float]:
        return box["x"] + (x + 4) / 8 * box["width"], box["y"] + (4 - y) / 8 * box["height"]

    mouse = reader.page.mouse
    mouse.move(*place(1.2, 1.5))  # the last square
    mouse.down()
    mouse.move(*place(-2.0, 2.0), steps=4)
    mouse.up()
    assert figure.get_by_label("Point", exact=True).input_value() == "square 6"
    x, y = (float(one.input_value()) for one in figure.locator("input[type=number]").all())
    assert (x, y) == pytest.approx((-2.0, 2.0), abs=0.05)
    moved = POINTS.copy()
    moved[-1] = x, y
    assert value(figure, "weights") == pytest.approx(fit(moved, STARTS), abs=1e-3)


def test_the_whole_figure_is_worked_by_keyboard(visit) -> None:
    reader = visit()
    figure = open_figure(reader)
    figure.get_by_label("Point", exact=True).select_option("square 2")
    figure.locator("canvas").first.focus()
    for key in ("ArrowLeft", "Shift+ArrowUp"):
        reader.page.keyboard.press(key)
    moved = POINTS.copy()
    moved[7] += [-0.1, 1.0]
    assert value(figure, "weights") == pytest.approx(fit(moved, STARTS), abs=1e-3)
    figure.get_by_label("C", exact=True).focus()
    reader.page.keyboard.press("ArrowRight")
    assert value(figure, "weights") == pytest.approx(fit(moved, 10**0.25), abs=1e-3)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_and_the_page_does_not_scroll_sideways(visit, scheme: str, width: int) -> None:
    figure = open_figure(visit(color_scheme=scheme, viewport={"width": width, "height": 800}))
    figure.get_by_label("Pull apart").fill("2")
    figure.page.evaluate(f"{AXE.read_text(encoding='utf-8')}; 0")
    assert figure.page.evaluate(VIOLATIONS) == []
    page = figure.page
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def test_the_length_without_a_penalty_is_where_it_ends(visit) -> None:
    """Barely overlapping: at the largest C of the slider the length is still 2.5 % short."""
    figure = open_figure(visit())
    figure.get_by_label("Pull apart").fill("0.7")
    end = np.hypot(*fit(pulled(0.7), 1e10)[:2])
    assert np.hypot(*fit(pulled(0.7), STRENGTHS[-1])[:2]) < 0.98 * end
    assert value(figure, "limit") == pytest.approx([end], abs=1e-2)


def test_points_on_the_line_that_separates_have_no_maximum_either(visit) -> None:
    figure = open_figure(visit())
    figure.get_by_label("Pull apart").fill("2.5")
    # disc 6 goes to the corner of the squares nearest to the discs, where square 5 is
    figure.get_by_label("Point", exact=True).select_option("disc 6")
    x1, x2 = pulled(2.5)[10]
    for label, at in (("x₁", x1), ("x₂", x2)):
        box = figure.get_by_label(label)
        box.fill(f"{at:g}")
        box.press("Enter")
    assert "a line separates the classes" in figure.locator('[data-value="limit"]').text_content()
