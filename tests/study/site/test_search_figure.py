"""The figure that searches this site: its BM25 is NumPy's, its links lead somewhere, and keys are enough."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from papers.rag import BM25, words
from papers.rag.demo_sections import documents, shipped
from study.notes.markdown import slug

pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect

ROOT = Path(__file__).parents[3]
PAGE = "foundations/formulas/"
AXE = Path(__file__).parents[2] / "audit" / "axe.min.js"
VIOLATIONS = """axe.run(".interactive.is-live").then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target}`)))"""
SCORES = """(questions) => {
    const { stop, sections } = figure.given("sections.js");
    const texts = sections.map(({ heading, text }) => `${heading} ${text}`);
    const index = new figure.own.BM25(texts, new Set(stop));
    return questions.map((one) => index.scores(one));
}"""


def live(reader: Any) -> Any:
    page = reader.go(PAGE)
    figure = page.locator('[data-interactive$="search.js"]')
    figure.scroll_into_view_if_needed()
    expect(figure).to_have_class(re.compile("is-live"))
    return figure


def best(question: str) -> tuple[list[str], np.ndarray]:
    sections = shipped()["sections"]
    found = BM25(documents(sections)).search(question, 5)
    return [sections[i]["heading"] for i in found.documents], found.scores


def shown(figure: Any) -> tuple[list[str], list[float]]:
    scores = figure.locator("[data-score]").all_text_contents()
    return figure.locator(".interactive-found a").all_text_contents(), [float(one) for one in scores]


def test_words_and_scores_are_numpys(visit) -> None:
    page, data = live(visit()).page, shipped()
    index = BM25(documents(data["sections"]))
    questions = [*data["questions"], "gradient gradient", "Luther's √ᾱ, σ² and d_k", "Adam's e-mail: naïve?"]
    for got, question in zip(page.evaluate(SCORES, questions), questions, strict=True):
        np.testing.assert_allclose(got, index.scores(question), atol=1e-9)
    cut = "([text, stop]) => figure.own.words(text, new Set(stop))"
    for text in documents(data["sections"]):
        assert page.evaluate(cut, [text, data["stop"]]) == words(text)


def test_it_begins_as_the_still_figure_has_it(visit) -> None:
    reader = visit()
    figure = live(reader)
    headings, scores = best(shipped()["questions"][0])
    assert shown(figure)[0] == headings
    np.testing.assert_allclose(shown(figure)[1], scores, atol=5.1e-4)
    expect(figure.locator(".interactive-said")).to_be_empty()
    assert reader.wrong == []


def test_a_question_is_chosen_or_typed_by_keys_and_the_best_is_said(visit) -> None:
    figure = live(visit())
    figure.get_by_label("Ask", exact=True).focus()
    figure.page.keyboard.press("ArrowDown")
    headings, _ = best(shipped()["questions"][1])
    assert shown(figure)[0] == headings
    expect(figure.locator(".interactive-said")).to_contain_text(headings[0])
    box = figure.get_by_label("Question", exact=True)
    box.fill("Which temperature at inference?")
    assert shown(figure)[0][0] == "Which temperature at inference?"
    box.fill("why is it so")
    expect(figure.locator(".interactive-wrong")).to_contain_text("all are stop words")
    assert shown(figure)[0][0] == "Which temperature at inference?"
    box.fill("zebra")
    assert shown(figure) == ([], [])
    expect(figure.locator(".interactive-said")).to_contain_text("shares a word")


def test_every_link_leads_to_a_heading_of_the_notes() -> None:
    for one in shipped()["sections"]:
        text = (ROOT / one["page"] / "notes.md").read_text(encoding="utf-8")
        found = [slug(re.sub("[*`]", "", line)) for line in re.findall(r"^#{2,4} (.+)$", text, re.MULTILINE)]
        remedy = (
            f"{one['page']} has no heading {one['heading']!r} now: run python -m papers.rag.demo_sections"
        )
        assert one["anchor"] in found, remedy


def test_the_scripts_are_small() -> None:
    own = [ROOT / "papers/rag/interactive" / name for name in ("search.js", "sections.js")]
    kit = [ROOT / "docs/assets/js/figure" / f"{one}.js" for one in ("figure", "controls")]
    assert sum(len(gzip.compress(one.read_bytes())) for one in own + kit) <= 15_000


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_axe_finds_nothing_and_the_page_does_not_scroll_sideways(visit, scheme: str, width: int) -> None:
    figure = live(visit(color_scheme=scheme, viewport={"width": width, "height": 800}))
    page = figure.page
    page.evaluate(f"{AXE.read_text(encoding='utf-8')}; 0")
    assert page.evaluate(VIOLATIONS) == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
