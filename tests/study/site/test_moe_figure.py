"""The figure of experts: training on the page is NumPy's, and the sliders say what they do."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from papers.moe.balance import normal_cdf
from papers.moe.demo_live import FIRST
from papers.moe.live import Live

pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect

PAGE = "foundations/formulas/"
AXE = Path(__file__).parents[2] / "audit" / "axe.min.js"
VIOLATIONS = """axe.run(".interactive.is-live").then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target}`)))"""
RUN = """([k, importance, load, steps]) => {
    const net = new figure.own.GateNet(k, importance, load).run(steps);
    return { task: net.task, cv: net.cv, counts: net.counts, gate: net.gate, noise: net.noise,
        experts: net.experts, dead: net.dead };
}"""


def live(reader: Any) -> Any:
    page = reader.go(PAGE)
    figure = page.locator('[data-interactive$="gating.js"]')
    figure.scroll_into_view_if_needed()
    expect(figure).to_have_class(re.compile("is-live"))
    return figure


def value(figure: Any, name: str) -> str:
    return figure.locator(f'[data-value="{name}"]').text_content()


@pytest.mark.parametrize(
    "weights", [(2, 0.0, 0.0), (2, 0.3, 0.0), (3, 0.0, 0.4), (1, 0.2, 0.2), (8, 0.5, 0.5)]
)
def test_training_is_numpys(visit, weights) -> None:
    k, importance, load = weights
    got = live(visit()).page.evaluate(RUN, [k, importance, load, 120])
    here = Live(k, importance, load).run(120)
    assert got["task"] == pytest.approx(here.task, abs=1e-6)
    assert got["cv"] == pytest.approx([here.balance.cv_importance, here.balance.cv_load], abs=1e-4)
    assert got["counts"] == here.balance.load.tolist()
    assert got["dead"] == here.dead()
    for name, theirs in (("gate", here.w_gate), ("noise", here.w_noise), ("experts", here.experts)):
        np.testing.assert_allclose(got[name], theirs.data.ravel(), atol=1e-5)


def test_the_normal_share_is_scipys(visit) -> None:
    z = np.linspace(-9, 9, 401)
    got = live(visit()).page.evaluate("(all) => all.map((z) => figure.own.normalCdf(z))", z.tolist())
    np.testing.assert_allclose(got, normal_cdf(z), atol=1e-7)


def test_it_begins_as_the_still_figure_has_it(visit) -> None:
    reader = visit()
    figure, here = live(reader), Live().run(FIRST)
    assert float(value(figure, "task")) == pytest.approx(here.task, abs=1e-4)
    assert float(value(figure, "importance")) == pytest.approx(here.balance.cv_importance, abs=1e-4)
    assert float(value(figure, "load")) == pytest.approx(here.balance.cv_load, abs=1e-4)
    assert value(figure, "dead") == f"{here.dead()} of 8"
    expect(figure.locator(".interactive-said")).to_be_empty()
    assert reader.wrong == []


def test_sliders_train_anew_and_say_so(visit) -> None:
    figure = live(visit())
    before = float(value(figure, "importance"))
    slider = figure.get_by_label("Weight of the importance loss", exact=True)
    slider.focus()
    slider.press("ArrowRight")
    here = Live(2, 0.1, 0.0).run(FIRST)
    assert float(value(figure, "importance")) == pytest.approx(here.balance.cv_importance, abs=1e-4)
    assert here.balance.cv_importance < before / 2
    expect(figure.locator(".interactive-said")).to_contain_text(f"After {FIRST} steps: error")
    figure.get_by_label("Experts a point visits, k", exact=True).fill("8")
    assert float(value(figure, "load")) == 0


def test_training_goes_on_and_starts_over_by_keys(visit) -> None:
    figure = live(visit())
    figure.get_by_role("button", name="Train 50 more steps").press("Enter")
    here = Live().run(FIRST + 50)
    assert value(figure, "steps") == str(FIRST + 50)
    assert float(value(figure, "task")) == pytest.approx(here.task, abs=1e-4)
    figure.get_by_role("button", name="From the start").press("Enter")
    assert value(figure, "steps") == "0"
    assert value(figure, "task") == "not yet"


def test_where_no_expert_is_ahead_none_is_shown(visit) -> None:
    figure = live(visit())
    figure.get_by_label("Experts a point visits, k", exact=True).fill("1")
    plane = figure.locator("canvas").first
    expect(plane).to_have_attribute("aria-label", re.compile("All logits are 0: noise alone decides"))
    figure.get_by_label("Weight of the load loss", exact=True).fill("0.3")
    expect(plane).to_have_attribute("aria-label", re.compile("of 8 experts have the largest logit"))


def test_nothing_plays_for_a_reader_who_wants_no_motion(visit) -> None:
    figure = live(visit(reduced_motion="reduce"))
    expect(figure.get_by_role("button", name="Play")).to_have_count(0)
    figure.get_by_role("button", name="Train 50 more steps").press("Enter")
    assert value(figure, "steps") == str(FIRST + 50)


def test_the_scripts_are_small() -> None:
    root = Path(__file__).parents[3]
    own = [root / "papers/moe/interactive" / name for name in ("gatenet.js", "gating.js")]
    kit = [root / "docs/assets/js/figure" / f"{one}.js" for one in ("figure", "controls", "plane")]
    assert sum(len(gzip.compress(one.read_bytes())) for one in own + kit) <= 15_000


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_axe_finds_nothing_and_the_page_does_not_scroll_sideways(visit, scheme: str, width: int) -> None:
    figure = live(visit(color_scheme=scheme, viewport={"width": width, "height": 800}))
    page = figure.page
    page.evaluate(f"{AXE.read_text(encoding='utf-8')}; 0")
    assert page.evaluate(VIOLATIONS) == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
