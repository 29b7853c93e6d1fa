"""The figure of depth: it shows what was recorded of twelve trainings, and the errors that NumPy has."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from papers.resnet import error_rate
from papers.resnet.demo_live import runs_of
from papers.resnet.demo_weights import SCRIPT, WEIGHTS, images, load

pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect

PAGE = "foundations/formulas/"
AXE = Path(__file__).parents[2] / "audit" / "axe.min.js"
VIOLATIONS = """axe.run(".interactive.is-live").then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target}`)))"""
ALL = """() => {
    const runs = new figure.own.ResNetRuns(figure.given("resnet_runs.js"));
    return { depths: runs.depths, all: runs.all, slopes: runs.all.map(figure.own.gradientSlope) };
}"""


def live(reader: Any) -> Any:
    page = reader.go(PAGE)
    figure = page.locator('[data-interactive$="depth.js"]')
    figure.scroll_into_view_if_needed()
    expect(figure).to_have_class(re.compile("is-live"))
    return figure


def value(figure: Any, name: str) -> str:
    return figure.locator(f'[data-value="{name}"]').text_content()


def test_it_shows_what_was_recorded(visit) -> None:
    got = live(visit()).page.evaluate(ALL)
    _, runs = load()
    assert got["depths"] == [8, 20, 32]
    assert got["all"] == runs
    slopes = [np.log10(run["start"][0] / run["start"][-1]) for run in runs]
    np.testing.assert_allclose(got["slopes"], slopes, atol=1e-4)


def test_it_begins_with_the_deepest_networks(visit) -> None:
    reader = visit()
    figure = live(reader)
    for i, run in enumerate(runs_of(32, True).values()):
        assert value(figure, f"error{i}") == f"{100 * run['error']:.1f} %"
        assert value(figure, f"response{i}") == f"{np.mean(run['responses']):.3f}"
    expect(figure.locator(".interactive-said")).to_be_empty()
    assert reader.wrong == []


def test_a_block_is_left_out_by_keyboard_and_the_error_is_numpy_s(visit) -> None:
    figure = live(visit())
    block = figure.get_by_role("button", name="Block 4", exact=True)
    block.focus()
    figure.page.keyboard.press("Enter")
    assert block.get_attribute("aria-pressed") == "true"
    models, _ = load()
    for i, kind in enumerate(("plain", "residual")):
        error = error_rate(models[f"{kind}-32"], *images(), without=("layer1.3",))
        assert value(figure, f"without{i}") == f"{100 * error:.1f} %"
    assert value(figure, "away") == "block 4"
    expect(figure.locator(".interactive-said")).to_contain_text("without block 4: error")
    figure.get_by_role("button", name="Block 6", exact=True).click()
    assert value(figure, "without0") == "would not fit"
    figure.get_by_role("button", name="Block 6", exact=True).click()
    assert value(figure, "without0") == "none left out"


def test_depth_and_normalisation_change_everything(visit) -> None:
    figure = live(visit())
    slider = figure.get_by_label("Depth", exact=True)
    slider.focus()
    figure.page.keyboard.press("Home")
    assert slider.get_attribute("aria-valuetext") == "8 layers"
    assert figure.get_by_role("button").count() == 3
    figure.get_by_label("batch normalisation").uncheck()
    for i, run in enumerate(runs_of(8, False).values()):
        assert value(figure, f"error{i}") == f"{100 * run['error']:.1f} %"
    expect(figure.locator(".interactive-said")).to_contain_text("8 layers without batch normalisation")
    label = figure.get_by_role("img").first.get_attribute("aria-label")
    assert label.startswith("Training loss by step, nats: plain ")
    plain, residual = (run["without"] for run in runs_of(8, False).values())
    assert figure.get_by_role("img").last.get_attribute("aria-label") == (
        f"Error without one block, %, by block: plain {100 * plain[0]:.1f} % to {100 * plain[0]:.1f} %; "
        f"residual {100 * min(residual):.1f} % to {100 * max(residual):.1f} %"
    )


def test_the_scripts_are_small() -> None:
    root = Path(__file__).parents[3]
    kit = [root / "docs/assets/js/figure" / f"{one}.js" for one in ("figure", "controls", "plane")]
    own = root / "papers/resnet/interactive/depth.js"
    assert sum(len(gzip.compress(one.read_bytes())) for one in [own, *kit]) <= 15_000
    assert SCRIPT.stat().st_size < 100_000
    assert WEIGHTS.stat().st_size < 1_000_000


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_and_the_page_does_not_scroll_sideways(visit, scheme: str, width: int) -> None:
    figure = live(visit(color_scheme=scheme, viewport={"width": width, "height": 800}))
    page = figure.page
    page.evaluate(f"{AXE.read_text(encoding='utf-8')}; 0")
    assert page.evaluate(VIOLATIONS) == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
