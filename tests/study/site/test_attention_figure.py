"""The figure of the Transformer's notes, in a real browser: it computes what NumPy computes, and says so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from foundations.autodiff import no_grad
from papers.attention import beam_search, shift_right
from papers.attention.demo_live import Candidate, search_steps
from papers.attention.demo_maps import attention_maps
from papers.attention.demo_weights import WEIGHTS, load_model, read_model, tasks
from papers.attention.tasks import END, START, Task
from papers.attention.transformer import Transformer

pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect

PAGE = "foundations/formulas/"
AXE = Path(__file__).parents[2] / "audit" / "axe.min.js"
VIOLATIONS = """axe.run(".interactive.is-live").then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target}`)))"""
STILL = {"reduced_motion": "reduce"}
OPACITIES = "all => all.map((one) => Number(one.getAttribute('fill-opacity')))"
RUN = """(asked) => asked.map(({ task, source, target, divided, width, alpha }) => {
    const { Transformer, beamSearch } = figure.own;
    const model = new Transformer(figure.given("weights.js"), task);
    const { memory, weights } = model.encode(source, divided);
    const { logits, own, cross } = model.decode(target, memory, divided);
    const { finished, steps } = beamSearch(model, source, { width, alpha, divided });
    const flat = (layers) => layers.map((heads) => heads.map((one) => [...one.data]));
    return {
        logits: [...logits.data], encoder: flat(weights), decoder: flat(own), cross: flat(cross),
        finished: finished.map(({ tokens, total, score }) => [tokens, total, score]), steps: steps.length };
})"""


def open_figure(reader: Any) -> Any:
    """Go to the page, come near the figure, and return it once it is live."""
    return live(reader.go(PAGE))


def live(page: Any) -> Any:
    figure = page.locator('[data-interactive$="attention.js"]')
    figure.scroll_into_view_if_needed()
    expect(figure).to_have_class(re.compile("is-live"))
    return figure


def value(figure: Any, name: str) -> str:
    return figure.locator(f'[data-value="{name}"]').text_content()


def said(figure: Any) -> Any:
    return figure.locator(".interactive-said")


def models() -> Iterator[tuple[Task, Transformer, bool]]:
    """Yield every model that ships, with its scores divided by the root of d_k and without."""
    for name, task in tasks().items():
        for divided in (True, False):
            model = read_model(name, WEIGHTS)
            if not divided:
                for layer in model.encoder:
                    layer.attention.scale = 1.0
                for layer in model.decoder:
                    layer.attention.scale = layer.cross_attention.scale = 1.0
            yield task, model, divided


@no_grad()
def test_it_computes_what_numpy_computes(visit) -> None:
    page = open_figure(visit()).page
    rng = np.random.default_rng(7)
    asked: list[dict[str, Any]] = []
    wanted: list[dict[str, Any]] = []
    for task, model, divided in models():
        for length in (1, 2, 3, 4, 5, 6, 7, 8, 8, 8):
            digits = tuple(str(one) for one in rng.integers(0, 10, length))
            source = task.encode([digits], length + 1)
            target = rng.integers(1, task.vocabulary, (1, int(rng.integers(1, 10))))
            inputs = shift_right(target, START)
            width, alpha = int(rng.integers(1, 5)), float(rng.choice([0.0, 0.6, 1.0]))
            maps = attention_maps(model, source, target, task)
            found = beam_search(
                model, source[0], start=START, end=END, max_length=task.target_length,
                beam_size=width, alpha=alpha,
            )  # fmt: skip
            asked.append(
                {"task": task.name, "source": source[0].tolist(), "target": inputs[0].tolist(),
                 "divided": divided, "width": width, "alpha": alpha}
            )  # fmt: skip
            wanted.append(
                {"logits": model(source, inputs).numpy().ravel(), "finished": found}
                | {kind: maps[kind][0] for kind in ("encoder", "decoder", "cross")}
            )
    for got, want in zip(page.evaluate(RUN, asked), wanted, strict=True):
        np.testing.assert_allclose(got["logits"], want["logits"], rtol=0, atol=1e-4)
        for kind in ("encoder", "decoder", "cross"):
            layers, heads = want[kind].shape[:2]
            flat = want[kind].reshape(layers, heads, -1)
            np.testing.assert_allclose(got[kind], flat, rtol=0, atol=1e-4, err_msg=kind)
        assert [tuple(tokens) for tokens, _, _ in got["finished"]] == [one.tokens for one in want["finished"]]
        numbers = [(total, score) for _, total, score in got["finished"]]
        exact = [(one.log_prob, one.score) for one in want["finished"]]
        np.testing.assert_allclose(numbers, exact, rtol=0, atol=1e-4)


def numbers(text: str) -> list[float]:
    return [float(one) for one in re.findall(r"-?\d+\.\d+", text.replace("−", "-"))]


def at_first() -> tuple[Task, np.ndarray, list[list[Candidate]]]:
    """Return the task that the figure begins with, the weights of its heads, and the steps of its beam."""
    task, model = tasks()["reverse"], load_model("reverse")
    source, target = task.encode([tuple("31415926")], 9), task.encode([tuple("62951413")], 9)
    steps = search_steps(model, source[0], beam_size=3, max_length=9)
    return task, attention_maps(model, source, target, task)["cross"][0][0], steps


def test_what_is_shown_at_first_is_what_numpy_finds(visit) -> None:
    figure = open_figure(visit())
    task, weights, steps = at_first()
    for head, panel in zip(weights, figure.locator("svg.heat").all(), strict=True):
        drawn = panel.locator(".heat-cell").evaluate_all(OPACITIES)
        np.testing.assert_allclose(drawn, head.ravel(), atol=1.5e-4)
    rows = [
        " ".join(row.locator("th, td").all_text_contents()).split()
        for row in figure.locator("tbody tr").all()
    ]
    for (text, total, score, fate), one in zip(rows, steps[-1], strict=True):
        assert text == "".join({START: "^", END: "$"}.get(i) or task.symbols[i - 3] for i in one.tokens)
        assert numbers(f"{total} {score}") == pytest.approx([one.total, one.score], abs=6e-4)
        assert fate == one.fate
    assert value(figure, "writes") == "62951413, right"
    assert figure.locator(".tree-node").count() == 1 + sum(map(len, steps))
    entropy = -(weights * np.log(np.maximum(weights, 1e-30))).sum(-1).mean()
    assert numbers(value(figure, "largest"))[0] == pytest.approx(weights.max(-1).mean(), abs=5.1e-3)
    assert numbers(value(figure, "entropy"))[0] == pytest.approx(entropy, abs=5.1e-3)


@pytest.mark.parametrize("engine", ["mkdocs", "zensical"])
def test_digits_are_typed_and_everything_follows(visit, engine: str) -> None:
    reader = visit(engine)
    figure = open_figure(reader)
    expect(figure.locator("img").first).to_be_hidden()
    figure.get_by_label("Digits").fill("2718")
    assert value(figure, "writes") == "8172, right"
    assert figure.locator("svg.heat").first.locator(".heat-cell").count() == 25
    expect(said(figure)).to_contain_text("Reading 2718, written 8172, right. ")
    figure.get_by_label("Task").select_option("sort the digits")
    assert value(figure, "writes") == "1278, right"
    expect(said(figure)).to_contain_text("written 1278, right")
    assert reader.wrong == []
    assert all(re.match(r"http://127\.0\.0\.1:\d+/|data:|blob:", url) for url in reader.asked)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("12a4", "The models know the digits 0 to 9 and nothing else."),
        ("123456789", "The models were trained on 4 to 8 digits: type at most 8."),
        ("", "Type at least one digit."),
    ],
)
def test_what_the_models_cannot_read_is_refused_in_words(visit, typed: str, why: str) -> None:
    figure = open_figure(visit())
    field = figure.get_by_label("Digits")
    field.fill(typed)
    expect(figure.locator(".interactive-wrong")).to_have_text(why)
    assert field.get_attribute("aria-invalid") == "true"
    assert value(figure, "writes") == "62951413, right"  # what was read last still stands
    figure.get_by_label("Beam width").fill("2")  # and a change elsewhere reads it, not what was refused
    assert value(figure, "writes") == "62951413, right"
    field.fill("5555")
    expect(figure.locator(".interactive-wrong")).to_be_empty()
    assert field.get_attribute("aria-invalid") == "false"


def test_without_the_root_of_d_k_the_softmax_saturates(visit) -> None:
    figure = open_figure(visit())
    before = figure.locator(".heat-cell").evaluate_all(OPACITIES)
    largest, entropy = numbers(value(figure, "largest")), numbers(value(figure, "entropy"))
    assert largest[1] - largest[0] > 0.1
    assert entropy[0] > 2 * entropy[1]
    figure.get_by_label("Divide the scores").uncheck()
    after = figure.locator(".heat-cell").evaluate_all(OPACITIES)
    assert np.mean(np.array(after) > 0.9) > 2 * np.mean(np.array(before) > 0.9)
    expect(said(figure)).to_contain_text(
        re.compile(r"Undivided: largest weight 0\.\d+ instead of 0\.\d+, entropy")
    )


def test_every_head_of_every_kind_is_shown(visit) -> None:
    figure = open_figure(visit())
    for kind, cells in (
        ("cross-attention", 81),
        ("encoder self-attention", 81),
        ("decoder self-attention", 45),
    ):
        figure.get_by_label("Show").select_option(kind)
        assert [one.locator(".heat-cell").count() for one in figure.locator("svg.heat").all()] == [cells] * 4


def test_the_whole_figure_is_worked_by_keyboard(visit) -> None:
    reader = visit(**STILL)
    figure = open_figure(reader)
    keys = reader.page.keyboard
    focused = """[document.activeElement].map((one) =>
        one.getAttribute("aria-label") ?? one.labels?.[0]?.innerText ?? one.innerText)[0]"""
    figure.get_by_label("Task").focus()
    names = []
    for _ in range(13):
        names.append(reader.page.evaluate(focused).split("\n")[0].split(".")[0].strip())
        keys.press("Tab")
    wanted = [
        "Task", "Digits", "Show", "Divide the scores by √d_k = √12", "Head 1", "Head 2", "Head 3", "Head 4",
        "Beam width", "Length penalty α", "Step", "Step back", "Step on",
    ]  # fmt: skip
    assert [one.startswith(want) for one, want in zip(names, wanted, strict=True)] == [True] * 13, names

    figure.get_by_label("Digits").focus()
    keys.press("End")
    for _ in range(4):
        keys.press("Backspace")
    assert value(figure, "writes") == "1413, right"
    keys.press("Tab")
    keys.press("ArrowDown")
    assert figure.get_by_label("Show").input_value() == "encoder 0"
    keys.press("Tab")
    keys.press("Space")
    expect(said(figure)).to_contain_text("Undivided")


def test_arrow_keys_mark_a_cell_and_its_weights_are_said(visit) -> None:
    reader = visit()
    figure = open_figure(reader)
    head = figure.locator("svg.heat").nth(1)
    assert head.get_attribute("role") == "application"
    _, all_weights, _ = at_first()
    told = f"Head 2. Writing 6, to 6 at place 8: weight {all_weights[1, 0, 7]:.2f}."
    assert head.get_attribute("aria-label").startswith(told)
    head.focus()
    reader.page.keyboard.press("ArrowDown")
    reader.page.keyboard.press("ArrowLeft")
    weights = all_weights[:, 1, 6]
    told = ", ".join(f"head {i + 1} {one:.2f}" for i, one in enumerate(weights))
    expect(said(figure)).to_have_text(f"Writing 2, to 2 at place 7: {told}.")
    assert f"weight {weights[1]:.2f}." in head.get_attribute("aria-label")
    for _ in range(12):
        reader.page.keyboard.press("ArrowUp")
    assert value(figure, "marked").startswith("Writing 6")  # it stops at the edge


def test_a_click_marks_the_cell_below_it(visit) -> None:
    figure = open_figure(visit())
    head = figure.locator("svg.heat").first
    cell = head.locator(".heat-cell").nth(9 * 3 + 4)
    cell.click()
    assert value(figure, "marked").startswith("Writing 5, to 5 at place 5")


def test_the_beam_is_gone_through_step_by_step(visit) -> None:
    reader = visit(**STILL)
    figure = open_figure(reader)
    expect(figure.get_by_role("button", name="Play")).to_have_count(0)  # no motion is wanted
    tree = figure.locator("svg.tree")
    steps = at_first()[2]
    slider = figure.get_by_label("Step", exact=True)
    slider.focus()
    reader.page.keyboard.press("Home")
    assert tree.locator(".tree-node").count() == 7
    assert slider.get_attribute("aria-valuetext") == f"1 of {len(steps)}"
    assert value(figure, "writes") == "6 …"
    expect(said(figure)).to_contain_text(re.compile(rf"Step 1 of {len(steps)}: best 6, score .*; kept 6, "))
    figure.get_by_role("button", name="Step on").click()
    assert value(figure, "writes") == "62 …"
    assert figure.locator("tbody tr").count() == 6
    figure.get_by_role("button", name="Step back").click()
    figure.get_by_label("Beam width").fill("1")
    assert tree.locator(".tree-node").count() == 1 + 9 * 2
    chosen = "".join(tree.locator(".tree-node.is-chosen text:not(.tree-number)").all_text_contents())
    assert chosen == "^62951413$"
    assert tree.get_attribute("aria-label").startswith("Step 9 of 9: best 62951413$, score −")


def test_it_plays_where_motion_is_wanted_and_stops_when_it_no_longer_is(visit) -> None:
    reader = visit()
    figure = open_figure(reader)
    figure.get_by_role("button", name="Play").click()
    expect(figure.locator("output").last).to_have_text(re.compile("^2 of "))
    reader.page.emulate_media(reduced_motion="reduce")
    expect(figure.get_by_role("button", name=re.compile("Play|Pause"))).to_have_count(0)
    assert figure.locator("button", has_text="Play").count() == 1  # hidden, and not playing


def test_nothing_is_said_before_the_reader_does_anything(visit) -> None:
    reader = visit()
    reader.page.clock.install(time=0)
    figure = open_figure(reader)
    reader.page.clock.pause_at(3600)  # from here on time passes only by run_for
    expect(said(figure)).to_be_empty()
    figure.get_by_label("Digits").fill("12")
    figure.get_by_label("Digits").fill("123")
    expect(said(figure)).to_be_empty()
    reader.page.clock.run_for(390)
    expect(said(figure)).to_be_empty()
    reader.page.clock.run_for(20)
    expect(said(figure)).to_contain_text("Reading 123")


@pytest.mark.parametrize(
    ("weights", "why"),
    [
        (None, "weights.js could not be loaded"),
        ("", "weights.js holds no data"),
        ('"scales":"', "the weights are damaged"),
    ],
)
def test_without_its_weights_it_stands_still_and_says_why(visit, weights: str | None, why: str) -> None:
    def answer(route: Any) -> None:
        if weights is None:
            route.abort()
        else:
            text = route.fetch().text()
            body = text.replace(weights, weights + "AAAA", 1) if weights else ""
            route.fulfill(body=body, content_type="text/javascript")

    reader = visit()
    reader.page.route("**/interactive/weights.js", answer)
    figure = reader.go(PAGE).locator('[data-interactive$="attention.js"]')
    figure.scroll_into_view_if_needed()
    expect(figure.locator(".interactive-failed")).to_have_text(f"This figure stands still: {why}.")
    expect(figure.locator("img").first).to_be_visible()
    expect(figure.locator(".interactive-place")).to_have_count(0)


@pytest.mark.parametrize("engine", ["mkdocs", "zensical"])
def test_it_works_from_a_folder(sites: dict[str, Path], chromium, engine: str) -> None:
    page = chromium.new_context().new_page()
    page.goto((sites[engine] / PAGE / "index.html").as_uri(), wait_until="load")
    for kind in ("surface", "map", "attention"):
        figure = page.locator(f'[data-interactive$="{kind}.js"]')
        figure.scroll_into_view_if_needed()
        expect(figure).to_have_class(re.compile("is-live"))
    figure.get_by_label("Digits").fill("5678")
    assert value(figure, "writes") == "8765, right"
    page.context.close()


def test_its_scripts_load_when_the_reader_comes_near(visit) -> None:
    reader = visit(viewport={"width": 1280, "height": 300})
    reader.go(PAGE)
    asked = [url for url in reader.asked if url.endswith("weights.js")]
    assert asked == []
    live(reader.page)
    assert [url for url in reader.asked if url.endswith("weights.js")] != []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_and_the_page_does_not_scroll_sideways(visit, scheme: str, width: int) -> None:
    figure = open_figure(visit(color_scheme=scheme, viewport={"width": width, "height": 800}))
    figure.get_by_label("Show").select_option("own 0")
    figure.get_by_label("Digits").fill("12x")
    expect(figure.locator(".interactive-wrong")).to_be_visible()
    figure.page.evaluate(f"{AXE.read_text(encoding='utf-8')}; 0")
    assert figure.page.evaluate(VIOLATIONS) == []
    page = figure.page
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def test_the_buttons_stay_below_the_finger_as_the_maps_grow(visit) -> None:
    figure = open_figure(visit(viewport={"width": 360, "height": 740}))
    slider, on = figure.get_by_label("Step", exact=True), figure.get_by_role("button", name="Step on")
    for kind in ("cross 0", "own 0"):
        figure.get_by_label("Show").select_option(kind)
        slider.fill("1")
        before = on.evaluate("one => one.getBoundingClientRect().top + scrollY")
        for _ in range(4):
            on.click()
        assert on.evaluate("one => one.getBoundingClientRect().top + scrollY") == pytest.approx(before, abs=1)


def test_on_paper_stands_the_still_figure(visit) -> None:
    figure = open_figure(visit())
    figure.page.emulate_media(media="print")
    expect(figure.locator("img").first).to_be_visible()
    expect(figure.locator(".interactive-place")).to_be_hidden()
