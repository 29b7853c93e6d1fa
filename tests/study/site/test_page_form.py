"""The form of a page: code that is never cut, numbers that lead to equations, looks ahead, keys that stay."""

from __future__ import annotations

import re
from typing import Any

import pytest
from markdown import Markdown

from study.site import code_lines

EXTENSIONS = [
    "study.site.mathematics",
    "study.site.equations",
    "study.site.code_lines",
    "study.site.tables",
    "md_in_html",
    "attr_list",
    "tables",
    "toc",
    "sane_lists",
    "footnotes",
    "pymdownx.highlight",
    "pymdownx.superfences",
]
NUMBERED = "\n\n$$\nx \\tag{1}\n$$\n\n$$ y \\tag{12} $$\n"


def convert(text: str) -> str:
    return Markdown(extensions=EXTENSIONS).convert(text)


def links(text: str) -> list[str]:
    """Return the numbers that became links, each with where it leads."""
    found = re.findall(
        r'<a class="equation-link" href="#equation-(\w+)">\(?(\w+)\)?</a>', convert(text + NUMBERED)
    )
    assert all(where == number for where, number in found)
    return [number for _, number in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("By (12) it holds.", ["12"]),
        ("(1) is a sum.", ["1"]),
        ("Equation 1 has stayed; where does equation 12 peak?", ["1", "12"]),
        ("An equation of 12 terms, equation 1.5, section 12.", []),
        ("From (1)–(12), equations (1) and (12).", ["1", "12", "1", "12"]),
        ("*As in (12)*, **(1)**.", ["12", "1"]),
        ("$a$, which is (1), and $b$ (12): so.", ["1", "12"]),
        ("| a |\n|---|\n| by (12) |", ["12"]),
        ("- see (1)\n- and (12)", ["1", "12"]),
        ('<figure markdown="1"><figcaption markdown="span">The bound (12).</figcaption></figure>', ["12"]),
        ('<details markdown="1"><summary markdown="span">By (1)</summary>\n\nBy (12).\n\n</details>', ["12"]),
        ("No equation (3), and nothing of (2017).", []),
        ("`(12)` and f(12), [see (12)](there.md), \\(12)", []),
        ("```python\nx = (12)\n```", []),
        ("$f(12)$ and $(1)$", []),
        ("- (1) first\n- (12) then", []),
        ("## On (12)", []),
    ],
)
def test_a_number_leads_to_its_equation(text: str, expected: list[str]) -> None:
    assert links(text) == expected


def test_an_equation_stands_under_its_number_once() -> None:
    shown = convert("$$ a \\tag{7} $$\n\n$$ b \\tag{7} $$\n\n$$ c $$")
    assert shown.count('id="equation-7"') == 1
    assert re.findall(r'<div class="math display"( id="equation-\w+")?>', shown) == [
        ' id="equation-7"',
        "",
        "",
    ]


def test_only_long_lines_are_marked_and_once() -> None:
    short, deep = "x = 1", " " * 8 + "y = " + "1 + " * 12
    shown = convert(f"```python\n{short}\n{deep}1\n```")
    assert shown.count('<span class="long" style="--in:8">') == 1
    code = shown[shown.index("<code>") + 6 : shown.index("</code>")]
    assert code_lines.marked(code) == code
    assert re.sub(r"<[^>]*>", "", code) == f"{short}\n{deep}1\n"


def test_a_heading_of_nothing_is_a_cell() -> None:
    shown = convert("| | a |\n|---|---|\n| $x$ | |")
    assert re.findall(r"<(t[hd])", shown.replace("<thead", "").replace("<tbody", "")) == [
        "td",
        "th",
        "td",
        "td",
    ]


# In the browser

ROWS = """all => all.map((code) => {
    const style = getComputedStyle(code);
    const inside = code.clientHeight - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom);
    const lines = code.textContent.replace(/\\n$/, "").split("\\n");
    return {
        rows: Math.round(inside / parseFloat(style.lineHeight)),
        lines: lines.length,
        longest: Math.max(...lines.map((line) => line.length)),
        over: code.scrollWidth - code.clientWidth,
        size: parseFloat(style.fontSize),
        words: lines[0],
    };
})"""
CODE = ".md-typeset pre > code"
WIDE = (1200, 1235, 1400, 1920)
FULL = " ".join(["nine_signs"[:9]] * 9)[:88].ljust(88, "x")  # 88 characters, which may break at every tenth


