"""The figure of retrieval-augmented generation: both mixtures are NumPy's, and controls say what they do."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from papers.rag.toy import DOCUMENTS, RIGHT, SCORES, SWAPPED, distributions, log_priors

pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect

PAGE = "foundations/formulas/"
AXE = Path(__file__).parents[2] / "audit" / "axe.min.js"
VIOLATIONS = """axe.run(".interactive.is-live").then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target}`)))"""


def live(reader: Any) -> Any:
    page = reader.go(PAGE)
    figure = page.locator('[data-interactive$="mixture.js"]')
    figure.scroll_into_view_if_needed()
    expect(figure).to_have_class(re.compile("is-live"))
    return figure


def values(figure: Any, kind: str) -> list[float]:
    return [float(figure.locator(f'[data-value="{kind}{i}"]').text_content()) for i in range(4)]


def test_both_mixtures_are_numpys(visit) -> None:
    page = live(visit()).page
    rng = np.random.default_rng(0)
    for documents in (DOCUMENTS, SWAPPED):
        for right in (0.5, 0.83, 1.0):
            scores = tuple(rng.uniform(-3, 3, 3).round(1).tolist())
            got = page.evaluate(
                "([scores, documents, right]) => figure.own.mixtures(scores, documents, right)",
                [list(scores), [list(one) for one in documents], right],
            )
            with np.errstate(divide="ignore"):  # log 0, where a name is never written
                expected = distributions(scores, documents, right)
            for name, one in expected.items():
                np.testing.assert_allclose(got[name], one, atol=1e-12)


def test_it_begins_as_the_still_figure_has_it(visit) -> None:
    reader = visit()
    figure = live(reader)
    for kind, expected in distributions(SCORES, DOCUMENTS, RIGHT).items():
        np.testing.assert_allclose(values(figure, kind), expected, atol=5.1e-5)
    prior = np.exp(log_priors(SCORES))[0]
    for i, one in enumerate(prior, 1):
        text = figure.locator(f'[data-value="z{i}"]').text_content()
        assert float(text.split(":")[0]) == pytest.approx(one, abs=5.1e-5)
        assert text.endswith(" ".join(DOCUMENTS[i - 1]))
    expect(figure.locator(".interactive-said")).to_be_empty()
    assert reader.wrong == []


def test_sliders_and_the_other_index_change_it_by_keys_and_say_so(visit) -> None:
    figure = live(visit())
    slider = figure.get_by_label("Score of document 3", exact=True)
    slider.focus()
    for _ in range(3):
        slider.press("ArrowRight")
    figure.get_by_label("The other index", exact=True).press("Space")
    expected = distributions((1.0, 0.9, 0.8), SWAPPED, RIGHT)
    for kind, one in expected.items():
        np.testing.assert_allclose(values(figure, kind), one, atol=5.1e-5)
    expect(figure.locator(".interactive-said")).to_contain_text("RAG-Token answers Ada Lim")


def test_the_script_is_small() -> None:
    root = Path(__file__).parents[3]
    own = [root / "papers/rag/interactive/mixture.js"]
    kit = [root / "docs/assets/js/figure" / f"{one}.js" for one in ("figure", "controls", "plane")]
    assert sum(len(gzip.compress(one.read_bytes())) for one in own + kit) <= 15_000


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_axe_finds_nothing_and_the_page_does_not_scroll_sideways(visit, scheme: str, width: int) -> None:
    figure = live(visit(color_scheme=scheme, viewport={"width": width, "height": 800}))
    page = figure.page
    page.evaluate(f"{AXE.read_text(encoding='utf-8')}; 0")
    assert page.evaluate(VIOLATIONS) == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
