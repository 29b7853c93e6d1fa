"""The figure of the convolutional networks: it computes what NumPy computes, and reads what is drawn."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from foundations.autodiff import no_grad
from implementations.cnn import probabilities, receptive_field
from implementations.cnn.demo_live import DIGIT, UNIT, first_pooling, maps_of, seen
from implementations.cnn.demo_weights import load_model

pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect

PAGE = "foundations/formulas/"
AXE = Path(__file__).parents[2] / "audit" / "axe.min.js"
VIOLATIONS = """axe.run(".interactive.is-live").then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target}`)))"""
RUN = """(asked) => {
    const net = new figure.own.DigitNet(figure.given("digits.js"));
    return { fields: net.fields.map(({ size, step, start }) => [size, step, start]),
        examples: net.examples.map((one) => [...one]),
        found: asked.map((pixels) => {
            const { maps, scores, shares } = net.look(pixels);
            return { maps: maps.map(({ shape, data }) => [shape, [...data]]), scores, shares };
        }) };
}"""


def live(reader: Any) -> Any:
    page = reader.go(PAGE)
    figure = page.locator('[data-interactive$="digit.js"]')
    figure.scroll_into_view_if_needed()
    expect(figure).to_have_class(re.compile("is-live"))
    return figure


def value(figure: Any, name: str) -> str:
    return figure.locator(f'[data-value="{name}"]').text_content()


@no_grad()
def test_it_computes_what_numpy_computes(visit) -> None:
    page = live(visit()).page
    model, scale, examples = load_model()
    rng = np.random.default_rng(7)
    images = np.concatenate([examples, rng.uniform(0, 1, (2, 1, 28, 28)), np.zeros((1, 1, 28, 28))])
    got = page.evaluate(RUN, images.reshape(len(images), -1).tolist())
    assert got["fields"] == [list(one) for one in receptive_field(model.windows())]
    np.testing.assert_allclose(got["examples"], examples.reshape(10, -1), rtol=0, atol=1e-7)
    shares = probabilities(model, images.astype(np.float32), scale)
    for image, one, share in zip(images, got["found"], shares, strict=True):
        wanted = maps_of(model, image.astype(np.float32), scale)
        assert len(one["maps"]) == len(wanted)
        for (shape, data), maps in zip(one["maps"], wanted, strict=True):
            assert tuple(shape) == maps.shape
            np.testing.assert_allclose(data, maps.ravel(), rtol=1e-5, atol=1e-4)
        scores = model(scale.apply(image[None].astype(np.float32))).numpy()[0]
        np.testing.assert_allclose(one["scores"], scores, rtol=0, atol=1e-4)
        np.testing.assert_allclose(one["shares"], share, rtol=0, atol=1e-4)


def test_it_begins_as_the_still_figure_has_it(visit) -> None:
    reader = visit()
    figure = live(reader)
    model, scale, examples = load_model()
    shares = probabilities(model, examples[DIGIT][None], scale)[0]
    for digit in range(10):
        assert float(value(figure, f"p{digit}")) == pytest.approx(shares[digit], abs=5.1e-4)
    maps = maps_of(model, examples[DIGIT], scale)[first_pooling(model)]
    found = re.search(r"activation (.*)$", value(figure, "unit"))
    assert found
    assert float(found[1]) == pytest.approx(maps[UNIT], abs=5.1e-4)
    (top, bottom), (left, right) = seen(model, first_pooling(model), UNIT)
    told = f"rows {top + 1} to {bottom + 1}, columns {left + 1} to {right + 1}"
    assert value(figure, "field").endswith(told)
    expect(figure.locator(".interactive-said")).to_be_empty()
    assert reader.wrong == []


def test_a_drawn_stroke_changes_what_is_read(visit) -> None:
    reader = visit()
    figure = live(reader)
    before = value(figure, "read")
    figure.get_by_role("button", name="Clear").click()
    empty = value(figure, "read")
    assert empty != before
    assert figure.get_by_label("Picture", exact=True).input_value() == "your own"
    canvas = figure.locator("canvas").first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    mouse = reader.page.mouse
    mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.2)
    mouse.down()
    mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.8, steps=30)
    mouse.up()
    assert value(figure, "read").startswith("1,")
    expect(figure.locator(".interactive-said")).to_contain_text("Read as 1")


def test_arrow_keys_draw_erase_and_lift_the_pen(visit) -> None:
    reader = visit()
    figure = live(reader)
    figure.get_by_role("button", name="Clear").click()
    empty = value(figure, "read")
    keys, canvas = reader.page.keyboard, figure.locator("canvas").first
    assert canvas.get_attribute("role") == "application"
    figure.get_by_label("Pen", exact=True).select_option("is lifted")
    canvas.focus()
    for _ in range(9):
        keys.press("ArrowUp")
    assert value(figure, "read") == empty
    assert "Pen in row 6, column 15." in canvas.get_attribute("aria-label")
    figure.get_by_label("Pen", exact=True).select_option("draws")
    canvas.focus()
    for _ in range(17):
        keys.press("ArrowDown")
    assert value(figure, "read").startswith("1,")
    assert "read as 1" in canvas.get_attribute("aria-label")
    figure.get_by_label("Pen", exact=True).select_option("erases")
    canvas.focus()
    for _ in range(20):
        keys.press("ArrowUp")
    assert value(figure, "read") != empty or value(figure, "p1") != "1.000"


def test_a_unit_is_chosen_by_click_and_by_keys(visit) -> None:
    reader = visit()
    figure = live(reader)
    model, scale, examples = load_model()
    figure.get_by_label("Maps after").select_option(label="convolution 3")
    maps = maps_of(model, examples[DIGIT], scale)[3]
    panel = figure.locator("canvas").nth(1)
    panel.scroll_into_view_if_needed()
    side = panel.bounding_box()["width"]
    cell = side / 6  # 32 maps in rows of six
    place = (cell - 3) / 14
    panel.click(position={"x": 2 * cell + 5.5 * place, "y": cell + 3.5 * place})  # map 9, row 4, column 6
    told = f"map 9 of 32 after convolution 3, row 4, column 6: activation {maps[8, 3, 5]:.3f}"
    assert value(figure, "unit") == told
    panel.focus()
    reader.page.keyboard.press("ArrowDown")
    reader.page.keyboard.press("PageDown")
    assert value(figure, "unit").startswith("map 10 of 32 after convolution 3, row 5, column 6:")
    (top, bottom), (left, right) = seen(model, 3, (9, 4, 5))
    told = f"rows {top + 1} to {bottom + 1}, columns {left + 1} to {right + 1}"
    assert value(figure, "field").endswith(told)
    expect(figure.locator(".interactive-said")).to_contain_text(told)
    figure.get_by_label("Map", exact=True).fill("32")
    assert value(figure, "unit").startswith("map 32 of 32")


def test_the_scripts_are_small_and_the_weights_too() -> None:
    import gzip

    root = Path(__file__).parents[3]
    own = [root / "implementations/cnn/interactive" / name for name in ("digit.js", "digitnet.js")]
    kit = [root / "docs/assets/js/figure" / f"{one}.js" for one in ("figure", "controls", "plane", "tensor")]
    assert sum(len(gzip.compress(one.read_bytes())) for one in own + kit) <= 15_000
    assert (root / "implementations/cnn/interactive/digits.js").stat().st_size < 500_000


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_and_the_page_does_not_scroll_sideways(visit, scheme: str, width: int) -> None:
    figure = live(visit(color_scheme=scheme, viewport={"width": width, "height": 800}))
    page = figure.page
    page.evaluate(f"{AXE.read_text(encoding='utf-8')}; 0")
    assert page.evaluate(VIOLATIONS) == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
