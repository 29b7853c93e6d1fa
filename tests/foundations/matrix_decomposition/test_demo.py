import re

import numpy as np
import pytest

from foundations.matrix_decomposition.demo import demo

FIGURES = [
    "digits_pca",
    "gram_schmidt",
    "image_compression",
    "jacobi_sweeps",
    "power_iteration",
    "unit_circle",
]


@pytest.mark.slow
def test_the_demo_draws_what_it_says(tmp_path, capsys):
    demo("quick", seed=3, out=tmp_path)
    assert sorted(path.stem for path in tmp_path.iterdir()) == FIGURES
    for path in tmp_path.iterdir():
        assert path.stat().st_size < 200_000, path.name
    printed = capsys.readouterr().out
    assert "got       6.708, 2.236 at 90.0°" in printed
    slopes = re.search(r"expected  2, 1, 0\n    got       (.*)", printed)
    assert slopes is not None
    np.testing.assert_allclose([float(slope) for slope in slopes[1].split(", ")], [2, 1, 0], atol=0.3)
    assert "got       1.000000" in printed  # the bound is an equality at step 0 and never crossed
    errors = [float(error) for error in re.findall(r"(?:right to|so to|equal to) (\d.*?e-\d+)", printed)]
    assert len(errors) == 3
    assert max(errors) < 1e-11
