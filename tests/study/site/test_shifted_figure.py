"""The figure of word vectors: the cloud falls as NumPy's does, and the map answers what NumPy answers."""

from __future__ import annotations

import gzip
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from papers.word_vectors.demo_live import EACH, FIRST_D, FIRST_K, FRAMES, answers, pictures, read

pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect

PAGE = "foundations/formulas/"
AXE = Path(__file__).parents[2] / "audit" / "axe.min.js"
VIOLATIONS = """axe.run(".interactive.is-live").then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target}`)))"""
RUN = """([k, d]) => {
    const planted = new figure.own.Planted(figure.given("words.js"));
    return planted.pictures(k, d).map((products) => ({ products, ...planted.line(products) }));
}"""
ASK = """(all) => {
    const words = new figure.own.Words(figure.given("words.js"));
    return all.map((one) => words.answers(...one));
}"""


def live(reader: Any) -> Any:
    page = reader.go(PAGE)
    figure = page.locator('[data-interactive$="shifted.js"]')
    figure.scroll_into_view_if_needed()
    expect(figure).to_have_class(re.compile("is-live"))
    return figure


def value(figure: Any, name: str) -> str:
    return figure.locator(f'[data-value="{name}"]').text_content().replace("−", "-")


def canvas(figure: Any, number: int) -> str:
    return figure.locator("canvas").nth(number).get_attribute("aria-label").replace("−", "-")


def test_the_cloud_is_numpys_at_every_picture(visit) -> None:
    page = live(visit()).page
    for k, d in ((1, 20), (5, 20), (15, 4), (5, 2)):
        for got, wanted in zip(page.evaluate(RUN, [k, d]), pictures(k, d), strict=True):
            np.testing.assert_allclose(got["products"], wanted.products, rtol=0, atol=1e-6)
            for name in ("slope", "fit", "shift"):
                assert got[name] == pytest.approx(getattr(wanted, name), abs=1e-6), name


def test_the_answers_are_numpys(visit) -> None:
    page = live(visit()).page
    relations = read().relations
    asked = [[name, i, j] for name in relations for i in (0, 3) for j in range(len(relations[name]))]
    for question, got in zip(asked, page.evaluate(ASK, asked), strict=True):
        wanted = answers(*question)
        assert [word for word, _ in got] == [word for word, _ in wanted]
        np.testing.assert_allclose([c for _, c in got], [c for _, c in wanted], rtol=0, atol=1e-6)


def test_it_begins_as_the_still_figure_has_it(visit) -> None:
    reader = visit()
    figure = live(reader)
    last = pictures(FIRST_K, FIRST_D)[FRAMES - 1]
    assert [float(value(figure, name)) for name in ("slope", "fit", "shift")] == pytest.approx(
        [last.slope, last.fit, last.shift], abs=6e-4
    )
    assert value(figure, "theory") == f"{-math.log(FIRST_K):.3f}"
    expect(figure.locator(".interactive-said")).to_be_empty()
    assert reader.wrong == []


def test_steps_go_back_by_keys_and_are_said(visit) -> None:
    figure = live(visit())
    figure.get_by_label("Step", exact=True).press("Home")
    first = pictures(FIRST_K, FIRST_D)[0]
    assert float(value(figure, "slope")) == pytest.approx(first.slope, abs=6e-4)
    figure.get_by_role("button", name="Step on").press("Enter")
    figure.get_by_role("button", name="Step on").press("Enter")
    third = pictures(FIRST_K, FIRST_D)[2]
    assert float(value(figure, "slope")) == pytest.approx(third.slope, abs=6e-4)
    assert f"After {2 * EACH} steps: slope {third.slope:.3f}" in canvas(figure, 0)
    expect(figure.locator(".interactive-said")).to_contain_text(f"After {2 * EACH} steps: slope")


def test_negatives_and_dimensions_start_again(visit) -> None:
    figure = live(visit())
    figure.get_by_label("Negatives k", exact=True).select_option("15")
    figure.get_by_label("Dimensions", exact=True).select_option("2")
    last = pictures(15, 2)[FRAMES - 1]
    assert float(value(figure, "fit")) == pytest.approx(last.fit, abs=6e-4)
    assert float(value(figure, "shift")) == pytest.approx(last.shift, abs=6e-4)
    assert value(figure, "theory") == f"{-math.log(15):.3f}"
    assert last.fit < 0.6  # two dimensions are too few: another number than with twenty


def test_an_analogy_is_asked_by_keys_and_said(visit) -> None:
    figure = live(visit())
    figure.get_by_label("Relation", exact=True).select_option("gender")
    asked = figure.get_by_label("Asked of", exact=True)
    asked.select_option("king")
    best = answers("gender", 0, 1)[0]
    sentence = f"man is to woman as king is to: {best[0]} {best[1]:.3f}"
    assert sentence in value(figure, "answer")
    assert sentence in canvas(figure, 1)
    expect(figure.locator(".interactive-said")).to_contain_text("man is to woman as king is to: queen")
    known = figure.get_by_label("Known pair", exact=True)
    known.focus()
    known.press("ArrowDown")
    assert value(figure, "answer").startswith("king is to queen as king is to:")


def test_it_plays_when_asked_and_not_for_who_wants_no_motion(visit) -> None:
    figure = live(visit())
    figure.get_by_role("button", name="Play").click()
    expect(figure.get_by_role("button", name="Pause")).to_be_visible()
    figure.get_by_role("button", name="Pause").click()
    expect(figure.get_by_role("button", name="Play")).to_be_visible()
    calm = live(visit(reduced_motion="reduce"))
    expect(calm.get_by_role("button", name="Play")).to_be_hidden()
    expect(calm.get_by_role("button", name="Step on")).to_be_visible()


def test_without_scripts_the_still_figure_stands(visit) -> None:
    page = visit(java_script_enabled=False).go(PAGE)
    still = page.locator('[data-interactive$="shifted.js"] img')
    assert still.count() >= 1
    expect(still.first).to_be_visible()


def test_the_scripts_are_small() -> None:
    root = Path(__file__).parents[3]
    own = root / "papers/word_vectors/interactive/shifted.js"
    kit = [root / "docs/assets/js/figure" / f"{one}.js" for one in ("figure", "controls", "plane", "tensor")]
    assert sum(len(gzip.compress(one.read_bytes())) for one in [own, *kit]) <= 15_000


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_axe_finds_nothing_and_the_page_does_not_scroll_sideways(visit, scheme: str, width: int) -> None:
    figure = live(visit(color_scheme=scheme, viewport={"width": width, "height": 800}))
    page = figure.page
    page.evaluate(f"{AXE.read_text(encoding='utf-8')}; 0")
    assert page.evaluate(VIOLATIONS) == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
