from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundations.experiment import Measurement
from foundations.experiment.measurement import STUDENT
from study.entries import results_table
from study.entries.result_words import duration, numbers
from study.files.errors import StudyError
from study.notes.markdown import Anchors, headings


def test_a_block_for_every_claim_below_one_short_table(base):
    base.measure()
    text = results_table.markdown(base.entry("coin"))
    assert text.startswith(
        "| Claim | Where | Verdict |\n"
        "|---|---|---|\n"
        "| [fair](#claim-fair) | Section 2, Table 1 | ✓ supported |\n"
        "| [rare](#claim-rare) | Section 3 \\| footnote 1 | ✗ not supported |\n"
        "\n"
        "### Claim: fair\n"
        "\n"
        "- **The paper** (Section 2, Table 1): A coin shows heads half of the time.\n"
        "- **Measured:** The share of heads in 400 tosses.\n"
        "- **We predicted:** The share of heads is at least 0.4.\n"
        "- **Refuted if:** The whole interval lies below 0.4.\n"
        "- **Thresholds:** `least` 0.4\n"
        "- **Control:** A coin with two tails shows none.\n"
        "- **Verdict:** ✓ supported\n"
        "- **Cost:** 0.02 core-hours, all seeds together\n"
        "- **Command:** `study reproduce coin --claim fair --seeds 8 --budget standard`\n"
        "\n"
        "<details><summary>Every metric, over 8 seeds</summary>\n"
        "\n"
        "| standard budget | Mean | 95 % interval | Seed by seed |\n"
        "|---|---:|---:|---|\n"
    )
    number = r"0\.\d{1,4}"
    each = ", ".join([number] * 8)
    assert re.search(rf"\n\| `share` \| {number} \| {number} to {number} \| {each} \|\n", text)
    assert "\n| `tosses` | 400 | no spread | 400, 400, 400, 400, 400, 400, 400, 400 |\n" in text
    assert text.endswith(
        "*Measured on Linux x86_64 with 2 cores: ml-foundations 0.1.0, numpy 2.1.0, python 3.11.7.*\n"
    )


def test_the_links_of_the_table_reach_the_blocks_on_the_site_and_on_github(base):
    base.measure()
    text = results_table.markdown(base.entry("coin"))
    anchors = Anchors()
    found = [anchors.add(title) for _, _, title in headings(text)]
    assert [site for site, _ in found] == re.findall(r"\(#([^)]*)\)", text)
    assert all(site == github for site, github in found)


def test_a_claim_that_was_not_run_says_so_and_how(base):
    text = results_table.markdown(base.entry("coin"))
    assert "| [fair](#claim-fair) | Section 2, Table 1 | not yet run |" in text
    assert "- **Verdict:** not yet run\n- **Command:** `study reproduce coin --claim fair`\n" in text
    assert "Measured on" not in text
    assert "<details>" not in text


def test_the_same_results_give_the_same_text(base):
    base.measure()
    assert results_table.markdown(base.entry("coin")) == results_table.markdown(base.entry("coin"))


def test_an_entry_without_claims(base):
    with pytest.raises(StudyError, match="no claims to show results of"):
        results_table.markdown(base.entry("walk"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", r"papers/coin/results\.json:1: not valid JSON"),
        ('{"schema": 3, "entry": "coin", "claims": {}}', "schema version 3, this version reads 1 to 2"),
        ('{"schema": 1, "entry": "walk", "claims": {}}', "holds the results of 'walk', expected 'coin'"),
    ],
)
def test_results_that_cannot_be_read(base, text, message):
    base.write("papers/coin/results.json", text)
    with pytest.raises(StudyError, match=message) as caught:
        results_table.load(base.entry("coin"))
    assert str(base.root) not in str(caught.value)


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ((0.91234, 0.93345, 0.95456), ("0.933", "0.881 to 0.986")),
        ((0.5, 0.5, 0.5), ("0.5", "no spread")),
        ((400.0, 400.0), ("400", "no spread")),
        ((0.0, 0.0), ("0", "no spread")),
        ((1200.0, 1300.0, 1250.0), ("1,250", "1,130 to 1,370")),
        ((-0.01, 0.01, 0.0), ("0.000", "−0.025 to 0.025")),
        ((0.7,), ("0.7000", "none")),
        ((math.nan, 1.0), ("not a number", "none")),
        ((1.1e-6, 1.2e-6, 1.3e-6), ("1.20 × 10⁻⁶", "0.95 × 10⁻⁶ to 1.45 × 10⁻⁶")),
        ((65e9, 65e9), ("6.500 × 10¹⁰", "no spread")),
        ((1.0, 1.0, 1.0 + 1e-9), ("1.00000", "1.00000 to 1.00000")),
    ],
)
def test_numbers_are_rounded_to_what_the_interval_says(values, shown):
    assert numbers(Measurement(values, STUDENT)) == shown


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ((0.91234, 0.93345, 0.95456), ("0.9335", "none")),
        ((400.0, 400.0), ("400", "no spread")),
        ((65e9,), ("6.500 × 10¹⁰", "none")),
        ((1.2e-6, 1.3e-6), ("1.250 × 10⁻⁶", "none")),
        (((1.0, 0.0), (1.0, 1.0), (0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (1.0, 1.0)), ("0.67", "0.00 to 1.00")),
        (((1.0, 0.0), (0.0, 1.0)), ("0.5", "no spread")),
    ],
)
def test_few_seeds_and_outcomes_of_items(values, shown):
    assert numbers(Measurement(values)) == shown


@given(st.lists(st.floats(-1e12, 1e12, allow_subnormal=False), min_size=2, max_size=6))
def test_rounding_moves_no_end_by_more_than_a_tenth_of_the_interval(values):
    measured = Measurement(tuple(values), STUDENT)
    shown = numbers(measured)
    if shown[1] == "no spread":
        return
    mean, low, high = measured.interval
    half = (high - low) / 2
    told = [read(text) for text in (shown[0], *shown[1].split(" to "))]
    slack = max(half * 0.1, 1e-5 * max(abs(mean), abs(low), abs(high)))
    for value, text in zip((mean, low, high), told, strict=True):
        assert abs(value - text) <= slack


def read(text: str) -> float:
    mantissa, _, power = text.replace("−", "-").replace(",", "").partition(" × 10")
    exponent = power.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")) or "0"
    return float(mantissa) * 10.0 ** int(exponent)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.0, "0.00 s"),
        (0.994, "0.99 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (60, "1 min 0 s"),
        (3600, "1 h 0 min"),
    ],
)
def test_durations(seconds, shown):
    assert duration(seconds) == shown
