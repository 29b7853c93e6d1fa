"""The figure of the latent plane: it computes what NumPy does, moves the point, and shows the collapse."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from papers.vae.demo_live import DIGIT, terms
from papers.vae.demo_weights import SCRIPT, load_models

pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect

PAGE = "foundations/formulas/"
AXE = Path(__file__).parents[2] / "audit" / "axe.min.js"
VIOLATIONS = """axe.run(".interactive.is-live").then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target}`)))"""
RUN = """([kind, pictures, z]) => {
    const net = new figure.own.LatentNet(figure.given("latent_weights.js"), kind);
    return pictures.map((pixels) => ({ ...net.terms(pixels), decoded: [...net.decode(z)],
        here: net.logLikelihood(pixels, z) }));
}"""


def live(reader: Any) -> Any:
    page = reader.go(PAGE)
    figure = page.locator('[data-interactive$="latent.js"]')
    figure.scroll_into_view_if_needed()
    expect(figure).to_have_class(re.compile("is-live"))
    return figure


def value(figure: Any, name: str) -> str:
    return figure.locator(f'[data-value="{name}"]').text_content().replace("−", "-")


@pytest.mark.parametrize("kind", ["sum", "mean"])
def test_it_computes_what_numpy_computes(visit, kind: str) -> None:
    page = live(visit()).page
    model = load_models().models[kind]
    double = type(model)(model.config, rng=np.random.default_rng(0))
    double.load_state_dict(model.state_dict())
    double = double.astype(np.float64)
    rng = np.random.default_rng(7)
    pictures = np.concatenate([load_models().examples, rng.random((2, 784)) < 0.2]).astype(np.float64)
    z = np.array([0.7, -1.3])
    for x, got in zip(pictures, page.evaluate(RUN, [kind, pictures.tolist(), z.tolist()]), strict=True):
        wanted = terms(double, x)
        for name in ("mu", "sigma", "expected", "divergence"):
            np.testing.assert_allclose(got[name], getattr(wanted, name), rtol=0, atol=1e-4)
        np.testing.assert_allclose(got["decoded"], double.means(z[None])[0], rtol=0, atol=1e-6)
        here = double.log_likelihood(x[None], z[None]).numpy()[0]
        assert got["here"] == pytest.approx(here, abs=1e-4)


def test_it_begins_as_the_still_figure_has_it(visit) -> None:
    reader = visit()
    figure = live(reader)
    found = terms(load_models().models["sum"], load_models().examples[DIGIT])
    assert float(value(figure, "divergence")) == pytest.approx(found.divergence, abs=2e-3)
    assert float(value(figure, "expected")) == pytest.approx(found.expected, abs=2e-3)
    assert value(figure, "mu") == f"({found.mu[0]:.3f}, {found.mu[1]:.3f})"
    expect(figure.locator(".interactive-said")).to_be_empty()
    assert reader.wrong == []


def test_a_drawn_stroke_moves_the_ellipse_and_is_a_one(visit) -> None:
    reader = visit()
    figure = live(reader)
    figure.get_by_role("button", name="Clear").click()
    empty = value(figure, "mu")
    assert figure.get_by_label("Picture", exact=True).input_value() == "your own"
    canvas = figure.locator("canvas").first
    canvas.scroll_into_view_if_needed()
    box, mouse = canvas.bounding_box(), reader.page.mouse
    mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.2)
    mouse.down()
    mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.8, steps=30)
    mouse.up()
    assert value(figure, "mu") != empty
    assert float(value(figure, "bound")) > -120  # a one is easily explained
    expect(figure.locator(".interactive-said")).to_contain_text("nats")


def test_arrow_keys_draw_and_move_the_point(visit) -> None:
    figure = live(visit())
    keys, canvas = figure.page.keyboard, figure.locator("canvas")
    before = value(figure, "mu")
    canvas.first.focus()
    keys.press("ArrowDown")
    assert value(figure, "mu") != before
    assert "Pen in row 16, column 15." in canvas.first.get_attribute("aria-label")
    figure.get_by_label("Pen", exact=True).select_option("is lifted")
    lifted = value(figure, "mu")
    canvas.first.focus()
    keys.press("ArrowUp")
    assert value(figure, "mu") == lifted
    there, picture = value(figure, "here"), canvas.nth(2).get_attribute("aria-label")
    canvas.nth(1).focus()
    for _ in range(5):
        keys.press("Shift+ArrowLeft")
    assert float(value(figure, "here")) < float(there) - 1  # away from where the encoder put it
    assert value(figure, "mu") == lifted
    assert canvas.nth(2).get_attribute("aria-label") != picture
    figure.get_by_label("z1", exact=True).fill("0")
    figure.get_by_label("z1", exact=True).press("Tab")
    assert "the point is at (0.000" in canvas.nth(1).get_attribute("aria-label")


def test_the_mean_over_pixels_shows_the_collapse(visit) -> None:
    figure = live(visit(reduced_motion="reduce"))
    telling = float(value(figure, "divergence"))
    figure.get_by_label("Mean over pixels").check()
    assert float(value(figure, "divergence")) < 0.05 < telling
    sigmas = [float(one) for one in re.findall(r"[\d.]+", value(figure, "sigma"))]
    np.testing.assert_allclose(sigmas, 1, atol=0.05)
    here = float(value(figure, "here"))
    figure.get_by_label("z1", exact=True).fill("2")
    figure.get_by_label("z1", exact=True).press("Tab")
    assert float(value(figure, "here")) == pytest.approx(here, abs=2)  # the decoder does not look at z
    figure.get_by_role("button", name="To the mean of q").click()
    assert float(value(figure, "here")) == pytest.approx(here, abs=0.01)


def test_the_scripts_are_small_and_the_weights_too() -> None:
    root = Path(__file__).parents[3]
    kit = [root / "docs/assets/js/figure" / f"{one}.js" for one in ("figure", "controls", "plane", "tensor")]
    own = [root / f"papers/vae/interactive/{one}.js" for one in ("latent", "latent_net")]
    assert sum(len(gzip.compress(one.read_bytes())) for one in [*own, *kit]) <= 15_000
    assert SCRIPT.stat().st_size < 500_000


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_and_the_page_does_not_scroll_sideways(visit, scheme: str, width: int) -> None:
    figure = live(visit(color_scheme=scheme, viewport={"width": width, "height": 800}))
    page = figure.page
    page.evaluate(f"{AXE.read_text(encoding='utf-8')}; 0")
    assert page.evaluate(VIOLATIONS) == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
