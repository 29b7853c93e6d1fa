import numpy as np

from foundations.optimization import SGD
from foundations.optimization.demo_paths import newton_sweep, path_of, sweep
from foundations.optimization.landscapes import LANDSCAPES


def test_many_starts_at_once_are_each_its_own_run():
    landscape = LANDSCAPES["himmelblau"]
    alone = path_of(lambda p: SGD(p, 5e-3, momentum=0.5), landscape, 40)[-1]
    grid = np.array([[[4.0, 4.0], landscape.start], [[-1.0, 2.0], [0.5, -4.0]]])
    together = sweep(lambda p: SGD(p, 5e-3, momentum=0.5), grid, 40)
    np.testing.assert_allclose(together[0, 1], alone, rtol=1e-12)
    settled = newton_sweep(landscape.minima + 0.05 * np.ones((1, 4, 2)), 8)
    np.testing.assert_allclose(settled[0], landscape.minima, atol=1e-9)
