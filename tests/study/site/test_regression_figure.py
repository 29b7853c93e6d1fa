"""The figure of linear regression, in a real browser: it computes what NumPy computes, and points move it."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from implementations.linear_regression import BayesianLinearRegression
from implementations.linear_regression.demo_live import POINTS, columns, model

pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect

PAGE = "foundations/formulas/"
RUN = """(asked) => asked.map(({ points, degree, penalty, at }) => {
    const { weights, intercept, beta, gamma, evidence, predict } = figure.own.fit(points, degree, penalty);
    return { weights, intercept, beta, gamma, evidence, band: at.map(predict) };
})"""


def live(reader: Any) -> Any:
    page = reader.go(PAGE)
    figure = page.locator('[data-interactive$="regression.js"]')
    figure.scroll_into_view_if_needed()
    expect(figure).to_have_class(re.compile("is-live"))
    return figure


def shown(figure: Any, name: str) -> list[float]:
    text = figure.locator(f'[data-value="{name}"]').text_content().replace("−", "-")
    return [float(one) for one in re.findall(r"-?\d+\.\d+", text)]


def choose(figure: Any, label: str, value: str) -> None:
    figure.get_by_label(label, exact=True).select_option(value)


def test_it_computes_what_numpy_computes(visit) -> None:
    page = live(visit()).page
    rng = np.random.default_rng(7)
    asked: list[dict[str, Any]] = []
    wanted: list[tuple[BayesianLinearRegression, np.ndarray]] = []
    for degree in (1, 2, 3, 4, 5):
        for n in (2, 3, 5, 12):
            points = np.column_stack([rng.uniform(-1, 3, n), rng.uniform(-0.6, 5, n)])
            penalty, at = float(10 ** rng.uniform(-3, 3)), rng.uniform(-1, 3, 4)
            one = model(points, degree, penalty)
            wanted.append((one, np.transpose(one.predict(columns(at, degree), return_std=True))))
            asked.append({"points": points.tolist(), "degree": degree, "penalty": penalty, "at": at.tolist()})
    for got, (one, band) in zip(page.evaluate(RUN, asked), wanted, strict=True):
        np.testing.assert_allclose(got["weights"], one.coef_, rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose(got["band"], band, rtol=1e-6, atol=1e-8)
        numbers = [got["intercept"], got["beta"], got["gamma"], got["evidence"]]
        exact = [one.intercept_, one.beta_, one.effective_parameters_, one.log_evidence_]
        np.testing.assert_allclose(numbers, exact, rtol=1e-6, atol=1e-8)


def test_the_three_points_stand_as_in_the_notes(visit) -> None:
    reader = visit()
    figure = live(reader)
    assert shown(figure, "weights") == [1.0]
    assert shown(figure, "gamma") == [0.667]
    one = model(POINTS, 1, 1.0)
    assert shown(figure, "noise") == pytest.approx([one.beta_**-0.5], abs=5.1e-4)
    assert shown(figure, "evidence") == pytest.approx([one.log_evidence_], abs=5.1e-4)
    figure.get_by_role("button", name="λ of largest evidence").click()
    reading = figure.locator(".interactive-reading").text_content()
    assert abs(np.log10(float(reading)) - np.log10(1 / 13)) <= 0.026  # the slider goes in steps of 0.05
    assert shown(figure, "weights") == pytest.approx([13 / 9], abs=0.01)
    assert shown(figure, "below") == [0.0]
    assert reader.wrong == []


@pytest.mark.parametrize("engine", ["mkdocs", "zensical"])
def test_a_point_is_dragged_and_everything_follows(visit, engine: str) -> None:
    reader = visit(engine)
    figure = live(reader)
    expect(figure.locator("img").first).to_be_hidden()
    canvas = figure.locator("canvas").first
    canvas.scroll_into_view_if_needed()
    box, before = canvas.bounding_box(), canvas.evaluate("one => one.toDataURL()")
    # the square shows 5.6 of the plane each way; the third point stands at (2, 4)
    mouse = reader.page.mouse

    def place(x: float, y: float) -> tuple[float, float]:
        return box["x"] + (x + 1.8) / 5.6 * box["width"], box["y"] + (5 - y) / 5.6 * box["height"]

    mouse.move(*place(2, 4))
    mouse.down()
    mouse.move(*place(2, 1), steps=4)
    mouse.up()
    assert figure.get_by_label("Point", exact=True).input_value() == "3"
    at = [float(one.input_value()) for one in figure.locator("input[type=number]").all()]
    np.testing.assert_allclose(at, [2, 1], atol=0.03)
    moved = POINTS.copy()
    moved[2] = at
    one = model(moved, 1, 1.0)
    assert shown(figure, "weights") == pytest.approx(one.coef_, abs=5.1e-4)
    assert shown(figure, "evidence") == pytest.approx([one.log_evidence_], abs=5.1e-4)
    assert canvas.evaluate("one => one.toDataURL()") != before
    assert reader.wrong == []


def test_keys_and_fields_move_the_chosen_point(visit) -> None:
    figure = live(visit(reduced_motion="reduce"))
    choose(figure, "Point", "2")
    figure.get_by_label("y", exact=True).fill("3.5")
    figure.get_by_label("y", exact=True).press("Enter")
    moved = POINTS.copy()
    moved[1, 1] = 3.5
    assert shown(figure, "weights") == pytest.approx(model(moved, 1, 1.0).coef_, abs=5.1e-4)
    figure.locator("canvas").first.press("ArrowDown")
    moved[1, 1] -= 5.6 / 80
    assert shown(figure, "evidence") == pytest.approx([model(moved, 1, 1.0).log_evidence_], abs=5.1e-4)
    expect(figure.locator("p[role=status]")).to_contain_text("effective parameters, noise")


def test_points_are_added_and_removed_and_curves_fitted(visit) -> None:
    reader = visit()
    figure = live(reader)
    figure.get_by_role("button", name="Add a point").click()
    added = [float(one.input_value()) for one in figure.locator("input[type=number]").all()]
    one = model(np.vstack([POINTS, added]), 1, 1.0)
    assert shown(figure, "weights") == pytest.approx(one.coef_, abs=1.1e-3)
    for _ in range(4):
        figure.get_by_role("button", name="Remove it").click()
    assert figure.get_by_label("Point", exact=True).locator("option").count() == 2
    choose(figure, "Data", "nine points of a curve")
    assert len(shown(figure, "weights")) == 5
    figure.get_by_label("Penalty λ", exact=True).fill("-2")
    free = shown(figure, "gamma")[0]
    figure.get_by_label("Penalty λ", exact=True).fill("2")
    assert shown(figure, "gamma")[0] < free
    choose(figure, "Degree", "2")
    assert len(shown(figure, "weights")) == 2
    assert reader.wrong == []


def test_it_fits_a_telephone(visit) -> None:
    reader = visit(viewport={"width": 360, "height": 740})
    live(reader)
    width = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert reader.page.evaluate(width) <= 0


def test_points_on_one_line_have_no_peak(visit) -> None:
    reader = visit()
    figure = live(reader)
    choose(figure, "Point", "3")
    figure.get_by_label("y", exact=True).fill("3")
    figure.get_by_label("y", exact=True).press("Enter")
    figure.get_by_role("button", name="λ of largest evidence").click()
    assert figure.get_by_label("Penalty λ", exact=True).input_value() == "-3"
    evidence = shown(figure, "evidence")[0]
    for larger in ("-2", "0", "3"):
        figure.get_by_label("Penalty λ", exact=True).fill(larger)
        assert shown(figure, "below")[0] == pytest.approx(evidence - shown(figure, "evidence")[0], abs=1.1e-3)
        assert shown(figure, "below")[0] > 1
    assert reader.wrong == []
