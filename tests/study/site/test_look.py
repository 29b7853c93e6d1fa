"""How the site looks and behaves in a real browser, page by page, with both engines."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser


CONTRAST = """(selector) => {
    const channels = (text) => {
        const canvas = document.createElement("canvas").getContext("2d");
        canvas.fillStyle = text;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((value) => value / 255);
    };
    const linear = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    const light = (text) => {
        const [red, green, blue] = channels(text).map(linear);
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const one = document.querySelector(selector);
    const clear = (element) => /, 0\\)$|transparent/.test(getComputedStyle(element).backgroundColor);
    let behind = one;
    while (behind.parentElement && clear(behind)) behind = behind.parentElement;
    const front = light(getComputedStyle(one).color);
    const back = light(getComputedStyle(behind).backgroundColor);
    return (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
}"""
TEXTS = (
    "article p", ".byline", ".panel .detail", ".supported .detail", ".not-supported .detail", ".kind",
    ".citation",
    ".md-nav__link", ".md-tabs__link", ".output code", ".highlight .k", ".highlight .kn", ".highlight .mi",
)  # fmt: skip


def paths(sites: dict[str, Path]) -> list[str]:
    site = sites["mkdocs"]
    return sorted(path.parent.relative_to(site).as_posix() + "/" for path in site.rglob("index.html"))


def sideways(page: Any) -> float:
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


@pytest.mark.parametrize("engine", ["mkdocs", "zensical"])
def test_no_page_asks_elsewhere_complains_or_scrolls_sideways_at_360(visit, sites, engine: str) -> None:
    reader = visit(engine, viewport={"width": 360, "height": 740}, color_scheme="dark")
    for path in paths(sites):
        page = reader.go(path.removeprefix("./"))
        assert sideways(page) <= 0, path
    assert {
        re.match(r"(?:http://127\.0\.0\.1:\d+/|data:|blob:)", url) is not None for url in reader.asked
    } == {True}
    assert reader.wrong == []


def test_home_is_one_screen(visit) -> None:
    page = visit().go()
    assert page.evaluate("document.documentElement.scrollHeight") <= 800
    for shown in ("h1", ".map-wide", ".next-title", "pre", ".legend"):
        box = page.locator(shown).first.bounding_box()
        assert box, shown
        assert 0 <= box["y"] < box["y"] + box["height"] <= 800, shown


def test_the_map_can_be_walked_with_the_keyboard(visit) -> None:
    page = visit().go()
    page.locator(".map-node").first.focus()
    names = []
    for _ in range(4):
        names.append(page.evaluate("document.activeElement.getAttribute('aria-label')"))
        page.keyboard.press("Tab")
    assert re.fullmatch(r"Doubling and halving \(foundation, \d+ minutes?, to read, 0 of 3 steps\)", names[0])
    assert names[3].startswith("Coins: are they fair? (paper, ")
    page.locator(".map-node").last.focus()
    assert page.locator(".map-edge.is-lit").count() > 0
    page.keyboard.press("Enter")
    page.wait_for_url("**/papers/coin/")


def test_on_a_narrow_screen_the_map_is_a_list(visit) -> None:
    page = visit(viewport={"width": 360, "height": 740}).go()
    assert not page.locator(".map-wide").is_visible()
    rows = page.locator(".map-row")
    assert rows.count() == 4
    assert all(rows.nth(index).is_visible() for index in range(4))


def test_without_javascript_the_page_reads_the_same(visit) -> None:
    reader = visit(java_script_enabled=False)
    page = reader.go("foundations/formulas/")
    assert page.locator(".katex").count() > 8
    assert page.locator("math").count() > 8
    assert page.locator(".checklist noscript").count() == 1
    assert page.locator(".checklist-tools").is_hidden()
    assert page.locator(".items input").first.is_disabled()
    assert reader.wrong == []


def test_a_wide_equation_scrolls_in_its_own_box(visit) -> None:
    page = visit(viewport={"width": 360, "height": 740}).go("foundations/formulas/")
    boxes = page.locator(".math.display").evaluate_all(
        "all => all.map(one => [one.scrollWidth > one.clientWidth + 1, one.tabIndex])"
    )
    assert [True, 0] in boxes  # and the keyboard reaches it
    assert sideways(page) <= 0
    tables = page.locator(".md-typeset__scrollwrap").evaluate_all(
        "all => all.map(one => one.scrollWidth > one.clientWidth)"
    )
    assert True in tables


def test_a_number_does_not_touch_its_equation(visit) -> None:
    for width in (1280, 360):
        page = visit(viewport={"width": width, "height": 800}).go("foundations/formulas/")
        gaps = page.evaluate(
            """[...document.querySelectorAll(".katex-html:has(> .katex-tag)")].map((one) => {
                const edge = (found, side) => found.getBoundingClientRect()[side];
                const bases = [...one.querySelectorAll(":scope > .katex-base")];
                const end = Math.max(...bases.map((base) => edge(base, "right")));
                return edge(one.querySelector(".katex-tag"), "left") - end;
            })"""
        )
        assert len(gaps) == 2
        assert min(gaps) > 8


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_follow_the_system_and_are_readable(visit, scheme: str) -> None:
    page = visit(color_scheme=scheme).go("papers/coin/")
    assert (
        page.evaluate("document.body.dataset.mdColorScheme") == {"light": "default", "dark": "slate"}[scheme]
    )
    for selector in TEXTS:
        assert page.evaluate(CONTRAST, selector) >= 4.5, selector
    figure = page.locator("figure:has(img[src*='figures/bars'])")
    figure.scroll_into_view_if_needed()  # what is far away is not drawn
    images = figure.locator("img")
    images.filter(visible=True).first.wait_for()
    shown = [one.get_attribute("src") for one in images.all() if one.is_visible()]
    assert shown == [
        {"light": "figures/bars.svg#only-light", "dark": "figures/bars.dark.svg#only-dark"}[scheme]
    ]


def test_search_finds_a_section(visit) -> None:
    reader = visit()
    page = reader.go()
    page.keyboard.press("/")
    page.keyboard.type("doubling adds")
    page.locator(".md-search-result__link").first.wait_for()
    assert "foundations/algebra/" in page.locator(".md-search-result__link").first.get_attribute("href")
    assert reader.wrong == []


def test_printing_unfolds_answers(visit) -> None:
    page = visit().go("papers/coin/")
    folded = "document.querySelectorAll('details:not([open])').length"
    assert page.evaluate(folded) > 0
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(folded) == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(folded) > 0
