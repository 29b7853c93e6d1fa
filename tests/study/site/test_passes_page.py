"""What the passes of a page become in its Markdown and in its HTML."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from study.files.errors import FileError
from study.log import checklist
from study.notes import parse, parse_text
from study.site import folds, passes
from study.site.addresses import Base
from study.site.entry_page import entry_page, items

markdown = pytest.importorskip("markdown", reason="Python-Markdown is not installed")
_spec = importlib.util.spec_from_file_location("passes_page", Path(__file__).with_name("passes_page.py"))
assert _spec
assert _spec.loader
PAGE = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(PAGE)


@pytest.fixture
def entry(base):
    PAGE.add(base)
    return base.entry("marked")


_PARTS = re.compile(
    r'<h\d id="([^"]*)|<div class="fold" id="([^"]*)"[^>]*data-pass="(\d)|</div>|class="step plain'
)


def rendered(body: str, items_text: str = "- [ ] x\n", slug: str = "x") -> str:
    """Return the HTML of a page with what the passes add to it."""
    notes = parse_text(body, Path("papers/x/notes.md"), front=False)
    lines = body.split("\n")

    class Named:
        pass

    named = Named()
    named.slug = slug
    steps = checklist.parse(items_text, Path("checklist.md")).items
    for line, _, text in reversed(passes.placed(named, notes, steps)):
        lines.insert(line - 1, text)
    return markdown.markdown("\n".join(lines), extensions=["toc", "md_in_html", "study.site.folds"])


def outline(html: str) -> str:
    """Return headings, elements of later passes and steps of a page, in short."""
    shown = []
    for found in _PARTS.finditer(html):
        heading, fold, number = found.groups()
        if heading or fold:
            shown.append(heading or f"{number}({fold.removeprefix('fold-')}")
        else:
            shown.append(")" if found[0] == "</div>" else "step")
    return " ".join(shown)


def sections(*named: str) -> str:
    """Return a page of headings such as `##A 3`: level, title, and the pass where it is named."""
    parts = ["# T\n"]
    for one in named:
        heading, _, number = one.partition(" ")
        level = heading.count("#")
        mark = f"<!-- pass: {number} -->\n" if number else ""
        parts.append(f"{'#' * level} {heading[level:]}\n{mark}\ntext\n")
    return "\n".join(parts)


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        (("##A", "##B"), "t a b"),  # without a mark nothing folds
        (("##A 1", "##B"), "t a b 2(b )"),
        (("##A 3", "###B", "##C 1"), "t a 3(a b ) c"),
        (("##A", "###B 3", "###C", "##D 3"), "t a 2(a b 3(b ) c ) d 3(d )"),
        (("##A 3", "###B 1", "###C"), "t a 3(a ) b 3(a--2 c )"),
        (("##A 2", "###B 3", "####C 2", "####D"), "t a 2(a b 3(b ) c 3(b--2 d ) )"),
        (("##A 3", "###B 2", "##C"), "t a 3(a ) b 2(b ) c 2(c )"),
    ],
)
def test_later_passes_are_wrapped_as_their_sections_nest(named: tuple[str, ...], expected: str) -> None:
    assert outline(rendered(sections(*named))) == expected


def test_a_step_stands_at_the_end_of_its_section() -> None:
    body = "# T\n\n## A\n\na\n\n### B\n<!-- pass: 3 -->\n\nb\n\n## C\n<!-- pass: 1 -->\n\nc\n"
    steps = "- [ ] [a](notes.md#a)\n- [ ] [b](notes.md#b)\n- [ ] [c](notes.md#c)\n- [ ] [d](notes.md#d)\n"
    assert outline(rendered(body, steps)) == "t a 2(a b 3(b step ) step ) c step"
    unmarked = body.replace("<!-- pass: 3 -->", "").replace("<!-- pass: 1 -->", "")
    assert outline(rendered(unmarked, steps)) == "t a b step step c step"


def test_without_the_extension_or_the_elements_the_page_is_the_same() -> None:
    plain = markdown.markdown(PAGE.BODY, extensions=["toc", "md_in_html"])
    folded = rendered(f"# T\n\n{PAGE.BODY}", PAGE.CHECKLIST)
    bare = re.sub(
        r'<div class="fold"[^>]*>|</div>|<p class="fold-bar.*?</p>|<ul class="step.*?</ul>', "", folded
    )
    assert re.sub(r"\s+", "", bare.split("</h1>")[1]) == re.sub(r"\s+", "", plain)


def test_every_element_is_closed_where_it_was_opened() -> None:
    html = rendered(f"# T\n\n{PAGE.BODY}")
    assert html.count('<div class="fold"') == html.count("</div>") == 4
    assert "fold:" not in html
    names = re.findall(r' id="([^"]+)"', html)
    assert len(names) == len(set(names))
    assert set(re.findall(r'aria-controls="([^"]+)"', html)) <= set(names)


def test_comments_in_code_are_no_elements() -> None:
    html = markdown.markdown(
        f"    {folds.opening('a', 1, 2)}\n\n`{folds.CLOSING}`\n", extensions=["study.site.folds"]
    )
    assert "<div" not in html


def test_a_bar_tells_the_pass_and_the_minutes_of_its_section() -> None:
    words = "word " * 450
    body = f"# T\n\n## A *b*\n\n{words}\n\n### B\n<!-- pass: 3 -->\n\n{words}\n\n### C\n\n{words}\n"
    bars = re.findall(r'<p class="fold-bar.*?</p>', rendered(body))
    shown = [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", bar)) for bar in bars]
    assert shown == ["Second pass, 5 min Open “A b”", "Third pass, 3 min Open “B”"]
    assert all("data-search-exclude" in bar for bar in bars)


def test_the_page_has_a_switch_with_the_minutes_of_each_pass(base, entry) -> None:
    page, _ = entry_page(
        Base.load(base.root), entry, {one.slug: items(one) for one in Base.load(base.root).catalogue}
    )
    assert '<script src="../../assets/js/pass.js"></script>\n<fieldset class="passes"' in page
    assert re.findall(r'value="(\d)".*?<span>(\w+ pass)</span> <span class="passes-time">([^<]*)<', page) == [
        ("1", "First pass", "1 min"), ("2", "Second pass", "+ 1 min"), ("3", "Third pass", "+ 1 min"),
    ]  # fmt: skip
    assert "3 minutes" in page


def test_a_page_without_marks_has_no_switch(base) -> None:
    known = Base.load(base.root)
    page, _ = entry_page(
        known, known.catalogue.get("coin"), {one.slug: items(one) for one in known.catalogue}
    )
    assert "fieldset" not in page
    assert "fold" not in page
    assert "pass.js" not in page


def test_the_links_of_an_item_lead_somewhere_on_the_page(base, entry) -> None:
    base.edit(f"{PAGE.MARKED}/checklist.md", "Explained it", "[Explained](demo.py) [it](notes.md#no)")
    known = Base.load(base.root)
    page, _ = entry_page(known, entry, {one.slug: items(one) for one in known.catalogue})
    (checks,) = re.findall(r'<ul class="items plain">.*?</ul>', page, re.DOTALL)
    assert re.findall(r"<label[^>]*>(.*?)</label>", checks) == [
        '<a href="#what-came-after">First pass</a>: what is claimed',
        '<a href="#the-method">Second pass: the method</a>',
        '<a href="#why-it-is-so">Third pass</a>, see <a href="https://example.org/a">the paper</a>',
        "Explained it to someone",
    ]
    assert re.findall(r'<li data-key="([^"]*)"><input type="checkbox" id="step', page) == [
        "first pass: what is claimed", "second pass: the method", "third pass, see the paper",
    ]  # fmt: skip


def test_the_build_names_a_bad_marker_and_python_that_is_not_run(base, entry) -> None:
    listed = {one.slug: items(one) for one in Base.load(base.root).catalogue}
    base.edit(f"{PAGE.MARKED}/notes.md", "```py\n", "```pycon\n")
    with pytest.raises(FileError, match=r"marked/notes.md:\d+: a fence of 'pycon' is Python that is not run"):
        entry_page(Base.load(base.root), entry, listed)
    base.edit(f"{PAGE.MARKED}/notes.md", "## In short\n<!-- pass: 1 -->", "## In short\n<!-- pass: 9 -->")
    with pytest.raises(FileError, match=r"marked/notes.md:\d+: expected `<!-- pass: N -->`"):
        parse(entry.notes)
