"""The three passes in a browser: the switch, what opens a section, boxes at sections' ends, the way back."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from study.site.serving import Server

pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect

_spec = importlib.util.spec_from_file_location("passes_page", Path(__file__).with_name("passes_page.py"))
assert _spec
assert _spec.loader
PAGE = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(PAGE)

ADDRESS = f"{PAGE.MARKED}/"
FOLDED = "[...document.querySelectorAll('.fold')].filter((one) => one.hidden !== false).map((one) => one.id)"
ALL = ["fold-the-method", "fold-a-long-derivation", "fold-why-it-is-so", "fold-why-it-is-so--2"]
AXE = Path(__file__).parents[2] / "audit" / "axe.min.js"
FOUND = """(parts) => axe.run(parts).then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target}`)))"""
NARROW = {"width": 360, "height": 740}


class Marked:
    """Where the toy and its sites are."""

    def __init__(self, root: Path):
        self.root = root

    def site(self, engine: str = "mkdocs") -> Path:
        return self.root / f"built-{engine}"


@pytest.fixture(scope="session")
def marked(another, strictly, tmp_path_factory) -> Marked:
    """The toy with a page that names its passes, and its site by each engine; tests only read it."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    root, done = folder / "marked-toy", folder / "marked-toy.done"
    with FileLock(folder / "marked-toy.lock"):
        if not done.exists():
            shutil.rmtree(root, ignore_errors=True)
            base = another(root)
            PAGE.add(base)
            for engine in ("zensical", "mkdocs"):
                built = strictly(base.root, engine)
                assert built.returncode == 0, built.stderr
                shutil.move(base.path("site"), base.path(f"built-{engine}"))
            done.touch()
    return Marked(root)


@pytest.fixture
def open_site(marked, plainly, visitor) -> Iterator[Callable[..., Any]]:
    """Return the function that opens a fresh browser at the site with the passes, of either engine."""
    with plainly(marked.root) as address:
        yield lambda engine="mkdocs", **options: visitor(f"{address}built-{engine}/", **options)


def radio(page: Any, number: int) -> Any:
    return page.locator(f".passes input[value='{number}']")


def button(page: Any, section: str) -> Any:
    return page.locator(f".fold-bar[data-section='{section}'] button")


def shown(page: Any, words: str) -> bool:
    return page.get_by_text(words).first.evaluate(
        """one => {
            one.getBoundingClientRect();  // what is skipped is known as of the last layout
            return one.checkVisibility({ contentVisibilityAuto: true });
        }"""
    )


@pytest.mark.parametrize("engine", ["mkdocs", "zensical"])
def test_the_first_pass_folds_what_is_later_to_its_heading(open_site, engine: str) -> None:
    reader = open_site(engine)
    page = reader.go(ADDRESS)
    assert radio(page, 1).is_checked()
    assert page.evaluate(FOLDED) == ALL
    for heading in ("The method", "Why it is so", "What to remember"):
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
    assert shown(page, "That it is so.")
    assert not shown(page, "the word quixotic")
    assert not shown(page, "Its proof")
    expect(button(page, "the-method")).to_have_accessible_name("Open “The method”")
    assert "Second pass, 1 min" in page.locator(".fold-bar[data-section='the-method']").inner_text()
    radio(page, 2).check()
    assert page.evaluate(FOLDED) == ALL[1:]
    assert not page.locator(".fold-bar[data-section='the-method']").is_visible()
    expect(button(page, "a-long-derivation")).to_be_visible()
    radio(page, 3).check()
    assert page.evaluate(FOLDED) == []
    assert page.locator(".fold-bar:visible").count() == 0
    assert reader.wrong == []


@pytest.mark.parametrize("engine", ["mkdocs", "zensical"])
def test_the_choice_is_made_with_the_keyboard_and_remembered(open_site, engine: str) -> None:
    reader = open_site(engine)
    page = reader.go(ADDRESS)
    radio(page, 1).focus()
    page.keyboard.press("ArrowRight")
    assert radio(page, 2).is_checked()
    assert page.evaluate("document.activeElement.value") == "2"
    page = reader.go(ADDRESS)
    assert radio(page, 2).is_checked()
    assert page.evaluate(FOLDED) == ALL[1:]
    page = reader.go(f"{ADDRESS}?pass=1")
    assert radio(page, 1).is_checked(), "a link wins over what is remembered"
    assert page.evaluate(FOLDED) == ALL
    page = reader.go(ADDRESS)
    assert radio(page, 2).is_checked(), "and does not change it"
    page = reader.go(f"{ADDRESS}?pass=1&x=y#in-short")
    radio(page, 3).check()
    assert page.url.endswith(f"{ADDRESS}?x=y#in-short"), "a choice outlives loading the page anew"
    assert radio(reader.go(ADDRESS), 3).is_checked()
    assert radio(reader.go(f"{ADDRESS}?pass=9"), 3).is_checked()
    assert reader.wrong == []


def test_a_section_opens_and_folds_by_its_button(open_site) -> None:
    page = open_site().go(ADDRESS)
    button(page, "why-it-is-so").focus()
    page.keyboard.press("Enter")
    assert page.evaluate(FOLDED) == ALL[:2]
    assert shown(page, "By the lemma.")
    expect(button(page, "why-it-is-so")).to_have_attribute("aria-expanded", "true")
    expect(button(page, "why-it-is-so")).to_have_accessible_name("Fold “Why it is so”")
    page.keyboard.press("Enter")
    assert page.evaluate(FOLDED) == ALL
    button(page, "the-method").click()
    assert page.evaluate(FOLDED) == ALL[1:], "what is later still in it stays folded"


@pytest.mark.parametrize(
    ("anchor", "left"),
    [
        ("the-lemma", ALL[:2]),
        ("its-proof", ALL[:2]),
        ("why-it-is-so", ALL[:2]),
        ("a-long-derivation", ALL[2:]),
        ("a-step-of-it", ALL[1:]),
        ("what-to-remember", ALL),
        ("step-marked-2", ALL[1:]),
        ("nothing-there", ALL),
        ("%", ALL),
    ],
)
def test_an_anchor_opens_the_section_it_is_in(open_site, anchor: str, left: list[str]) -> None:
    page = open_site(viewport={"width": 1280, "height": 300}).go(f"{ADDRESS}?h=x#{anchor}")
    assert page.evaluate(FOLDED) == left
    if re.fullmatch(r"[\w-]+", anchor) and anchor != "nothing-there":
        expect(page.locator(f"#{anchor}")).to_be_in_viewport()


def test_a_link_of_the_page_opens_too_and_again(open_site) -> None:
    page = open_site(viewport={"width": 1280, "height": 300}).go(ADDRESS)
    for _ in range(2):  # the second time the address does not change
        page.get_by_role("link", name="one", exact=True).click()
        assert page.evaluate(FOLDED) == ALL[:2]
        expect(page.locator("#the-lemma")).to_be_in_viewport()
        button(page, "why-it-is-so").click()
        assert page.evaluate(FOLDED) == ALL
    page.locator(".md-sidebar--secondary a[href='#its-proof']").click()
    assert page.evaluate(FOLDED) == ALL[:2]
    page.go_back()
    page.locator(".md-sidebar--secondary a[href='#the-method']").click()
    assert page.evaluate(FOLDED) == ALL[1:2]


def test_what_the_browser_finds_is_opened(open_site) -> None:
    page = open_site().go(f"{ADDRESS}#:~:text=word%20zymurgy")
    expect(button(page, "why-it-is-so")).to_have_attribute("aria-expanded", "true")
    assert page.evaluate(FOLDED) == ALL[:2]
    assert shown(page, "the word zymurgy")


@pytest.mark.parametrize("engine", ["mkdocs", "zensical"])
def test_the_contents_tell_the_pass_of_each_section(open_site, engine: str) -> None:
    page = open_site(engine).go(ADDRESS)
    found = page.locator(".md-sidebar--secondary .md-nav--secondary a").evaluate_all(
        "all => all.map((one) => [one.hash, one.querySelector('.pass-mark')?.textContent ?? ''])"
    )
    marks = dict(found)
    assert marks["#in-short"] == "1, first pass"
    assert marks["#a-long-derivation"] == "3, third pass"
    assert marks["#the-step-after-it"] == "2, second pass"
    assert marks["#checklist"] == ""
    narrow = open_site(engine, viewport=NARROW).go(ADDRESS)
    assert narrow.locator("a[href$='#the-method'] .pass-mark").count() >= 1


def test_a_tick_at_the_end_of_a_section_is_the_one_of_the_checklist(open_site) -> None:
    reader = open_site()
    page = reader.go(f"{ADDRESS}?pass=3")
    end, listed = page.locator("#step-marked-2"), page.locator("#check-marked-2")
    assert not end.is_checked()
    end.check()
    expect(listed).to_be_checked()
    assert "Saved in this browser." in page.locator(".step li", has=end).inner_text()
    assert page.locator(".checklist .meter-text").inner_text() == "1 of 4 steps"
    record = reader.ticks()["marked"]["second pass: the method"]
    assert record["done"] is True
    assert page.locator(".step li", has=end).locator("time").inner_text() == record["date"]
    listed.uncheck()
    expect(end).not_to_be_checked()
    page.locator("#check-marked-1").check()
    expect(page.locator("#step-marked-1")).to_be_checked()
    expect(reader.go(f"{ADDRESS}?pass=1").locator("#step-marked-1")).to_be_checked()
    assert page.locator("label[for=step-marked-2]").text_content() == "Second pass: the method"
    assert reader.wrong == []


def test_ticks_of_before_the_links_are_still_there(open_site) -> None:
    reader = open_site()
    page = reader.go(ADDRESS)
    old = {"first pass: what is claimed": {"done": True, "at": 1, "text": "First pass: what is claimed"}}
    kept = {"format": "ml-foundations-ticks", "version": 1, "entries": {"marked": old}}
    page.evaluate("text => localStorage.setItem('ml-foundations:ticks', text)", json.dumps(kept))
    page = reader.go(ADDRESS)
    expect(page.locator("#check-marked-1")).to_be_checked()
    assert not page.locator(".checklist-strays").is_visible()
    linked = {"[first pass](notes.md#a): what is claimed": {"done": False, "at": 2, "text": "x"}}
    kept["entries"]["marked"] = linked
    page.evaluate("text => localStorage.setItem('ml-foundations:ticks', text)", json.dumps(kept))
    expect(reader.go(ADDRESS).locator("#check-marked-1")).not_to_be_checked()
    assert reader.wrong == []


def test_served_a_tick_at_the_end_of_a_section_is_written_to_the_file(marked, toy, visitor) -> None:
    PAGE.add(toy)
    path = f"{PAGE.MARKED}/checklist.md"
    with Server(toy.root, marked.site(), 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        reader = visitor(server.address)
        page = reader.go(f"{ADDRESS}?pass=3")
        expect(page.locator("#step-marked-2")).to_be_checked()  # as the file has it
        page.locator("#step-marked-1").check()
        page.get_by_text(f"Saved in {path}.").wait_for()
        expect(page.locator("#check-marked-1")).to_be_checked()
        before = PAGE.CHECKLIST.split("\n")
        after = toy.read(path).split("\n")
        assert re.fullmatch(
            r"- \[x\] \[First pass\]\(notes\.md#what-came-after\): what is claimed ✅ \S+", after[2]
        )
        assert after[:2] + after[3:] == before[:2] + before[3:]
        toy.write(path, "none\n")
        page.locator("#step-marked-3").click()
        expect(page.locator(".step-status.is-failed")).to_contain_text("Not saved")
        assert not page.locator("#step-marked-3").is_checked()
        page = reader.go()
        expect(page.locator("[data-continue] a")).to_have_text("Marked")
        server.shutdown()


@pytest.mark.parametrize("engine", ["mkdocs", "zensical"])
def test_home_and_log_lead_back_to_where_the_reader_was(open_site, engine: str) -> None:
    reader = open_site(engine)
    for path in ("", "log/"):
        assert not reader.go(path).locator("[data-continue]").is_visible(), "nothing was open yet"
    page = reader.go(f"{ADDRESS}?pass=2#the-step-after-it")
    expect(page.locator("#the-step-after-it")).to_be_in_viewport()
    for path in ("", "log/"):
        page = reader.go(path)
        link = page.locator("[data-continue] a")
        expect(link).to_have_text("Marked")
        expect(page.locator("[data-continue]")).to_contain_text("The step after it")
        assert link.get_attribute("href").endswith(f"{ADDRESS}?pass=2#the-step-after-it")
    page.locator("[data-continue] a").click()
    page.wait_for_url(f"**/{ADDRESS}?pass=2#the-step-after-it")
    expect(page.locator("#the-step-after-it")).to_be_in_viewport()
    for kept in ('{"entry": "gone"}', '{"entry": "constructor"}', "[1]", "null", "not json", '"x"'):
        page = reader.go("guides/start-here/")
        page.evaluate("text => localStorage.setItem('ml-foundations:place', text)", kept)
        assert not reader.go().locator("[data-continue]").is_visible()
    page.evaluate(
        "text => localStorage.setItem('ml-foundations:place', text)",
        '{"entry": "marked", "pass": "<b>", "section": "\\"><b>", "title": "<b>x</b>"}',
    )
    page = reader.go()
    assert page.locator("[data-continue] a").get_attribute("href").endswith(ADDRESS)
    assert page.locator("[data-continue] b").count() == 0
    assert reader.wrong == []


@pytest.mark.parametrize("engine", ["mkdocs", "zensical"])
def test_without_javascript_everything_is_open(open_site, engine: str) -> None:
    reader = open_site(engine, java_script_enabled=False)
    page = reader.go(f"{ADDRESS}?pass=1")
    for words in ("the word quixotic", "Line by line.", "the word zymurgy"):
        expect(page.get_by_text(words)).to_be_visible()
    for gone in (".passes", ".fold-bar button", ".step"):
        assert page.locator(f"{gone}:visible").count() == 0, gone
    assert "Third pass" in page.locator(".fold-bar[data-section='why-it-is-so']").inner_text()
    assert reader.wrong == []


def test_nothing_that_is_folded_is_ever_drawn(open_site) -> None:
    """Before the script that folds is there, the page is folded already."""
    page = (reader := open_site()).page
    seen: list[Any] = []

    def look(route: Any) -> None:
        expect(page.get_by_role("heading", name="Its proof")).to_have_count(0)  # it is folded
        expect(page.locator("#its-proof")).to_be_attached()
        words = ("That it is so.", "the word quixotic", "the word zymurgy")
        seen.append([page.locator("html.passes-live").count(), *(shown(page, one) for one in words)])
        route.continue_()

    page.route("**/assets/js/passes.js", look)
    page.goto(f"{reader.address}{ADDRESS}?pass=2")
    expect(page.locator("html")).to_have_class(re.compile("passes-live"))
    assert seen == [[0, True, True, False]]
    assert page.evaluate(FOLDED) == ALL[1:]


@pytest.mark.parametrize("broken", [None, "throw new Error()", "late"])
def test_everything_is_open_where_the_script_that_opens_fails(open_site, broken: str | None) -> None:
    def answer(route: Any) -> None:
        if broken is None:
            route.abort()
            return
        text = route.fetch().text()
        late = text.replace('root.classList.add("passes-live")', "throw new Error()")
        assert late != text
        route.fulfill(body=late if broken == "late" else broken, content_type="text/javascript")

    page = (reader := open_site()).page
    page.route("**/assets/js/passes.js", answer)
    page.goto(reader.address + ADDRESS)
    for words in ("the word quixotic", "Line by line.", "the word zymurgy"):
        assert shown(page, words), words
    for gone in (".passes", ".fold-bar button"):
        assert page.locator(f"{gone}:visible").count() == 0, gone


# All links of the contents look the same, but for the one that is marked.
LOOKS = """() => {
    const look = (one) => [getComputedStyle(one).fontWeight, getComputedStyle(one).color].join();
    const all = [...document.querySelectorAll(".md-sidebar--secondary .md-nav__link[href*='#']")];
    const [marked, others] = [true, false].map((is) => new Set(
        all.filter((one) => one.hasAttribute("aria-current") === is).map(look)));
    return marked.size === 1 && others.size === 1 && !others.has([...marked][0]);
}"""


@pytest.mark.parametrize("engine", ["mkdocs", "zensical"])
def test_the_contents_mark_the_section_that_is_read_also_while_others_are_folded(
    open_site, engine: str
) -> None:
    page = open_site(engine, viewport={"width": 1280, "height": 400}).go(ADDRESS)
    page.add_style_tag(content=".md-typeset p { min-height: 12em; } article { padding-bottom: 60em; }")
    marked = page.locator(".md-sidebar--secondary .md-nav__link[aria-current=location]")
    for anchor in ("the-method", "why-it-is-so", "what-to-remember", "in-short"):
        page.locator(f"#{anchor}").evaluate("one => one.scrollIntoView({ behavior: 'instant' })")
        expect(marked).to_have_attribute("href", re.compile(f"#{anchor}$"))
        page.wait_for_function(LOOKS)  # once the theme's transition is over
    button(page, "the-method").click()
    page.locator("#the-step-after-it").evaluate("one => one.scrollIntoView({ behavior: 'instant' })")
    expect(marked).to_have_attribute("href", re.compile("#the-step-after-it$"))


def test_print_shows_all_of_it(open_site) -> None:
    page = open_site().go(ADDRESS)
    page.emulate_media(media="print")
    for words in ("the word quixotic", "Line by line.", "the word zymurgy"):
        assert shown(page, words), words
    for gone in (".passes", ".fold-bar", ".step"):
        assert page.locator(f"{gone}:visible").count() == 0, gone


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("engine", ["mkdocs", "zensical"])
def test_no_axe_violation_in_any_state(open_site, engine: str, width: int, scheme: str) -> None:
    reader = open_site(engine, viewport={"width": width, "height": 740}, color_scheme=scheme)
    page = reader.go(ADDRESS)

    def violations() -> list[str]:
        page.evaluate(f"{AXE.read_text(encoding='utf-8')}; 0")
        # The buttons that copy code are the theme's; `make audit` looks at all of a page.
        return page.evaluate(FOUND, {"include": [[".md-content"]], "exclude": [[".md-code__nav"]]})

    for number in (1, 2, 3):
        radio(page, number).check()
        assert violations() == [], number
    radio(page, 1).check()
    button(page, "the-method").click()
    page.locator("#step-marked-2").check()
    assert violations() == []
    sideways = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(sideways) <= 0
    page = reader.go()
    assert page.locator("[data-continue]").is_visible()
    assert violations() == []


def test_what_is_touched_is_large_enough(open_site) -> None:
    page = open_site(viewport=NARROW).go(ADDRESS)
    for selector in (".passes label", ".fold-bar button:visible", ".step label"):
        for one in page.locator(selector).all():
            if one.is_visible():
                box = one.bounding_box()
                assert box["width"] >= 24, selector
                assert box["height"] >= 24 or selector == ".step label", selector


@pytest.mark.parametrize("engine", ["mkdocs", "zensical"])
def test_a_step_stands_in_its_box(open_site, engine: str) -> None:
    """The theme styles lists by the direction of the text, more strongly than it looks."""
    page = open_site(engine).go(ADDRESS)
    step = page.locator(".step").first
    seen = step.evaluate("one => getComputedStyle(one).borderLeftWidth")
    gap = step.locator("li").first.evaluate("one => getComputedStyle(one).columnGap")
    assert seen == "3px"
    assert float(gap.removesuffix("px")) > 5
