"""What came of claims, in a word each: kept until results.json or the code changes."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from study.entries import results_table
from study.entries.outcomes import Outcome, outcomes
from study.files.errors import StudyError

KEPT = ".study/kept/outcomes-coin.json"


def test_they_are_those_of_the_results(base):
    assert outcomes(base.entry("coin")) == {}
    base.measure()
    results = results_table.load(base.entry("coin")).claims
    expected = {
        name: Outcome(str(one.verdict), one.budget, len(one.seeds), one.code) for name, one in results.items()
    }
    for _ in range(2):
        assert outcomes(base.entry("coin")) == expected
    base.measure(claims=("fair",))
    assert list(outcomes(base.entry("coin"))) == ["fair"]


def test_kept_ones_need_no_numpy(base):
    base.measure()
    expected = outcomes(base.entry("coin"))
    script = (
        "import sys; from pathlib import Path; from study.entries import catalogue\n"
        "from study.entries.outcomes import outcomes\n"
        f"found = outcomes(catalogue.load(Path({str(base.root)!r})).get('coin'))\n"
        f"assert len(found) == {len(expected)}\n"
        "assert 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.parametrize("text", ["", "3", "[1]", '{"fair": {"verdict": "supported"}}', '{"fair": 3}'])
def test_kept_ones_that_were_edited_are_read_anew(base, text):
    base.measure()
    expected = outcomes(base.entry("coin"))
    record = json.loads(base.read(KEPT))
    base.write(KEPT, json.dumps(record | {"text": text}))
    assert outcomes(base.entry("coin")) == expected


def test_damaged_results_are_an_error(base):
    base.write("papers/coin/results.json", "{")
    with pytest.raises(StudyError, match=r"papers/coin/results\.json"):
        outcomes(base.entry("coin"))
