"""On paper: light colours whatever the theme, everything unfolded, and nothing to press."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.browser
ENGINES = ("mkdocs", "zensical")
PRESSED = (
    ".md-header", ".md-tabs", ".md-sidebar", ".md-footer", ".md-top", ".md-code__nav", ".checklist-tools",
    ".headerlink", ".md-search", "button", "select", "input[type=range]", "input[type=file]",
    ".interactive-place",
)  # fmt: skip
INKS = """all => all.filter((one) => one.checkVisibility()).map((one) => {
    const canvas = document.createElement("canvas").getContext("2d");
    canvas.fillStyle = getComputedStyle(one).color;
    canvas.fillRect(0, 0, 1, 1);
    return Math.max(...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3));
})"""

# `checkVisibility` knows what is skipped as of the last layout, which may be that of the screen.
SKIPPED = """all => {
    document.body.getBoundingClientRect();
    const skipped = all.filter((one) => !one.checkVisibility({ contentVisibilityAuto: true }));
    return skipped.map((one) => one.outerHTML);
}"""


def printed(visit: Any, engine: str, path: str) -> Any:
    """Open a page in the dark theme as it goes to paper."""
    page = visit(engine, color_scheme="dark").go(path)
    assert page.evaluate("document.body.dataset.mdColorScheme") == "slate"
    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    return page


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("path", ["papers/coin/", "foundations/formulas/"])
def test_dark_pages_print_dark_on_light(visit, engine: str, path: str) -> None:
    page = printed(visit, engine, path)
    page.add_style_tag(content="* { transition: none !important; }")  # a colour on its way is no colour yet
    for selector in ("body", "pre > code", ".md-main"):
        behind = page.locator(selector).first.evaluate("one => getComputedStyle(one).backgroundColor")
        parts = [float(one) for one in behind.removeprefix("rgba").removeprefix("rgb").strip("()").split(",")]
        assert min(parts[:3]) > 235 or parts[3:] == [0.0], (selector, behind)
    inks = page.locator("article :is(h1, h2, p, li, td, .katex, pre span, a)").evaluate_all(INKS)
    assert len(inks) > 40
    assert max(inks) < 190  # of 255
    for selector in PRESSED:
        assert page.locator(selector).filter(visible=True).count() == 0, selector


@pytest.mark.parametrize("engine", ENGINES)
def test_all_is_there_and_only_the_page(visit, engine: str) -> None:
    page = printed(visit, engine, "papers/coin/")
    assert page.locator("details").count() > 0
    assert page.locator("details:not([open])").count() == 0
    assert page.locator("article details > *").evaluate_all(SKIPPED) == []
    assert page.locator(".checklist input[type=checkbox]").first.is_visible()  # to tick with a pen
    after = page.locator("article a[href^=http]").evaluate_all(
        "all => all.map((one) => getComputedStyle(one, '::after').content)"
    )
    assert set(after) <= {"none", "normal"}


@pytest.mark.parametrize("engine", ENGINES)
def test_figures_print_in_light_inks(visit, engine: str) -> None:
    for path in ("papers/coin/", "foundations/formulas/"):
        page = printed(visit, engine, path)
        shown = page.locator("figure img").evaluate_all(
            "all => all.filter((one) => one.checkVisibility()).map((one) => one.getAttribute('src'))"
        )
        assert shown
        assert all(one.endswith("#only-light") for one in shown)


def test_code_is_wrapped_and_a_page_becomes_paper(visit) -> None:
    page = printed(visit, "mkdocs", "foundations/formulas/")
    styles = page.locator("pre > code").evaluate_all(
        "all => all.map((one) => getComputedStyle(one).whiteSpace)"
    )
    assert set(styles) == {"pre-wrap"}
    paper = page.pdf(format="A4", print_background=True)
    assert paper.startswith(b"%PDF")
