"""Every entry's demo, run once under its quick budget: what it draws, what it measures, what it promises."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

from study.entries.catalogue import load

ROOT = Path(__file__).resolve().parents[1]
ENTRIES = [entry for entry in load(ROOT) if entry.has_demo]
LARGEST = 200_000  # bytes of a figure: what a page with six of them can carry


@pytest.fixture
def seeded(monkeypatch):
    """Refuse generators that our own code begins without a seed; the linter refuses NumPy's global one."""
    begin = np.random.default_rng

    def default_rng(seed=None):
        caller = sys._getframe(1).f_globals["__name__"]
        if seed is None and caller.split(".")[0] in ("foundations", "implementations", "papers"):
            pytest.fail(f"{caller} began a generator without a seed")
        return begin(seed)

    monkeypatch.setattr(np.random, "default_rng", default_rng)


@pytest.mark.slow
@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.slug)
def test_the_demo_draws_its_figures_and_keeps_its_promises(entry, tmp_path, capsys, seeded):
    report = importlib.import_module(f"{entry.module}.demo").demo("quick", seed=0, out=tmp_path)

    drawn = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert sorted(drawn) == sorted(path.name for path in (entry.path / "figures").glob("*.svg"))
    assert {name: size for name, size in drawn.items() if size > LARGEST} == {}

    assert report.missed == []
    assert report
    assert [name for name, number in report.items() if not np.isfinite(number)] == []
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("    expected  ") for line in lines) > 0
    assert not any("    missed" in line for line in lines)


def test_every_entry_that_shows_a_figure_of_its_own_has_a_demo():
    assert ENTRIES
    drawn = {entry.slug for entry in load(ROOT) if (entry.path / "figures").is_dir()}
    assert drawn == {entry.slug for entry in ENTRIES}
