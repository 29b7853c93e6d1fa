"""What an interval plot shows is stored with the result: numbers, words and thresholds."""

import dataclasses
import math

import numpy as np
import pytest

from foundations.errors import ClaimError, ExperimentError
from foundations.experiment import (
    Claim,
    Contrast,
    Interval,
    Results,
    Verdict,
    paired_interval,
    proportion_interval,
    run_claim,
)
from foundations.experiment.contrast import drawn

VALUES = np.array([0.1, 0.2, 0.15, 0.3, 0.12, 0.18, 0.22, 0.25])
WORDS = {"axis": "accuracy gained", "left": "worse", "right": "better"}
METRICS = {"gain": VALUES, "right": np.repeat(VALUES[:, None] > 0.15, 4, axis=1).astype(float)}


def test_it_holds_all_that_drawing_needs():
    contrast = Contrast(values="gain", thresholds=("least",), supports="above", **WORDS)
    plot = drawn("main", contrast, METRICS, {"least": 0.05, "other": 1.0})
    assert plot.values == tuple(VALUES)
    assert tuple(plot.interval) == pytest.approx(tuple(paired_interval(VALUES)))
    assert plot.by == "typical values"
    assert dict(plot.thresholds) == {"least": 0.05}
    assert (plot.name, plot.axis, plot.left, plot.right, plot.supports) == (
        "main",
        "accuracy gained",
        "worse",
        "better",
        "above",
    )


def test_it_may_show_a_function_of_the_metrics_and_means_over_items():
    minus = drawn("a", Contrast(values=lambda m: -m["gain"], **WORDS), METRICS, {})
    assert minus.values == tuple(-VALUES)
    items = drawn("b", Contrast(values="right", **WORDS), METRICS, {})
    assert items.values == tuple((VALUES > 0.15).astype(float))


def test_an_interval_that_fits_the_data_is_the_one_drawn():
    def learnt(m):
        return proportion_interval(int((m["gain"] > 0.15).sum()), len(m["gain"]))

    plot = drawn("a", Contrast(values="gain", interval=learnt, by="Clopper–Pearson", **WORDS), METRICS, {})
    assert plot.interval.mean == 5 / 8
    assert plot.by == "Clopper–Pearson"
    broken = Contrast(values="gain", interval=lambda m: (0, 1, 2), by="guess", **WORDS)  # type: ignore
    with pytest.raises(ExperimentError, match="interval must return an Interval"):
        drawn("a", broken, METRICS, {})


def test_a_margin_is_drawn_on_both_sides():
    contrast = Contrast(values="gain", thresholds=("-margin", "margin"), supports="between", **WORDS)
    assert contrast.resolved({"margin": 0.05}) == {"-margin": -0.05, "margin": 0.05}


def test_few_seeds_have_no_interval():
    plot = drawn("a", Contrast(values="gain", **WORDS), {"gain": VALUES[:5]}, {})
    assert plot.interval[1:] == (-math.inf, math.inf)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"axis": ""}, "needs words for axis"),
        ({"left": None}, "needs words for left"),
        ({"values": 3}, "shows a metric by its name"),
        ({"supports": "upwards"}, "supports one of above, below, between, got 'upwards'"),
        ({"supports": "above"}, "that supports 'above' has 1 threshold, got"),
        ({"supports": "between", "thresholds": ("a",)}, "has 2 thresholds"),
        ({"by": "guess"}, "gives `interval` and `by`"),
        ({"interval": lambda m: Interval(0, 0, 0)}, "gives `interval` and `by`"),
    ],
)
def test_what_does_not_fit_together_is_refused(changed, said):
    with pytest.raises(ExperimentError, match=said):
        Contrast(**{"values": "gain", **WORDS, **changed})


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ("gian", "plot 'a' shows 'gian'; the metrics are gain, right"),
        (lambda m: m["gain"].mean(), r"needs one value a seed"),
        (lambda m: m["gain"][:3], r"needs one value a seed"),
    ],
)
def test_values_are_one_a_seed(values, said):
    with pytest.raises(ExperimentError, match=said):
        drawn("a", Contrast(values=values, **WORDS), METRICS, {})


def test_plots_go_with_the_result_in_the_order_of_the_claim(tmp_path):
    entry = tmp_path / "papers" / "coin"
    entry.mkdir(parents=True)
    claim = Claim(
        id="gains",
        where="§1",
        says="x",
        estimand="x",
        predicts="y",
        refuted="not y",
        control="z",
        thresholds={"least": 0.05},
        run=lambda seed, budget: {"gain": VALUES[seed], "cost": 1.0},
        holds=lambda metrics: Verdict.SUPPORTED,
        plots={
            "main": Contrast(values="gain", thresholds=("least",), supports="above", **WORDS),
            "cost": Contrast(values="cost", axis="seconds", left="cheap", right="dear"),
        },
    )
    result = run_claim(claim, seeds=range(8), budget="standard", n_jobs=1, entry=entry)
    assert [plot.name for plot in result.plots] == ["main", "cost"]
    results = Results("coin", {"gains": result})
    assert Results.loads(results.dumps()).claims["gains"].plots == result.plots
    wrong = dataclasses.replace(claim, plots={"main": Contrast(values="gian", **WORDS)})
    with pytest.raises(ClaimError, match="claim 'gains' failed in drawing its plots: ExperimentError: plot"):
        run_claim(wrong, seeds=[0], budget="quick", n_jobs=1, entry=entry)
