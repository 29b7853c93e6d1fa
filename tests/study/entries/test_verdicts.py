"""What held, for the first pass: words, pictures and scale follow from the results, and go stale."""

from __future__ import annotations

from dataclasses import replace

import pytest

from foundations.experiment import Interval, Pilot, Results, Superseded, Verdict
from study import doctor
from study.entries import interval_plot, results_table, verdicts
from study.files.errors import StudyError
from study.notes import parse

NOTES = "papers/coin/notes.md"


def change(base, **fields: object) -> None:
    """Change the result of the claim `fair`."""
    results = Results.load(base.entry("coin").results)
    fair = replace(results.claims["fair"], **fields)
    Results("coin", {**results.claims, "fair": fair}).save(base.entry("coin").results)


def plot(base):
    return Results.load(base.entry("coin").results).claims["fair"].plots[0]


def test_a_claim_stands_with_verdict_picture_and_cost(measured):
    change(measured, plots=(replace(plot(measured), interval=Interval(0.512, 0.481, 0.543)),))
    text = verdicts.markdown(measured.entry("coin"))
    assert text == (
        "**[fair](#claim-fair)** (Section 2, Table 1): ✓ supported. A coin shows heads half of the time.\n\n"
        "![8 seeds on an axis from “rarer” to “more often”; mean 0.512, 95 % interval 0.481 to 0.543, "
        "a line at 0.4](figures/claims/fair.svg)\n\n"
        "*Share of heads: 0.512 (0.481 to 0.543); threshold 0.4; 8 seeds, 0.02 core-hours.*\n\n"
        "**[rare](#claim-rare)** (Section 3 | footnote 1): ✗ not supported. Heads are rare.\n"
    )


def test_what_was_not_run_is_said(base):
    text = verdicts.markdown(base.entry("coin"))
    assert text.count("not yet run.") == 2
    assert "svg" not in text
    assert verdicts.drawings(base.entry("coin")) == {}


def test_conditions_that_were_not_met_stand_below_the_picture(measured):
    change(measured, gates={"regime": Verdict.SUPPORTED, "control": Verdict.INCONCLUSIVE})
    text = verdicts.markdown(measured.entry("coin"))
    assert "core-hours. Not met: control.*" in text
    assert "regime" not in text
    details = results_table.markdown(measured.entry("coin"))
    assert "**Condition**" not in details  # the claim of today has none


def test_a_number_that_is_no_threshold_keeps_its_name(measured):
    change(measured, plots=(replace(plot(measured), supports="", thresholds={"chance": 0.5}),))
    assert "; chance 0.5; 8 seeds" in verdicts.markdown(measured.entry("coin"))


def test_the_scale_is_told_once_from_the_least_to_the_most(measured):
    change(measured, scale={"parameters": (35_000, 65e6), "steps": (400, None)})
    assert "Scale, ours to the paper’s: parameters 1/1,900.\n" in verdicts.markdown(measured.entry("coin"))
    details = results_table.markdown(measured.entry("coin"))
    assert "**Scale:** 35 thousand parameters (the paper’s 65 million, 1/1,900); 400 steps" in details


def test_tuning_and_earlier_results_are_folded_in_the_details(measured):
    result = Results.load(measured.entry("coin").results).claims["fair"]
    pilot = Pilot(
        claim="fair", budget="standard", seeds=(100, 101), grid={"coin": (0.1, 0.3, 1.0)},
        scores={"coin": ((3.0, 2.0), (1.0, 1.5), (2.0, 2.0))}, core_seconds=90.0, code="sha256:0",
        foundations="sha256:0", versions={}, command="study reproduce coin --pilot",
    )  # fmt: skip
    earlier = replace(result, seeds=tuple(range(5, 13)), verdict=Verdict.INCONCLUSIVE)
    change(measured, pilot=pilot, best={"coin": 0.3}, superseded=(Superseded("One rate for both.", earlier),))
    details = results_table.markdown(measured.entry("coin"))
    assert "- **Tuned:** `coin` 0.3\n" in details
    assert "all seeds together; tuning 1 min 30 s\n" in details
    assert "| `coin` | **0.3** | **1.25** |\n| `coin` | 1 | 2 |\n" in details
    head = (
        "<details><summary>Earlier result: inconclusive, 8 seeds (5 to 12)</summary>\n\nOne rate for both.\n"
    )
    assert head in details


def test_pictures_are_drawn_anew_and_removed_with_their_result(measured):
    entry = measured.entry("coin")
    picture = measured.path("papers/coin/figures/claims/fair.svg")
    assert picture.read_text() == interval_plot.svg(plot(measured))
    assert list(verdicts.stale_drawings(entry)) == []
    picture.write_text("<svg/>")
    left = measured.write("papers/coin/figures/claims/gone.svg", "<svg/>")
    told = [str(one) for one in doctor.check(measured.root, ["coin"]) if one.level == "error"]
    assert told == [
        "papers/coin/figures/claims/fair.svg: not the picture of what results.json says",
        "papers/coin/figures/claims/gone.svg: the picture of no result",
    ]
    doctor.fix(measured.root, ["coin"])
    assert picture.read_text() == interval_plot.svg(plot(measured))
    assert not left.exists()


def test_verdicts_in_the_notes_go_stale_and_are_refreshed(measured):
    change(measured, core_seconds=9_000.0)
    line = measured.read(NOTES).split("<!-- verdicts -->")[0].count("\n") + 1
    what = f"{NOTES}:{line}: the verdicts shown are not those of results.json"
    assert what in [str(one) for one in doctor.check(measured.root, ["coin"])]
    doctor.fix(measured.root, ["coin"])
    assert "8 seeds, 2.5 core-hours.*" in measured.read(NOTES)
    assert [one for one in doctor.check(measured.root, ["coin"]) if one.level == "error"] == []


def test_further_plots_stand_in_the_details(measured):
    first = plot(measured)
    change(measured, plots=(first, replace(first, name="spread", axis="spread")))
    details = results_table.markdown(measured.entry("coin"))
    assert "](figures/claims/fair-spread.svg)\n\n*Spread: " in details
    assert "fair-spread" not in verdicts.markdown(measured.entry("coin"))
    names = {path.name for path in verdicts.drawings(measured.entry("coin"))}
    assert names == {"fair.svg", "fair-spread.svg"}


@pytest.mark.parametrize("marker", ["verdicts", "results"])
def test_a_second_place_for_them_is_refused(measured, marker):
    measured.edit(NOTES, "## Exercises", f"<!-- {marker} -->\n<!-- /{marker} -->\n\n## Exercises")
    with pytest.raises(StudyError, match=f"a second `<!-- {marker} -->`: a page has one at most"):
        parse(measured.path(NOTES))


def test_a_place_in_an_entry_without_claims_is_told(measured):
    measured.edit(
        "implementations/walk/notes.md",
        "## One step\n",
        "## One step\n\n<!-- verdicts -->\n<!-- /verdicts -->\n",
    )
    told = [str(one) for one in doctor.check(measured.root, ["walk"]) if one.level == "error"]
    assert any("a place for verdicts, and no experiments.py" in one for one in told)
