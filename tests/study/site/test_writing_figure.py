"""The figure of the language model: it computes what NumPy computes, goes on with a text, and says so."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from foundations.autodiff import no_grad
from implementations.transformer import attention_maps, next_probabilities, window_start
from implementations.transformer.demo_live import BARS, LOOKS, PROMPT, first_look
from implementations.transformer.demo_weights import WEIGHTS, load_demo_model

ROOT = Path(__file__).parents[3]
PAGE = "foundations/formulas/"
AXE = Path(__file__).parents[2] / "audit" / "axe.min.js"
VIOLATIONS = """axe.run(".interactive.is-live").then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target}`)))"""
STILL = {"reduced_motion": "reduce"}
RUN = """(asked) => {
    const { CharModel, nextProbabilities, windowStart } = figure.own;
    const model = new CharModel(figure.given("shakespeare.js"));
    return { starts: [1, 128, 129, 193, 200, 257].map((n) => windowStart(n, 128)),
        found: asked.map(({ tokens, choices }) => {
            model.follow(tokens);
            return { logits: [...model.logits.at(-1)], maps: model.maps.at(-1).map((one) => [...one]),
                p: [...nextProbabilities(model.logits.at(-1), choices)] };
        }) };
}"""

pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect
shipped = pytest.mark.skipif(not WEIGHTS.exists(), reason="the model that ships has not been trained yet")


def live(reader: Any) -> Any:
    figure = reader.go(PAGE).locator('[data-interactive$="writing.js"]')
    figure.scroll_into_view_if_needed()
    expect(figure).to_have_class(re.compile("is-live"))
    return figure


def value(figure: Any, name: str) -> str:
    return figure.locator(f'[data-value="{name}"]').text_content()


def said(figure: Any) -> Any:
    return figure.locator(".interactive-said")


def written(figure: Any, count: int = 80) -> str:
    """Return the continuation once it is whole; a line end is shown as three characters."""
    strip = figure.locator("span[data-at]")
    expect(strip).to_have_count(count)
    return "".join(strip.all_text_contents())


def name(character: str) -> str:
    return {"\n": "¶", " ": "·"}.get(character, character)


@shipped
@no_grad()
def test_it_computes_what_numpy_computes(visit) -> None:
    figure = live(visit())
    model, tokenizer = load_demo_model()
    rng = np.random.default_rng(7)
    first = rng.integers(0, 65, 20)
    asked: list[dict[str, Any]] = []
    for length, choices in (
        (1, {}), (40, {"temperature": 0.7}), (45, {"topK": 5}), (40, {"topP": 0.8}),
        (model.config.context, {"temperature": 0.5, "topK": 9, "topP": 0.9}), (20, {"temperature": 0}),
    ):  # fmt: skip
        tokens = np.concatenate([first[:length], rng.integers(0, 65, max(0, length - 20))])
        asked.append({"tokens": tokens.tolist(), "choices": choices})  # each shares its start with the last
    asked.append({"tokens": tokenizer.encode(PROMPT).tolist(), "choices": {}})
    got = figure.page.evaluate(RUN, asked)
    assert got["starts"] == [window_start(n, 128) for n in (1, 128, 129, 193, 200, 257)]
    for one, found in zip(asked, got["found"], strict=True):
        tokens, choices = np.array(one["tokens"])[None], one["choices"]
        logits = model(tokens).numpy()[0, -1]
        np.testing.assert_allclose(found["logits"], logits, rtol=0, atol=1e-4)
        maps = attention_maps(model, tokens)[:, 0, :, -1]
        np.testing.assert_allclose(found["maps"], maps.reshape(-1, tokens.size), rtol=0, atol=1e-4)
        p = next_probabilities(
            logits, temperature=choices.get("temperature", 1), top_k=choices.get("topK", 0),
            top_p=choices.get("topP", 1),
        )  # fmt: skip
        np.testing.assert_allclose(found["p"], p, rtol=0, atol=1e-4)


@shipped
def test_it_begins_as_the_still_figure_has_it(visit) -> None:
    reader = visit()
    figure = live(reader)
    maps, p = first_look()
    characters = load_demo_model()[1].characters
    written(figure)
    cells = figure.locator(".heat-cell").evaluate_all(
        "all => all.map((one) => Number(one.getAttribute('fill-opacity')))"
    )
    np.testing.assert_allclose(cells, maps.reshape(-1, LOOKS).ravel(), atol=1.6e-4)
    for rank, token in enumerate(np.argsort(-p, kind="stable")[:BARS]):
        row = figure.locator(f'[data-rank="{rank}"]')
        assert row.locator("dt").text_content() == name(characters[token])
        assert float(row.locator("dd").text_content()) == pytest.approx(p[token], abs=6e-4)
    expect(said(figure)).to_have_text(re.compile("^It goes on: "))
    assert reader.wrong == []


@shipped
def test_it_goes_on_with_what_is_typed_and_refuses_what_it_does_not_know(visit) -> None:
    figure = live(visit(**STILL))
    text = written(figure)
    figure.get_by_label("Text").fill("ROMEO:\nI €")
    expect(figure.locator(".interactive-wrong")).to_contain_text("does not know €")
    assert figure.get_by_label("Text").get_attribute("aria-invalid") == "true"
    assert written(figure) == text
    figure.get_by_label("Text").fill("")
    expect(figure.locator(".interactive-wrong")).to_have_text("Type at least one character.")
    figure.get_by_label("Text").fill("ROMEO:\nI")
    expect(figure.locator(".interactive-wrong")).to_be_empty()
    expect(figure.locator("b[data-at]")).to_have_count(8)
    assert written(figure) != text
    expect(said(figure)).to_have_text(re.compile("^It goes on: "))


@shipped
def test_settings_change_the_bars_and_the_text(visit) -> None:
    figure = live(visit(**STILL))
    text = written(figure)
    assert re.match(r"\d+ characters are possible", value(figure, "next"))
    figure.get_by_label("Top-k").fill("3")
    assert value(figure, "next").startswith("3 characters are possible")
    figure.get_by_label("Temperature").fill("0")
    assert value(figure, "next").startswith("1 character is possible; entropy 0.00")
    greedy = written(figure)
    assert greedy != text
    figure.get_by_role("button", name="Draw again").click()
    assert written(figure) == greedy  # nothing is left to chance
    figure.get_by_label("Temperature").fill("1")
    figure.get_by_label("Top-k").fill("0")
    one = written(figure)
    figure.get_by_role("button", name="Draw again").click()
    assert written(figure) != one


@shipped
def test_a_character_and_a_cell_are_chosen_by_keys_and_by_pointer(visit) -> None:
    reader = visit(**STILL)
    figure = live(reader)
    written(figure)
    slider = figure.get_by_label("Look from character")
    slider.fill("9")
    assert slider.get_attribute("aria-valuetext") == f"9, {name(PROMPT[8])}"
    expect(said(figure)).to_contain_text(re.compile(rf"^After 9, {re.escape(name(PROMPT[8]))}: "))
    heat = figure.locator("svg.heat")
    assert heat.get_attribute("role") == "application"
    heat.focus()
    reader.page.keyboard.press("Home")
    reader.page.keyboard.press("ArrowDown")
    assert value(figure, "marked").startswith(f"Head 1.2, from {name(PROMPT[8])} to {PROMPT[0]}, 8 back")
    expect(said(figure)).to_contain_text("Head 1.2")
    figure.locator("b[data-at='3']").hover()
    assert slider.input_value() == "3"
    assert figure.locator(".heat-cell").count() == 3 * 24


def test_the_scripts_are_small() -> None:
    own = [ROOT / "implementations/transformer/interactive" / one for one in ("writing.js", "charmodel.js")]
    kit = [ROOT / "docs/assets/js/figure" / f"{one}.js" for one in ("figure", "controls", "heat", "tensor")]
    assert sum(len(gzip.compress(one.read_bytes())) for one in own + kit) <= 15_000


@shipped
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_and_the_page_does_not_scroll_sideways(visit, scheme: str, width: int) -> None:
    figure = live(visit(color_scheme=scheme, viewport={"width": width, "height": 800}))
    written(figure)
    page = figure.page
    page.evaluate(f"{AXE.read_text(encoding='utf-8')}; 0")
    assert page.evaluate(VIOLATIONS) == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
