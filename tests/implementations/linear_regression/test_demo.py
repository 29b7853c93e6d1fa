import re

import pytest

from implementations.linear_regression.demo import demo

FIGURES = ["complexity", "descent", "precisions", "sequential", "shrinkage", "sparse_data"]


@pytest.mark.slow
def test_the_demo_draws_what_it_says(tmp_path, capsys):
    demo("quick", seed=3, out=tmp_path)
    assert sorted(path.stem for path in tmp_path.iterdir()) == FIGURES
    for path in tmp_path.iterdir():
        assert path.stat().st_size < 200_000, path.name
    printed = capsys.readouterr().out
    assert "got       1.000000" in printed  # the bound is an equality at step 0 and never crossed
    best, learned = re.findall(r"(0\.\d+) at best, (0\.\d+) with", printed)[0]
    assert float(learned) == pytest.approx(float(best), abs=0.02)
    areas = [float(area) for area in re.findall(r"got       (.*); means differ", printed)[0].split(", ")]
    assert sorted(areas, reverse=True) == areas
    shares = re.findall(r"(\d+)%", printed)
    assert len(shares) == 4
    assert min(map(int, shares)) >= 85  # one draw of the data; the promise is for the average
    assert "likelihood only climbs" in printed
    assert float(re.findall(r"within (\S+) of each other", printed)[0]) < 1e-3