def widened(page: Any) -> Any:
    """Make the first line of every block of code 88 characters long."""
    page.locator(CODE).evaluate_all("(all, full) => { for (const one of all) one.textContent = full; }", FULL)
    return page


@pytest.mark.browser
@pytest.mark.parametrize("engine", ["mkdocs", "zensical"])
@pytest.mark.parametrize("width", WIDE)
def test_88_characters_of_code_fit(visit, engine: str, width: int) -> None:
    reader = visit(engine, viewport={"width": width, "height": 900})
    for path, blocks in (
        ("papers/coin/", ".md-content__inner > .highlight > pre > code"),
        ("papers/coin/", "details > .highlight > pre > code"),
        ("foundations/formulas/", ".method > .highlight > pre > code"),
    ):
        page = widened(reader.go(path))
        page.locator("details").evaluate_all("all => { for (const one of all) one.open = true; }")
        shown = page.locator(blocks).evaluate_all(ROWS)
        assert shown, blocks
        for one in shown:
            assert (one["rows"], one["over"], one["longest"]) == (1, 0, 88), blocks
            assert one["size"] >= 13
    edges = page.evaluate(
        """() => [".method .highlight", ".md-sidebar--secondary .md-nav__link"].map((one) => {
            const { left, right } = document.querySelector(one).getBoundingClientRect();
            return [left, right];
        })"""
    )
    assert edges[0][1] <= edges[1][0]  # the contents are not covered


