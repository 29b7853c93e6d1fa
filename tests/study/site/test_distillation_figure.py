"""The figure of distillation: it computes what NumPy computes, and moves what the reader moves."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from papers.distillation import matched_gradient, soft_gradient, soften
from papers.distillation.demo_figures import FIRST, FIRST_T, confusion
from papers.distillation.demo_weights import read_figure

pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect

PAGE = "foundations/formulas/"
ROOT = Path(__file__).parents[3]
AXE = ROOT / "tests" / "audit" / "axe.min.js"
VIOLATIONS = """axe.run('[data-interactive$="distil.js"]').then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target}`)))"""
RUN = """([temperatures, shifts]) => {
    const given = new figure.own.Distilled(figure.given("darkness.js"));
    const digits = [...Array(given.count).keys()];
    return {
        soft: temperatures.map((t) => digits.map((one) => given.soften(given.teacher(one), t))),
        gradient: temperatures.map((t) => digits.map((one) => given.gradient(one, t))),
        limit: temperatures.map((t) => digits.map((one) => given.limit(one, t))),
        counts: shifts.map((by) => [...given.confusion(by)]),
    };
}"""


def live(reader: Any) -> Any:
    page = reader.go(PAGE)
    figure = page.locator('[data-interactive$="distil.js"]')
    figure.scroll_into_view_if_needed()
    expect(figure).to_have_class(re.compile("is-live"))
    return figure


def value(figure: Any, name: str) -> str:
    return figure.locator(f'[data-value="{name}"]').text_content()


def test_it_computes_what_numpy_computes(visit) -> None:
    page = live(visit()).page
    temperatures, shifts = [1.0, 4.0, 17.5, 40.0], [-2.0, 0.0, 3.5, 9.25]
    got = page.evaluate(RUN, [temperatures, shifts])
    shown = read_figure()
    for t, soft, gradient, limit in zip(
        temperatures, got["soft"], got["gradient"], got["limit"], strict=True
    ):
        np.testing.assert_allclose(soft, soften(shown.teacher, t), rtol=0, atol=1e-4)
        for found, exact in ((gradient, soft_gradient), (limit, matched_gradient)):
            sizes = np.linalg.norm(exact(shown.student, shown.teacher, t), axis=1)
            np.testing.assert_allclose(found, sizes, rtol=1e-4, atol=1e-6)
    for by, counts in zip(shifts, got["counts"], strict=True):
        np.testing.assert_array_equal(np.reshape(counts, (10, 10)), confusion(by))


def test_it_begins_as_the_still_figure_and_follows_the_keyboard(visit) -> None:
    reader = visit()
    figure = live(reader)
    shown, keys = read_figure(), reader.page.keyboard

    def told(digit: int, t: float) -> None:
        for one, share in enumerate(soften(shown.teacher[digit], t)):
            assert float(value(figure, f"p{one}")) == pytest.approx(share, abs=6e-5)
        size = np.linalg.norm(soft_gradient(shown.student[digit], shown.teacher[digit], t))
        assert float(value(figure, "gradient")) == pytest.approx(size, abs=6e-6)

    told(FIRST, FIRST_T)
    expect(figure.locator(".interactive-said")).to_be_empty()
    figure.get_by_label("Temperature T", exact=True).focus()
    keys.press("ArrowRight")
    told(FIRST, FIRST_T + 0.5)
    figure.get_by_label("Digit", exact=True).focus()
    keys.press("ArrowRight")
    told(FIRST + 1, FIRST_T + 0.5)
    expect(figure.locator(".interactive-said")).to_contain_text("At T = 4.5 the teacher gives")
    assert reader.wrong == []


def test_the_bias_of_the_missing_class_moves_the_matrix(visit) -> None:
    reader = visit()
    figure = live(reader)
    before, after = confusion(0.0), confusion(2.0)
    assert value(figure, "threes") == f"{before[3, 3]} of {before[3].sum()}"
    figure.get_by_label("Added to the bias of 3", exact=True).fill("2")
    assert value(figure, "threes") == f"{after[3, 3]} of {after[3].sum()}"
    assert value(figure, "wrong") == str(1000 - np.trace(after))
    assert after[3, 3] > before[3, 3]
    expect(figure.locator(".interactive-said")).to_contain_text("Bias of 3 raised by 2.00")
    figure.locator(".heat").focus()
    reader.page.keyboard.press("ArrowRight")
    assert value(figure, "cell") == f"{after[3, 4]} of class 3 read as 4"


def test_the_scripts_are_small() -> None:
    own = [ROOT / "papers/distillation/interactive/distil.js"]
    kit = [
        ROOT / "docs/assets/js/figure" / f"{one}.js"
        for one in ("figure", "controls", "plane", "heat", "tensor")
    ]
    assert sum(len(gzip.compress(one.read_bytes())) for one in own + kit) <= 15_000


@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_and_the_page_does_not_scroll_sideways(visit, width: int) -> None:
    page = live(visit(viewport={"width": width, "height": 800})).page
    page.evaluate(f"{AXE.read_text(encoding='utf-8')}; 0")
    assert page.evaluate(VIOLATIONS) == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
