"""Figures in use: keys that do not scroll the page, words that stay in sight, drawings that stay readable."""

from __future__ import annotations

import re
from typing import Any

import pytest

pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect

PAGE = "foundations/formulas/"
SETTLED = {"reduced_motion": "reduce"}


def live(page: Any, kind: str) -> Any:
    """Come near a figure, and return it once it is live."""
    figure = page.locator(f'[data-interactive$="{kind}.js"]')
    figure.scroll_into_view_if_needed()
    expect(figure).to_have_class(re.compile("is-live"))
    return figure


def test_home_and_end_go_to_the_edge_and_do_not_scroll_the_page(visit) -> None:
    page = visit(**SETTLED).go(PAGE)
    figure = live(page, "attention")
    head = figure.locator("svg.heat").first
    head.focus()
    top = page.evaluate("scrollY")
    assert top > 0
    page.keyboard.press("Home")
    assert "to 3 at place 1:" in head.get_attribute("aria-label")
    page.keyboard.press("End")
    assert "to $ at place 9:" in head.get_attribute("aria-label")
    for kind in ("surface", "map"):
        figure = live(page, kind)
        canvas = figure.locator("canvas[role=application]").first
        canvas.focus()
        x = figure.locator("input[type=number]").first
        middle = float(x.input_value())
        top = page.evaluate("scrollY")
        page.keyboard.press("End")
        right = float(x.input_value())
        page.keyboard.press("Home")
        assert float(x.input_value()) < middle < right
        assert page.evaluate("scrollY") == top, kind
    turned = live(page, "surface").locator("canvas.is-turned")
    turned.focus()
    top = page.evaluate("scrollY")
    page.keyboard.press("End")
    assert page.evaluate("scrollY") == top


def test_what_changed_is_said_where_the_reader_sees_it(visit) -> None:
    page = visit(viewport={"width": 1280, "height": 500}).go(PAGE)
    figure = live(page, "attention")
    box = figure.get_by_label("Divide the scores")
    box.uncheck()
    expect(figure.locator(".interactive-said")).to_contain_text("Undivided")
    expect(box).to_be_in_viewport()
    expect(figure.locator(".interactive-said")).to_be_in_viewport(ratio=1)


def test_fewer_digits_than_in_training_are_read_with_a_warning(visit) -> None:
    figure = live(visit().go(PAGE), "attention")
    field, words = figure.get_by_label("Digits"), figure.locator(".interactive-wrong")
    field.fill("27")
    expect(words).to_contain_text("trained on 4 to 8 digits")
    assert field.get_attribute("aria-invalid") == "false"
    assert figure.locator("svg.heat").first.locator(".heat-cell").count() % 3 == 0, "two digits and the end"
    field.fill("2718")
    expect(words).to_be_empty()


def test_a_drawing_stays_readable_on_a_small_screen_and_scrolls(visit) -> None:
    reader = visit(viewport={"width": 360, "height": 740})
    reader.page.route("**/interactive/*", lambda route: route.abort())  # the drawn figures stay
    page = reader.go(PAGE)
    figure = page.locator('[data-interactive$="surface.js"]')
    figure.scroll_into_view_if_needed()
    box, image = figure.locator("> p:has(img)"), figure.locator("img").first
    drawn = int(image.get_attribute("width"))
    assert drawn > 700
    assert image.bounding_box()["width"] == pytest.approx(0.8 * drawn, abs=1)
    page.locator('[data-interactive$="surface.js"] > p:has(img)[tabindex="0"]').wait_for()
    assert figure.get_by_role("group", name="Figure").count() == 1
    box.focus()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.set_viewport_size({"width": 1280, "height": 740})
    page.locator('[data-interactive$="surface.js"] > p:has(img):not([tabindex])').wait_for()
    assert image.bounding_box()["width"] <= drawn
