"""The figure of guidance: its plane is NumPy's, its digits are those that ship, its controls tell."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from foundations.nn.serialization import load_metadata
from papers.diffusion.demo_grid import WEIGHTS
from papers.diffusion.live import Live

pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect

PAGE = "foundations/formulas/"
AXE = Path(__file__).parents[2] / "audit" / "axe.min.js"
VIOLATIONS = """axe.run(".interactive.is-live").then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target}`)))"""
WALK = """(chosen) => {
    const net = new figure.own.GuidedPlane(chosen);
    return { path: net.path, ...net.ends() };
}"""


def live(reader: Any) -> Any:
    page = reader.go(PAGE)
    figure = page.locator('[data-interactive$="guided.js"]')
    figure.scroll_into_view_if_needed()
    expect(figure).to_have_class(re.compile("is-live"))
    return figure


def value(figure: Any, name: str) -> str:
    return figure.locator(f'[data-value="{name}"]').text_content()


@pytest.mark.parametrize(
    "chosen",
    [
        {},
        {"steps": 1},
        {"steps": 7, "eta": 0.5, "scale": 1.5, "towards": 0},
        {"steps": 50, "eta": 1.0, "scale": 3.0, "clip": True, "at": "mean", "towards": 1},
        {"steps": 12, "scale": 10.0},
        {"steps": 12, "scale": 4.0, "at": "mean", "clip": True},
    ],
)
def test_the_walk_is_numpys(visit, chosen) -> None:
    got = live(visit()).page.evaluate(WALK, chosen)
    here = Live(**chosen)
    np.testing.assert_allclose(got["path"], here.path, atol=1e-4)
    np.testing.assert_allclose(got["shares"], here.shares(), atol=1e-9)
    assert got["outside"] == pytest.approx(here.outside(), abs=1e-9)


def test_it_begins_as_the_still_figure_has_it(visit) -> None:
    reader = visit()
    figure, here = live(reader), Live()
    shares = ", ".join(f"{share:.3f}" for share in here.shares())
    assert value(figure, "shares") == shares
    assert float(value(figure, "outside")) == pytest.approx(here.outside(), abs=1e-3)
    about = json.loads(load_metadata(WEIGHTS)["grid"])
    assert value(figure, "digits") == f"{100 * about['accuracy'][0]:.0f} % at s = 0"
    expect(figure.locator(".interactive-said")).to_be_empty()
    assert reader.wrong == []


def test_controls_walk_anew_and_say_so(visit) -> None:
    figure = live(visit())
    slider = figure.get_by_label("Guidance scale s", exact=True)
    slider.focus()
    slider.press("ArrowRight")
    slider.press("ArrowRight")
    here = Live(scale=1.0)
    assert value(figure, "shares") == ", ".join(f"{share:.3f}" for share in here.shares())
    expect(figure.locator(".interactive-said")).to_contain_text("20 steps, scale 1")
    figure.get_by_label("Class", exact=True).select_option("0")
    here = Live(scale=1.0, towards=0)
    assert value(figure, "shares") == ", ".join(f"{share:.3f}" for share in here.shares())
    figure.get_by_label("Digits' guidance scale").fill("4")
    expect(figure.locator('[data-value="digits"]')).to_contain_text("s = 30")


def test_one_goes_through_time_by_keys(visit) -> None:
    figure = live(visit())
    before = value(figure, "point")
    figure.get_by_role("button", name="Step back").press("Enter")
    here = Live()
    x, y = here.path[-2][0]
    assert value(figure, "point") != before
    assert value(figure, "point").replace("−", "-") == f"({x:.3f}, {y:.3f})"


def test_nothing_plays_for_a_reader_who_wants_no_motion(visit) -> None:
    figure = live(visit(reduced_motion="reduce"))
    expect(figure.get_by_role("button", name="Play")).to_have_count(0)


def test_the_scripts_are_small() -> None:
    root = Path(__file__).parents[3]
    own = [root / "papers/diffusion/interactive" / name for name in ("guided_plane.js", "guided.js")]
    kit = [root / "docs/assets/js/figure" / f"{one}.js" for one in ("figure", "controls", "plane", "tensor")]
    assert sum(len(gzip.compress(one.read_bytes())) for one in own + kit) <= 15_000


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_axe_finds_nothing_and_the_page_does_not_scroll_sideways(visit, scheme: str, width: int) -> None:
    figure = live(visit(color_scheme=scheme, viewport={"width": width, "height": 800}))
    page = figure.page
    page.evaluate(f"{AXE.read_text(encoding='utf-8')}; 0")
    assert page.evaluate(VIOLATIONS) == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
