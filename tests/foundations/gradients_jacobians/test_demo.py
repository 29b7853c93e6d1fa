import re

import numpy as np
import pytest

from foundations.gradients_jacobians.demo import demo

FIGURES = ["critical_points", "differences", "jacobian", "newton", "tangent", "taylor"]


@pytest.mark.slow
def test_the_demo_draws_what_it_says(tmp_path, capsys):
    demo("quick", seed=3, out=tmp_path)
    assert sorted(path.stem for path in tmp_path.iterdir()) == FIGURES
    for path in tmp_path.iterdir():
        assert path.stat().st_size < 200_000, path.name
    told = capsys.readouterr().out
    got = re.findall(r"^    got       (.*)$", told, re.MULTILINE)
    assert len(got) == len(FIGURES)
    gradient, orders, points, areas, differences, newton = got

    def numbers(line: str) -> list[float]:
        return [float(one) for one in re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e-?\d+)?", line)]

    np.testing.assert_allclose(np.abs(numbers(gradient)), 0.9335, atol=2e-4)
    np.testing.assert_allclose(numbers(orders), [2, 3], atol=0.05)
    assert points == "minimum × 4, saddle × 4, maximum × 1; degenerate × 1"
    determinant, area, large, small = numbers(areas)
    np.testing.assert_allclose([determinant, area, large * small], 1, atol=1e-3)
    forward, _, central, _, complex_step, _, crossed = numbers(differences)
    assert forward < 1e-7
    assert central < 1e-10
    assert complex_step < 1e-14
    assert crossed == 0
    np.testing.assert_allclose(numbers(newton)[:2], 1, atol=0.02)
