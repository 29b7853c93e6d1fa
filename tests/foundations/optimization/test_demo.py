"""The demo draws what it says, and what it prints keeps its promises."""

import re

import numpy as np
import pytest

from foundations.optimization import SGD
from foundations.optimization.demo import (
    adam_counterexample,
    demo,
    line_search,
    momentum_plane,
    newton_sweep,
    path_of,
    schedules,
    sweep,
)
from foundations.optimization.landscapes import LANDSCAPES

FIGURES = [
    "basins",
    "bounds",
    "counterexample",
    "krylov",
    "line_search",
    "momentum_plane",
    "noise",
    "schedules",
    "trajectories",
]


@pytest.mark.slow
def test_the_demo_draws_what_it_says(tmp_path, capsys):
    demo("quick", seed=3, out=tmp_path)
    assert sorted(path.stem for path in tmp_path.iterdir()) == FIGURES
    for path in tmp_path.iterdir():
        assert path.stat().st_size < 250_000, path.name
    printed = capsys.readouterr().out
    worst = [float(r) for r in re.findall(r"got +(\d\.\d+) (?:at|of it at) the worst", printed)]
    assert len(worst) == 9  # six panels, three runs of SGD
    assert 0 < max(worst) <= 1
    assert re.search(r"L-BFGS \de-(1\d|2\d)\n", printed)
    settled = [float(share) for share in re.findall(r"got +(\d+\.\d) %", printed)]
    assert min(settled[:3]) > 95 > settled[3]


def test_the_game_the_plane_and_the_ray_come_out_as_announced(tmp_path, capsys):
    momentum_plane(tmp_path)
    line_search(tmp_path)
    schedules(tmp_path)
    adam_counterexample(20, 0, tmp_path)
    printed = capsys.readouterr().out
    assert len(list(tmp_path.iterdir())) == 4
    assert "= 0.667" in printed
    assert float(re.search(r"got +(0\.\d+) on the grid", printed)[1]) == pytest.approx(2 / 3, abs=0.01)
    ends = [float(x) for x in re.findall(r"got +([+-]\d\.\d\d), after 1200", printed)]
    assert ends[0] > 0.99  # Adam
    assert max(ends[1:]) < -0.9


def test_many_starts_at_once_are_each_its_own_run():
    landscape = LANDSCAPES["himmelblau"]
    alone = path_of(lambda p: SGD(p, 5e-3, momentum=0.5), landscape, 40)[-1]
    grid = np.array([[[4.0, 4.0], landscape.start], [[-1.0, 2.0], [0.5, -4.0]]])
    together = sweep(lambda p: SGD(p, 5e-3, momentum=0.5), grid, 40)
    np.testing.assert_allclose(together[0, 1], alone, rtol=1e-12)
    settled = newton_sweep(landscape.minima + 0.05 * np.ones((1, 4, 2)), 8)
    np.testing.assert_allclose(settled[0], landscape.minima, atol=1e-9)
