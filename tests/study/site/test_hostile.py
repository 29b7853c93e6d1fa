"""A hostile bibliography, imported and built: in a real browser it is text, and nothing of it runs."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from study.entries import catalogue
from study.files import foreign
from study.site.serving import Server

pytestmark = pytest.mark.browser
ENGINES = ("mkdocs", "zensical")

# Titles that BibTeX would not hand on as they are.
RAW = {
    "tagged_script_window": (
        'Marked ]]>--><!-- <script>window.hit=1</script> \\e[31m\\x9b2J\\u202e \\x02wzxhzdk:0\\x03 \\"'
    ),
    "handled_img_src": (
        '--8<-- \\"mkdocs.yml\\" <!-- source: papers/coin/flip.py::flip --> <!-- map --> ``` ~~~ Nets'
    ),
}
CHECKLIST = (
    "- [ ] Do <script>window.hit=50</script> <img src=x onerror=window.hit=51> "
    "[a](javascript:window.hit=52) **c** `d`\n"
    "- [x] &#106; [f](&#106;avascript:window.hit=53) ![g](x.png){: onclick=x } "
    "<javascript:x> [h]: //evil.example ✅ 2026-11-20\n"
)
SUMMARY = (
    "A [link](javascript:window.hit=40) <img src=x onerror=window.hit=41> "
    '![p](https://evil.example/q.png) \\" onx=1'
)

WRONG = """() => {
    const wrong = [];
    for (const element of document.querySelectorAll("*")) {
        for (const { name, value } of element.attributes) {
            if (/^on/i.test(name)) wrong.push(`${element.tagName} ${name}`);
            if (!/^(href|src|action|formaction|srcdoc|data|xlink:href|poster|srcset)$/i.test(name)) continue;
            if (/^[a-z][\\w+.-]*:/i.test(value.trim()) && !/^https?:/i.test(value.trim())) wrong.push(value);
            if (/^[\\s\\\\/]{2}/.test(value) || /^https?:\\/*[^/]*evil/i.test(value)) wrong.push(value);
        }
        if (/^(iframe|base|object|embed)$/i.test(element.tagName)) wrong.push(element.tagName);
    }
    for (const script of document.scripts) {
        const data = script.src || script.type === "application/json";
        const ours = data || /__md_|palette|__tabbed_/.test(script.text);
        if (!ours) wrong.push(script.outerHTML);
    }
    return wrong;
}"""
TITLE = """() => [...document.querySelector("h1").childNodes]
    .filter((node) => !node.classList?.contains("headerlink")).map((node) => node.textContent).join("")"""


@pytest.fixture(scope="session")
def hostile_base(tmp_path_factory: pytest.TempPathFactory, hostile, another, strictly) -> Any:
    """The toy with every work of the hostile bibliography imported, its site built by each engine, once."""
    base = another(tmp_path_factory.mktemp("hostile") / "base")
    base.write("hostile.bib", hostile.bibliography())
    command = [sys.executable, "-P", "-m", "study", "import", "hostile.bib"]
    done = subprocess.run(command, cwd=base.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for slug, title in RAW.items():
        notes = f"papers/{slug}/notes.md"
        text = re.sub(
            r"^title: .*$",
            lambda _, told=title: f'title: "{told}"',
            base.read(notes),
            count=1,
            flags=re.MULTILINE,
        )
        base.write(notes, text)
    typed = base.read("papers/typed/notes.md")
    typed = typed.replace("summary: Not summarised yet.", f'summary: "{SUMMARY}"')
    base.write("papers/typed/notes.md", typed.replace("tags: []", 'tags: ["<script>window.hit=42</script>"]'))
    base.write("papers/typed/checklist.md", CHECKLIST)
    for engine in ENGINES:
        built = strictly(base.root, engine)
        assert built.returncode == 0, built.stderr
        base.path("site").rename(base.path(f"built-{engine}"))
    return base


@pytest.fixture(params=[*ENGINES, "served"])
def hostile_site(
    request: pytest.FixtureRequest, hostile_base: Any, plainly: Callable[[Path], Any]
) -> Iterator[str]:
    """The address of the hostile site: as each engine made it, and as `study serve` delivers it."""
    if request.param != "served":
        with plainly(hostile_base.root) as address:
            yield f"{address}built-{request.param}/"
        return
    with Server(hostile_base.root, hostile_base.path("built-mkdocs"), 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.address
        server.shutdown()


def test_no_script_of_a_bibliography_runs(hostile_base, hostile_site: str, visitor) -> None:
    reader = visitor(hostile_site)
    reader.page.on("dialog", lambda dialog: reader.wrong.append(dialog.message) or dialog.dismiss())
    papers = catalogue.load(hostile_base.root).room("papers")
    pages = ["", "log/", "papers/", "bibliography/", *(f"papers/{entry.slug}/" for entry in papers)]
    if "built-" in hostile_site:  # what `study serve` answers below api/ is the interface of the ticks
        pages += ["api/", *(f"api/papers/{entry.slug}/" for entry in papers[1:4])]
    for name in pages:
        page = reader.go(name)
        assert page.evaluate(WRONG) == [], name
        assert page.evaluate("window.hit") is None, name
    assert reader.wrong == []
    assert [one for one in reader.asked if not one.startswith((hostile_site, "data:", "blob:"))] == []


def test_titles_read_as_they_are_typed(hostile_base, hostile_site: str, visitor) -> None:
    reader = visitor(hostile_site)
    papers = {
        entry.slug: foreign.line(entry.title) for entry in catalogue.load(hostile_base.root).room("papers")
    }
    for slug, title in papers.items():
        page = reader.go(f"papers/{slug}/")
        if "$" not in title:
            assert page.evaluate(TITLE) == title
        assert page.title() == f"{title} - ML Foundations"
        described = page.evaluate("document.querySelector('meta[name=description]').content")
        assert described == "Not summarised yet." or slug in ("typed", "coin")
    links = page.locator(".md-nav__link").all_text_contents()
    assert set(papers.values()) <= {" ".join(link.split()) for link in links}
    listed = reader.go("papers/").locator(".card-title").all_text_contents()
    assert set(papers.values()) == {title.strip() for title in listed}
    about = reader.go().locator(".map-node").evaluate_all("nodes => nodes.map((node) => node.dataset.about)")
    assert [title for title in papers.values() if not any(f"{title} (paper" in one for one in about)] == []
    bibtex = reader.go("bibliography/").locator(".reference-bibtex code").all_text_contents()
    assert any("```\n\n<script>window.hit=1</script>" in one for one in bibtex)


def test_a_checklist_and_a_summary_keep_what_markdown_they_may(hostile_site: str, visitor) -> None:
    page = visitor(hostile_site).go("papers/typed/")
    items = page.locator(".items label")
    assert items.nth(0).inner_text().startswith("Do <script>window.hit=50</script> <img src=x")
    assert items.nth(0).inner_html().count("<a") == 0
    assert "<strong>c</strong> <code>d</code>" in items.nth(0).inner_html()
    assert items.nth(1).locator("a, img").count() == 0
    assert page.locator(".lead a, .lead img").count() == 0
    assert (
        page.locator(".lead")
        .inner_text()
        .startswith("A link <img src=x onerror=window.hit=41> ![p](https://evil")
    )


def test_a_formula_in_a_title_is_one_and_what_cannot_be_read_is_text(hostile_site: str, visitor) -> None:
    reader = visitor(hostile_site)
    heading = reader.go("papers/counted_sqrt_n/").locator("h1")
    assert heading.locator("math").count() == 2
    assert heading.locator("a:not(.headerlink)").count() == 0
    assert r"$\frac{x}$" in reader.go("papers/broken_frac_x/").locator("h1").inner_text()


def test_hits_of_the_search_are_text(hostile_base, visitor, plainly) -> None:
    with plainly(hostile_base.root) as address:
        reader = visitor(f"{address}built-mkdocs/")
        page = reader.go()
        page.keyboard.press("f")
        page.keyboard.type("nets")
        page.locator(".md-search-result__item").nth(5).wait_for()
        for _ in range(6):  # the theme writes a few more hits whenever the last one is seen
            page.locator(".md-search-result__item").last.scroll_into_view_if_needed()
        assert page.evaluate(WRONG) == []
        told = " ".join(page.locator(".md-search-result__item").all_inner_texts())
        assert "<script>window.hit=1</script>" in told
        assert page.evaluate("window.hit") is None
        assert reader.wrong == []
