"""The figure of gradient boosting's notes, in a real browser: it grows the trees that NumPy grows."""

from __future__ import annotations

import itertools
import re
from typing import Any

import numpy as np
import pytest

from implementations.gradient_boosting import GradientBoostingClassifier, GradientBoostingRegressor
from implementations.gradient_boosting.demo_live import MOST, points

pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect

PAGE = "foundations/formulas/"
GRID = np.linspace(0, 1, 101)
RUN = """([asked, grid]) => asked.map((settings) => {
    const { boost, points } = figure.own;
    const { trees, curve, raw } = boost(points, settings);
    const leaves = trees.map((one) => one.map(({ value }) => value));
    return { curve, raw: grid.map((x) => raw(x, settings.trees)), trees: leaves };
})"""
MODELS = {"squared": (GradientBoostingRegressor, "y"), "logistic": (GradientBoostingClassifier, "label")}


def open_figure(reader: Any) -> Any:
    """Go to the page, come near the figure, and return it once it is live."""
    figure = reader.go(PAGE).locator('[data-interactive$="boosting.js"]')
    figure.scroll_into_view_if_needed()
    expect(figure).to_have_class(re.compile("is-live"))
    return figure


def fitted(loss: str, depth: int, rate: float, penalty: float, trees: int = MOST) -> Any:
    """Return our model of the figure's training points, with the loss of those held out."""
    train, held = points().values()
    kind, target = MODELS[loss]
    model = kind(trees, learning_rate=rate, max_depth=depth, reg_lambda=penalty, tree_method="exact")
    return model.fit(train["x"][:, None], train[target], eval_set=(held["x"][:, None], held[target]))


def numbers(figure: Any, name: str) -> list[float]:
    """Return the numbers of a value that the figure shows."""
    text = figure.locator(f'[data-value="{name}"]').text_content().replace("−", "-")
    return [float(one) for one in re.findall(r"-?\d+(?:\.\d+)?", text)]


def move(figure: Any, label: str, value: float) -> None:
    figure.get_by_label(label, exact=True).fill(str(value))


def test_the_points_are_those_of_the_demo(visit) -> None:
    told = open_figure(visit()).page.evaluate("figure.own.points")
    assert list(told) == ["train", "held"]
    for part, columns in points().items():
        assert list(told[part]) == list(columns)
        for name, column in columns.items():
            np.testing.assert_allclose(told[part][name], column, rtol=0, atol=1e-12)


def test_it_grows_the_trees_that_numpy_grows(visit) -> None:
    settings = list(itertools.product(MODELS, (1, 2, 3, 4), (0.1, 0.3, 1.0), (0.0, 1.0, 7.5)))
    asked = [
        {"loss": loss, "depth": depth, "rate": rate, "lambda": penalty, "least": 1, "trees": 12}
        for loss, depth, rate, penalty in settings
    ]
    told = open_figure(visit()).page.evaluate(RUN, [asked, GRID.tolist()])
    for (loss, depth, rate, penalty), got in zip(settings, told, strict=True):
        model = fitted(loss, depth, rate, penalty, 12)
        name = f"{loss}, depth {depth}, rate {rate}, penalty {penalty}"
        raw = model.raw_score(GRID[:, None])[:, 0]
        np.testing.assert_allclose(got["raw"], raw, rtol=0, atol=1e-9, err_msg=name)
        curve = np.column_stack([model.train_loss_, model.validation_loss_])
        np.testing.assert_allclose(got["curve"], curve, rtol=0, atol=1e-9, err_msg=name)
        for leaves, (tree,) in zip(got["trees"], model.trees_, strict=True):
            ours = np.sort(tree.value[tree.leaves]) / rate
            np.testing.assert_allclose(np.sort(leaves), ours, rtol=0, atol=1e-9, err_msg=name)