@pytest.mark.browser
@pytest.mark.parametrize("path", ["foundations/formulas/", "papers/coin/", ""])
def test_on_a_small_screen_code_wraps(visit, path: str) -> None:
    page = visit(viewport={"width": 360, "height": 740}).go(f"{path}?pass=3")
    page.locator("details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
    page.add_style_tag(
        content="* { content-visibility: visible !important; }"
    )  # what is not drawn has no rows
    for one in widened(page).locator(CODE).evaluate_all(ROWS):
        assert one["over"] <= 0
        assert one["rows"] > 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.browser
def test_what_wraps_hangs_behind_where_it_began(visit) -> None:
    page = visit(viewport={"width": 360, "height": 740}).go("foundations/formulas/")
    page.locator(CODE).first.evaluate(
        """(code, line) => {
            code.innerHTML = `<span class="long" style="--in:4">    ${line}</span>\\nnext`;
        }""",
        FULL,
    )
    lefts = page.locator(CODE).first.evaluate(
        """(code) => {
            const text = code.firstChild.firstChild;
            const range = document.createRange();
            const left = (at) => {
                range.setStart(text, at);
                range.setEnd(text, at + 1);
                return range.getBoundingClientRect().left;
            };
            const letter = left(5) - left(4);
            const top = (at) => (left(at), range.getBoundingClientRect().top);
            const below = (sign, at) => at > 4 && sign !== " " && top(at) > top(4) + 2;
            const next = [...text.data].findIndex(below);
            return [(left(4) - left(0)) / letter, (left(next) - left(0)) / letter];
        }"""
    )
    assert [round(one) for one in lefts] == [4, 6]


@pytest.mark.browser
@pytest.mark.parametrize("engine", ["mkdocs", "zensical"])
@pytest.mark.parametrize("width", [1400, 360])
def test_the_copy_button_covers_no_code(visit, engine: str, width: int) -> None:
    page = visit(engine, viewport={"width": width, "height": 800}).go("foundations/formulas/")
    page.locator("pre .md-code__button").first.wait_for(state="attached")
    covered = page.evaluate(
        """() => [...document.querySelectorAll("pre:has(.md-code__button)")].filter((pre) => {
            const button = pre.querySelector(".md-code__button").getBoundingClientRect();
            const code = pre.querySelector("code").getBoundingClientRect();
            return button.width > 0 && button.bottom > code.top + 1;
        }).length"""
    )
    assert page.locator("pre .md-code__button:visible").count() > 0
    assert covered == 0


@pytest.mark.browser
def test_what_is_copied_is_the_code(visit) -> None:
    reader = visit(permissions=["clipboard-read", "clipboard-write"], viewport={"width": 360, "height": 740})
    page = reader.go("foundations/formulas/")
    block = page.locator(".method pre")
    long = "def halve(x):\n    return Halver.factor * x + Halver.factor * x + Halver.factor * x\n"
    block.locator("code").evaluate(
        """(code, text) => {
            code.innerHTML = text.replace(/^(    .*)$/m, '<span class="long" style="--in:4">$1</span>');
        }""",
        long,
    )
    block.locator(".md-code__button").first.click()
    assert page.evaluate("navigator.clipboard.readText()").rstrip("\n") == long.rstrip("\n")


@pytest.mark.browser
def test_a_long_equation_takes_the_keyboard_and_has_a_name(visit) -> None:
    page = visit(viewport={"width": 360, "height": 740}).go("foundations/formulas/")
    box = page.locator("#equation-2")
    box.scroll_into_view_if_needed()
    page.locator("#equation-2[tabindex='0']").wait_for()
    assert page.get_by_role("group", name="Equation 2").count() == 1
    box.focus()
    page.keyboard.press("ArrowRight")
    box.evaluate("""one => new Promise((done) => {
        if (one.scrollLeft > 0) done();
        else one.addEventListener("scroll", () => done(), { once: true });
    })""")
    page.add_style_tag(content="#equation-2 { font-size: 4px; }")
    page.locator("#equation-2:not([tabindex]):not([role])").wait_for()


@pytest.mark.browser
def test_an_equation_that_a_late_font_widens_takes_the_keyboard(visit) -> None:
    reader = visit()
    page = reader.go("foundations/formulas/#equation-1")
    page.locator("#equation-1:not([tabindex])").wait_for()
    page.add_style_tag(
        content="#equation-1 > * { padding-right: 80em !important; }"
    )  # the box stays as it is
    font = f"{reader.address}assets/fonts/source-serif-4-latin-ext-wght-normal.woff2"
    page.evaluate(
        """async (font) => {
            const late = new FontFace("late", `url(${font})`);
            document.fonts.add(late);
            await late.load();
        }""",
        font,
    )
    page.locator("#equation-1[tabindex='0']").wait_for()


@pytest.mark.browser
def test_parts_that_are_not_drawn_yet_are_found(visit) -> None:
    page = visit().go("foundations/formulas/#equation-2")
    assert page.locator("#equation-2").evaluate("one => getComputedStyle(one).contentVisibility") == "auto"
    box = page.locator("#equation-2").bounding_box()
    assert 0 <= box["y"] < 800
    assert page.evaluate("window.find('wider than a telephone')")


@pytest.mark.browser
@pytest.mark.parametrize("key", ["n", "p", ".", ","])
def test_a_letter_does_not_leave_the_page(visit, key: str) -> None:
    for engine in ("mkdocs", "zensical"):
        page = visit(engine).go("implementations/walk/")
        assert page.locator(".md-footer__link").count() > 0
        page.keyboard.press(key)
        page.keyboard.press("Shift")
        page.wait_for_load_state("networkidle")
        assert page.url.endswith("/implementations/walk/")


@pytest.mark.browser
def test_tab_goes_from_the_search_to_its_results_and_on(visit) -> None:
    page = visit().go()
    page.keyboard.press("/")
    page.keyboard.type("doubling")
    page.locator(".md-search-result__link").first.wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('.md-search-result__link')")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.name") == "query"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**?h=*")


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 360])
def test_every_stop_of_tab_can_be_seen(visit, width: int) -> None:
    """A switch of the theme is an input that cannot be seen, with a label that can."""
    page = visit(viewport={"width": width, "height": 800}, reduced_motion="reduce").go("how-to-read-a-paper/")
    for _ in range(12):
        page.keyboard.press("Tab")
        page.wait_for_function("""() => {
            const one = document.activeElement, box = one.getBoundingClientRect();
            const seen = { opacityProperty: true, visibilityProperty: true };
            const shown = box.width > 0 && one.checkVisibility(seen);
            return one === document.body || shown || one.labels?.length > 0;
        }""")
        assert page.evaluate("!document.activeElement.matches('.md-search__scrollwrap')")
