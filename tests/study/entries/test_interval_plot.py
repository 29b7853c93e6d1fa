"""The picture of a result: everything is drawn where its number is, and stays inside."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from foundations.experiment import Interval, Plot
from foundations.plotting import recolour
from foundations.plotting.inks import INKS
from study.entries import interval_plot
from study.entries.interval_plot import WIDTH, svg

SVG = "{http://www.w3.org/2000/svg}"
PLOT = Plot(
    name="gain",
    axis="accuracy gained, share of sequences",
    left="worse <with> it",
    right="better & faster",
    values=(0.2, 0.25, 0.31, 0.22, 0.4, 0.12, 0.2, 0.27),
    interval=Interval(0.246, 0.19, 0.31),
    thresholds={"least": 0.1},
    supports="above",
)


def parts(plot: Plot, kind: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(svg(plot)).iter(SVG + kind))


def words(plot: Plot) -> list[str]:
    return [str(text.text) for text in parts(plot, "text")]


def test_the_words_of_the_plot_stand_in_it():
    assert words(PLOT)[:2] == ["← worse <with> it", "better & faster →"]
    assert "accuracy gained, share of sequences" in words(PLOT)
    assert "0.1" in words(PLOT)


def test_its_marks_are_explained_as_far_as_they_are_there():
    assert words(PLOT)[-1] == "● seed · ◆ mean, 95 % interval · tinted: supports it"
    assert words(replace(PLOT, supports="", thresholds={}))[-1] == "● seed · ◆ mean, 95 % interval"
    unknown = replace(PLOT, interval=Interval(0.246, -math.inf, math.inf))
    assert words(unknown)[-1] == "● seed · tinted: supports it"


def test_a_dot_a_seed_in_the_order_of_their_values():
    across = [float(dot.get("cx", "")) for dot in parts(PLOT, "circle")]
    assert len(across) == 8
    order = sorted(range(8), key=lambda seed: (PLOT.values[seed], seed))
    assert sorted(range(8), key=lambda seed: (across[seed], seed)) == order
    step = (across[4] - across[5]) / (PLOT.values[4] - PLOT.values[5])
    assert across[2] - across[5] == pytest.approx(step * (PLOT.values[2] - PLOT.values[5]), abs=0.11)


def test_the_bar_runs_from_end_to_end_of_the_interval():
    dots = parts(replace(PLOT, values=(0.19, 0.246, 0.31), thresholds={}, supports=""), "circle")
    low, middle, high = (float(dot.get("cx", "")) for dot in dots)
    drawn = svg(replace(PLOT, values=(0.19, 0.246, 0.31), thresholds={}, supports=""))
    bar = re.search(r"M([\d.]+) [\d.]+v10m0 -5H([\d.]+)m0", drawn)
    rhomb = re.search(r"M([\d.]+) [\d.]+l6 6", drawn)
    assert bar
    assert rhomb
    assert [float(bar[1]), float(rhomb[1]), float(bar[2])] == [low, middle, high]


@pytest.mark.parametrize(
    ("supports", "thresholds", "tinted"),
    [
        ("above", {"least": 0.1}, lambda x, y: (x(0.1), y)),
        ("below", {"most": 0.35}, lambda x, y: (0, x(0.35))),
        ("between", {"-margin": -0.05, "margin": 0.05}, lambda x, y: (x(-0.05), x(0.05))),
    ],
)
def test_the_side_that_supports_is_tinted(supports, thresholds, tinted):
    plot = replace(PLOT, supports=supports, thresholds=thresholds)
    _, tint = parts(plot, "rect")
    left, width = float(tint.get("x", "")), float(tint.get("width", ""))
    lines = [float(at) for at in re.findall(r"M([\d.]+) [\d.]+V", svg(plot))]
    expected = dict(zip(sorted(thresholds.values()), sorted(lines), strict=True))
    low, high = tinted(lambda value: expected[value], WIDTH - 16)
    assert left == pytest.approx(low or left, abs=0.11)
    assert left + width == pytest.approx(high, abs=0.11)
    assert (left <= 16.1) == (supports == "below")


def test_nothing_is_tinted_where_nothing_is_judged():
    assert len(parts(replace(PLOT, supports="", thresholds={}), "rect")) == 1


def test_without_an_interval_only_the_seeds_are_drawn():
    plot = replace(PLOT, values=(0.5,), interval=Interval(0.5, -math.inf, math.inf), by="none")
    assert "no interval: fewer than six seeds" in words(plot)
    assert len(parts(plot, "circle")) == 1


@pytest.mark.parametrize(
    "values",
    [(0.0,) * 8, (1e-9, 2e-9), (-5e6, 7e6), (math.nan, 1.0), (math.inf, 0.5), (-3.0, -2.9)],
)
def test_whatever_the_numbers_everything_stays_inside(values):
    mean = values[-1]
    plot = replace(PLOT, values=values, interval=Interval(mean, min(mean, 0), max(mean, 1)))
    root = ElementTree.fromstring(svg(plot))
    height = float(root.get("height", "").removesuffix("px"))
    for part in root.iter():
        for name, end in (("x", WIDTH), ("cx", WIDTH), ("y", height), ("cy", height)):
            if part.get(name):
                assert 0 <= float(part.get(name, "")) <= end
    assert "nan" not in svg(plot)
    assert "inf" not in svg(plot).replace("interval", "")


def test_long_words_are_broken_into_rows():
    plot = replace(PLOT, axis="a very long axis " * 8, left="a long story about small values " * 3)
    assert max(len(line) for line in words(plot)) <= 58


def test_the_same_numbers_give_the_same_bytes_and_others_do_not():
    assert svg(PLOT) == svg(replace(PLOT))
    assert svg(PLOT) != svg(replace(PLOT, interval=Interval(0.246, 0.18, 0.31)))


def test_its_colours_are_those_of_every_figure():
    known = {name: (ink.light, ink.dark) for name, ink in INKS.items()}
    assert {name: known[name] for name in interval_plot._COLOURS} == interval_plot._COLOURS
    assert "var(" not in recolour(svg(PLOT), "dark")
    assert INKS["teal"].dark in recolour(svg(PLOT), "dark")
    assert INKS["teal"].light in recolour(svg(PLOT), "light")
