"""The figure of diffusion in time: it shows what NumPy recorded and mixes as NumPy mixes."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from implementations.ddpm.demo_live import FIRST, shown_at
from implementations.ddpm.demo_paths import RECORDED, SCRIPT, read
from implementations.ddpm.demo_weights import diffusion_of

pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect

PAGE = "foundations/formulas/"
AXE = Path(__file__).parents[2] / "audit" / "axe.min.js"
VIOLATIONS = """axe.run(".interactive.is-live").then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target}`)))"""
ALL = """() => {
    const recorded = new figure.own.Recorded(figure.given("diffusion_paths.js"));
    const rows = recorded.times.map((_, row) => row);
    return { times: recorded.times, factors: recorded.times.map((t) => recorded.factors[t]),
        pictures: [0, 1, 2].map((which) => rows.map((row) => [...recorded.picture(which, row)])),
        guesses: [0, 1, 2].map((which) => rows.map((row) => [...recorded.guess(which, row)])),
        off: [0, 1, 2].map((which) => rows.map((row) => recorded.off(which, row))) };
}"""


def live(reader: Any) -> Any:
    page = reader.go(PAGE)
    figure = page.locator('[data-interactive$="diffusion.js"]')
    figure.scroll_into_view_if_needed()
    expect(figure).to_have_class(re.compile("is-live"))
    return figure


def value(figure: Any, name: str) -> str:
    return figure.locator(f'[data-value="{name}"]').text_content()


def mixed() -> tuple[np.ndarray, np.ndarray]:
    """Return the noisy digit at the recorded times, (41, 784), and the two factors, (41, 2), by NumPy."""
    arrays, about = read()
    kept = diffusion_of(1000).alpha_bar[about["times"]]
    factors = np.stack([np.sqrt(kept), np.sqrt(1 - kept)], axis=1)
    return factors[:, :1] * arrays["digit"] + factors[:, 1:] * arrays["noise"], factors


def test_it_shows_what_numpy_recorded(visit) -> None:
    got = live(visit()).page.evaluate(ALL)
    arrays, about = read()
    forward, factors = mixed()
    assert got["times"] == about["times"]
    np.testing.assert_allclose(got["factors"], factors, rtol=0, atol=1e-9)
    for found, wanted in zip(got["pictures"], (forward, arrays["path_a"], arrays["path_b"]), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-5)
    ends = (arrays["digit"][0], arrays["path_a"][0], arrays["path_b"][0])
    for which, name in enumerate(("guesses", "guesses_a", "guesses_b")):
        np.testing.assert_allclose(got["guesses"][which], arrays[name], rtol=0, atol=1e-6)
        off = np.sqrt(((arrays[name] - ends[which]) ** 2).mean(axis=1))
        np.testing.assert_allclose(got["off"][which], off, rtol=0, atol=1e-5)
        assert off[0] == 0
        assert off[-1] > 0.1


def test_it_begins_as_the_still_figure_has_it(visit) -> None:
    reader = visit()
    figure = live(reader)
    kept = diffusion_of(1000).alpha_bar[FIRST]
    assert value(figure, "mix") == f"{np.sqrt(kept):.3f} × digit + {np.sqrt(1 - kept):.3f} × noise"
    forward, _ = mixed()
    _, about = read()
    pictures, _ = shown_at(FIRST)
    np.testing.assert_allclose(pictures[0].ravel(), forward[about["times"].index(FIRST)], rtol=0, atol=1e-6)
    expect(figure.locator(".interactive-said")).to_be_empty()
    assert reader.wrong == []


def test_the_slider_goes_from_noise_to_image_by_keyboard_too(visit) -> None:
    reader = visit()
    figure = live(reader)
    slider = figure.get_by_label("Time", exact=True)
    slider.focus()
    reader.page.keyboard.press("Home")
    assert slider.get_attribute("aria-valuetext") == "t = 1000"
    far = float(value(figure, "off0"))
    reader.page.keyboard.press("End")
    assert slider.get_attribute("aria-valuetext") == "t = 0"
    assert value(figure, "mix") == "1.000 × digit + 0.000 × noise"
    assert [value(figure, f"off{which}") for which in range(3)] == ["0.000"] * 3
    assert far > 0.1
    figure.get_by_role("button", name="Step back").click()
    assert slider.get_attribute("aria-valuetext") == "t = 25"
    expect(figure.locator(".interactive-said")).to_contain_text("Time 25:")
    assert (
        figure.get_by_role("img").first.get_attribute("aria-label").startswith("a real digit at t = 25: 0.99")
    )


def test_it_does_not_play_for_a_reader_who_wants_no_motion(visit) -> None:
    assert not live(visit(reduced_motion="reduce")).get_by_role("button", name="Play").is_visible()


def test_the_scripts_are_small_and_the_pictures_too() -> None:
    root = Path(__file__).parents[3]
    kit = [root / "docs/assets/js/figure" / f"{one}.js" for one in ("figure", "controls", "plane", "tensor")]
    own = root / "implementations/ddpm/interactive/diffusion.js"
    assert sum(len(gzip.compress(one.read_bytes())) for one in [own, *kit]) <= 15_000
    assert SCRIPT.stat().st_size < 500_000
    assert RECORDED.stat().st_size < 400_000


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_and_the_page_does_not_scroll_sideways(visit, scheme: str, width: int) -> None:
    figure = live(visit(color_scheme=scheme, viewport={"width": width, "height": 800}))
    page = figure.page
    page.evaluate(f"{AXE.read_text(encoding='utf-8')}; 0")
    assert page.evaluate(VIOLATIONS) == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
