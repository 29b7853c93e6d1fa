"""The figure of updates: what it says are NumPy's numbers, and its sliders say what they do."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import pytest

from papers.lora.demo_live import PLACE, RANK, share_kept
from papers.lora.demo_weights import CUTS, load_updates

pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect

PAGE = "foundations/formulas/"
AXE = Path(__file__).parents[2] / "audit" / "axe.min.js"
VIOLATIONS = """axe.run(".interactive.is-live").then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target}`)))"""


def live(reader: Any) -> Any:
    page = reader.go(PAGE)
    figure = page.locator('[data-interactive$="lowrank.js"]')
    figure.scroll_into_view_if_needed()
    expect(figure).to_have_class(re.compile("is-live"))
    return figure


def value(figure: Any, name: str) -> float:
    return float(figure.locator(f'[data-value="{name}"]').text_content())


def test_it_begins_as_the_still_figure_has_it(visit) -> None:
    reader = visit()
    figure, found = live(reader), load_updates()
    assert value(figure, "kept") == pytest.approx(share_kept(found["lora"][PLACE], RANK), abs=1e-4)
    assert value(figure, "full") == pytest.approx(share_kept(found["full"][PLACE], RANK), abs=1e-4)
    assert value(figure, "accuracy") == pytest.approx(100 * found["accuracy"][CUTS.index(RANK)], abs=0.01)
    assert value(figure, "a") == 0
    assert value(figure, "b") == pytest.approx(found["gradients"][1, 0], abs=1e-4)
    expect(figure.locator(".interactive-said")).to_be_empty()
    assert reader.wrong == []


def test_every_map_and_rank_is_numpys(visit) -> None:
    figure, found = live(visit()), load_updates()
    for m in range(len(found["lora"])):
        figure.get_by_label("Map", exact=True).select_option(str(m))
        for i, rank in list(enumerate(CUTS))[:: 1 + m % 3]:
            figure.get_by_label("Rank that is left", exact=True).fill(str(i))
            assert value(figure, "kept") == pytest.approx(share_kept(found["lora"][m], rank), abs=1e-4)
            assert value(figure, "full") == pytest.approx(share_kept(found["full"][m], rank), abs=1e-4)
            assert value(figure, "accuracy") == pytest.approx(100 * found["accuracy"][i], abs=0.01)


def test_sliders_by_keys_say_what_changed(visit) -> None:
    figure, found = live(visit()), load_updates()
    slider = figure.get_by_label("Step of training", exact=True)
    slider.focus()
    slider.press("ArrowRight")
    assert value(figure, "a") == pytest.approx(found["gradients"][0, 1], abs=1e-4)
    assert value(figure, "a") > 0
    expect(figure.locator(".interactive-said")).to_contain_text("Step 1: gradient of A")
    figure.get_by_label("Rank that is left", exact=True).press("Home")
    assert value(figure, "kept") == 0


def test_the_scripts_are_small() -> None:
    root = Path(__file__).parents[3]
    own = [root / "papers/lora/interactive" / name for name in ("lowrank.js", "updates.js")]
    kit = [root / "docs/assets/js/figure" / f"{one}.js" for one in ("figure", "controls", "plane")]
    assert sum(len(gzip.compress(one.read_bytes())) for one in own + kit) <= 15_000


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_axe_finds_nothing_and_the_page_does_not_scroll_sideways(visit, scheme: str, width: int) -> None:
    figure = live(visit(color_scheme=scheme, viewport={"width": width, "height": 800}))
    page = figure.page
    page.evaluate(f"{AXE.read_text(encoding='utf-8')}; 0")
    assert page.evaluate(VIOLATIONS) == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
