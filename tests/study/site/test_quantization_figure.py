"""The figure of quantisation: integers on the page are NumPy's to the bit, and sliders say what they do."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from papers.quantization import reference
from papers.quantization.demo_live import BITS, CHANNEL, LAYER, PER_CHANNEL, errors, rounded
from papers.quantization.demo_weights import load_model

pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect

PAGE = "foundations/formulas/"
AXE = Path(__file__).parents[2] / "audit" / "axe.min.js"
VIOLATIONS = """axe.run(".interactive.is-live").then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target}`)))"""
RUN = """([bits, perChannel]) => {
    const net = new figure.own.IntNet(figure.given("quantised.js"));
    const layers = net.round(bits, perChannel);
    return { q: layers.map(({ q }) => [...q]), bias: layers.map(({ bias }) => bias),
        scales: layers.map(({ scales }) => [...scales]),
        logits: net.images.map((image) => net.look(layers, image)) };
}"""


def live(reader: Any) -> Any:
    page = reader.go(PAGE)
    figure = page.locator('[data-interactive$="rounding.js"]')
    figure.scroll_into_view_if_needed()
    expect(figure).to_have_class(re.compile("is-live"))
    return figure


def value(figure: Any, name: str) -> str:
    return figure.locator(f'[data-value="{name}"]').text_content()


def told(bits: int, per_channel: bool) -> tuple[int, int]:
    """Return how many of the digits that ship integers read right, and how many predictions they change."""
    shipped = load_model()
    read = rounded(shipped, bits, per_channel).integers(shipped.digits.images).argmax(axis=1)
    before = shipped.net(shipped.digits.images).argmax(axis=1)
    return int((read == shipped.digits.labels).sum()), int((read != before).sum())


def test_integers_are_numpys_to_the_bit_on_100_digits(visit) -> None:
    page = live(visit()).page
    shipped = load_model()
    for bits, per_channel in ((2, True), (3, False), (4, True), (5, False), (8, True), (8, False)):
        got = page.evaluate(RUN, [bits, per_channel])
        net = rounded(shipped, bits, per_channel)
        for number, layer in enumerate(net.layers):
            assert got["q"][number] == layer.q.ravel().tolist()
            assert got["bias"][number] == layer.bias.tolist()
            scales = np.broadcast_to(layer.weight.scale, len(layer.bias)).astype(float)
            assert got["scales"][number] == scales.tolist()
        assert got["logits"] == net.integers(shipped.digits.images).tolist()


def test_the_split_product_is_pythons(visit) -> None:
    page = live(visit()).page
    rng = np.random.default_rng(0)
    cases = [
        [7984, 1583594044, 9],
        [-(2**31), 2**31 - 1, 0],
        [2**31 - 1, 2**30, 31],
        [-12, 2**30, 2],
        [5, 2**30, -3],
    ]
    drawn = ((-(2**31), 2**31), (2**30, 2**31), (-4, 32))
    cases += np.stack([rng.integers(*ends, 300) for ends in drawn], axis=1).tolist()
    got = page.evaluate("(all) => all.map((one) => figure.own.requantise(...one))", cases)
    assert got == [reference.requantize(*one) for one in cases]


def test_it_begins_as_the_still_figure_has_it(visit) -> None:
    reader = visit()
    figure = live(reader)
    share = errors(load_model().net.layers[LAYER].weight, BITS, PER_CHANNEL)[CHANNEL]
    assert float(value(figure, "error").split()[0]) == pytest.approx(100 * share, abs=0.051)
    right, changed = told(BITS, PER_CHANNEL)
    assert value(figure, "right").startswith(f"{right} of 100;")
    assert value(figure, "changed") == f"{changed} of 100"
    expect(figure.locator(".interactive-said")).to_be_empty()
    assert reader.wrong == []


def test_the_sliders_round_and_say_so(visit) -> None:
    figure = live(visit())
    figure.get_by_label("Bits of a weight", exact=True).fill("3")
    figure.get_by_label("One scale", exact=True).select_option("a layer")
    right, changed = told(3, False)
    assert value(figure, "right").startswith(f"{right} of 100;")
    assert value(figure, "changed") == f"{changed} of 100"
    expect(figure.locator(".interactive-said")).to_contain_text(
        f"3 bits, one scale a layer: {right} of 100 read right"
    )
    assert changed != told(BITS, PER_CHANNEL)[1]


def test_layer_channel_and_digit_are_chosen_by_keys(visit) -> None:
    figure = live(visit())
    figure.get_by_label("Layer", exact=True).select_option("2")
    channel = figure.get_by_label("Channel", exact=True)
    channel.focus()
    channel.press("ArrowRight")
    share = errors(load_model().net.layers[2].weight, BITS, PER_CHANNEL)[1]
    assert float(value(figure, "error").split()[0]) == pytest.approx(100 * share, abs=0.051)
    assert "channel 2" in figure.locator("canvas").first.get_attribute("aria-label")
    before = value(figure, "logits")
    figure.get_by_label("Digit", exact=True).press("ArrowRight")
    after = value(figure, "logits")
    assert after != before
    shipped = load_model()
    logits = rounded(shipped, BITS, PER_CHANNEL).integers(shipped.digits.images[1:2])[0]
    assert after.startswith(" ".join(map(str, logits)) + ":")
    figure.get_by_label("Layer", exact=True).select_option("0")
    assert int(channel.get_attribute("max")) == 16


def test_the_scripts_are_small_and_the_weights_too() -> None:
    root = Path(__file__).parents[3]
    own = [root / "papers/quantization/interactive" / name for name in ("intnet.js", "rounding.js")]
    kit = [root / "docs/assets/js/figure" / f"{one}.js" for one in ("figure", "controls", "plane")]
    assert sum(len(gzip.compress(one.read_bytes())) for one in own + kit) <= 15_000
    assert (root / "papers/quantization/interactive/quantised.js").stat().st_size < 300_000


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_axe_finds_nothing_and_the_page_does_not_scroll_sideways(visit, scheme: str, width: int) -> None:
    figure = live(visit(color_scheme=scheme, viewport={"width": width, "height": 800}))
    page = figure.page
    page.evaluate(f"{AXE.read_text(encoding='utf-8')}; 0")
    assert page.evaluate(VIOLATIONS) == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