def test_what_is_shown_is_what_numpy_finds(visit) -> None:
    figure = open_figure(visit())
    train = points()["train"]
    for loss, words, depth, rate, penalty, count in (
        ("squared", "squared error", 2, 0.3, 1.0, 1),  # as it is at first
        ("squared", "squared error", 3, 0.5, 4.0, 7),
        ("logistic", "logistic", 2, 0.3, 1.0, 20),
    ):
        figure.get_by_label("Loss", exact=True).select_option(words)
        for label, value in (
            ("Depth", depth),
            ("Learning rate η", rate),
            ("Penalty λ", penalty),
            ("Trees", count),
        ):
            move(figure, label, value)
        model = fitted(loss, depth, rate, penalty)
        assert numbers(figure, "train") == pytest.approx([model.train_loss_[count]], abs=5.1e-5)
        assert numbers(figure, "held") == pytest.approx([model.validation_loss_[count]], abs=5.1e-5)
        least = int(model.validation_loss_.argmin())
        assert numbers(figure, "least") == pytest.approx([model.validation_loss_[least], least], abs=5.1e-5)
        z = list(model.staged_raw_score(train["x"][:, None]))[count]
        g, _ = model.loss_.derivatives(z, train[MODELS[loss][1]])
        assert numbers(figure, "residual") == pytest.approx([np.abs(g).max()], abs=5.1e-4)
        tree = model.trees_[count - 1][0]
        splits = np.sort(tree.threshold[tree.feature >= 0])
        assert numbers(figure, "splits") == pytest.approx(list(splits), abs=5.1e-4)


@pytest.mark.parametrize("engine", ["mkdocs", "zensical"])
def test_trees_are_added_one_at_a_time_and_everything_follows(visit, engine: str) -> None:
    reader = visit(engine)
    figure = open_figure(reader)
    expect(figure.locator("img").first).to_be_hidden()
    drawings = "all => all.map((one) => one.toDataURL())"
    before, losses = figure.locator("canvas").evaluate_all(drawings), [numbers(figure, "train")[0]]
    for _ in range(3):
        figure.get_by_role("button", name="Add a tree").click()
        losses.append(numbers(figure, "train")[0])
    assert losses == sorted(losses, reverse=True)
    after = figure.locator("canvas").evaluate_all(drawings)
    assert [one == other for one, other in zip(before, after, strict=True)] == [False] * 3
    expect(figure.locator(".interactive-said")).to_contain_text(
        re.compile(r"4 trees: loss 0\.\d+ on the training")
    )
    figure.get_by_role("button", name="Take one away").click()
    assert numbers(figure, "train")[0] == losses[2]
    figure.get_by_role("button", name="Start again").click()
    expect(figure.locator('[data-value="splits"]')).to_have_text("none yet")
    assert reader.wrong == []
    assert all(re.match(r"http://127\.0\.0\.1:\d+/|data:|blob:", url) for url in reader.asked)


def test_it_stops_where_no_split_is_worth_it(visit) -> None:
    figure = open_figure(visit())
    figure.get_by_label("Loss", exact=True).select_option("squared error")
    for label, value in (("Depth", 4), ("Learning rate η", 1.0), ("Penalty λ", 0.0), ("Trees", MOST)):
        move(figure, label, value)
    assert numbers(figure, "train") == [0]
    expect(figure.locator('[data-value="splits"]')).to_have_text("no split is worth it")
    figure.get_by_role("button", name="Add a tree").click()  # and there are no more than the slider has
    assert figure.get_by_label("Trees", exact=True).input_value() == str(MOST)


def test_the_figure_is_worked_by_keyboard(visit) -> None:
    reader = visit()
    figure = open_figure(reader)
    figure.get_by_label("Trees", exact=True).focus()
    reader.page.keyboard.press("ArrowRight")
    slider = figure.get_by_label("Trees", exact=True)
    assert slider.get_attribute("aria-valuetext") == "2"
    for _ in range(2):  # on to the button that takes one away
        reader.page.keyboard.press("Tab")
    reader.page.keyboard.press("Enter")
    assert slider.input_value() == "1"
    for canvas in figure.locator("canvas").all():
        assert canvas.get_attribute("role") == "img"
        assert canvas.get_attribute("aria-label")


def test_it_fits_a_telephone(visit) -> None:
    reader = visit(viewport={"width": 360, "height": 740})
    open_figure(reader)
    width = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert reader.page.evaluate(width) <= 0
