"""A look at an equation or a reference before going there: by pointer and keyboard, and gone with Escape."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.browser
PREVIEW = "#study-preview"
NUMBER = "a.equation-link"
CITATION = "a.citation"
ENGINES = ("mkdocs", "zensical")


def formulas(reader: Any) -> Any:
    return reader.go("foundations/formulas/")


@pytest.mark.parametrize("engine", ENGINES)
def test_the_keyboard_shows_the_equation(visit, engine: str) -> None:
    reader = visit(engine)
    page = formulas(reader)
    page.locator(NUMBER).first.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")  # by the keyboard: now the link shows that it has the focus
    preview = page.locator(PREVIEW)
    preview.wait_for()
    assert preview.get_attribute("role") == "tooltip"
    assert preview.locator(".katex-display").evaluate("one => one.outerHTML") == page.locator(
        "#equation-1 > .katex-display"
    ).evaluate("one => one.outerHTML")
    assert page.evaluate("document.activeElement.getAttribute('aria-describedby')") == "study-preview"
    box = preview.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 1280
    page.keyboard.press("Escape")
    assert not preview.is_visible()
    assert page.evaluate("document.activeElement.matches('a.equation-link:not([aria-describedby])')")
    page.keyboard.press("Enter")
    page.wait_for_url("**/#equation-1")
    assert reader.wrong == []


def test_it_stays_while_the_pointer_is_on_it_and_goes_after(visit) -> None:
    page = formulas(visit())
    page.locator(NUMBER).first.hover()
    preview = page.locator(PREVIEW)
    preview.wait_for()
    preview.hover()
    page.locator(NUMBER).first.evaluate(  # longer than it waits to go
        "() => new Promise((done) => setTimeout(done, 400))"
    )
    assert preview.is_visible()
    page.locator("h1").hover()
    preview.wait_for(state="hidden")
    page.locator(NUMBER).first.hover()
    preview.wait_for()
    page.keyboard.press("Escape")
    assert not preview.is_visible()


def test_a_citation_shows_its_reference(visit) -> None:
    page = visit().go("foundations/algebra/")
    link = page.locator(CITATION).first
    link.hover()
    preview = page.locator(PREVIEW)
    preview.wait_for()
    words = preview.inner_text()
    link.click()
    page.wait_for_url("**/bibliography/#*")
    assert words in page.locator(":target .reference-text").inner_text()


def test_a_wide_equation_fits_a_small_screen(visit) -> None:
    page = formulas(visit(viewport={"width": 360, "height": 740}))
    link = page.locator(f"{NUMBER}[href='#equation-2']").first
    link.hover()
    box = page.locator(PREVIEW)
    box.wait_for()
    shown = box.bounding_box()
    assert shown["x"] >= 0
    assert shown["x"] + shown["width"] <= 360
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_without_javascript_they_are_links(visit) -> None:
    page = formulas(visit(java_script_enabled=False))
    page.locator(NUMBER).first.click()
    assert page.url.endswith("#equation-1")


def test_from_a_folder_the_reference_shows_too(sites, chromium) -> None:
    page = chromium.new_context().new_page()
    page.goto((sites["mkdocs"] / "foundations/algebra/index.html").as_uri(), wait_until="load")
    page.locator(CITATION).first.hover()
    page.locator(PREVIEW).wait_for()
    page.context.close()
