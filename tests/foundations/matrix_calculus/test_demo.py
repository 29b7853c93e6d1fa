import numpy as np

from foundations.matrix_calculus.demo import network_gradient, network_loss, patterns
from foundations.matrix_calculus.demo_costs import chain_costs


def test_no_order_of_the_chain_rule_costs_less_than_the_best():
    # 2 x 3 times 3 x 5 times 5 x 7, by hand: (AB)C costs 30 + 70, A(BC) costs 105 + 42
    assert chain_costs((7, 5, 3, 2)) == (105 + 42, 30 + 70, 100)
    rng = np.random.default_rng(0)
    for _ in range(50):
        forward, reverse, best = chain_costs([int(n) for n in rng.integers(1, 20, size=6)])
        assert 0 <= best <= min(forward, reverse)


def test_patterns_count_the_elements_that_can_be_non_zero():
    found = patterns(np.random.default_rng(1))
    assert len(found) == 12
    for name, (jacobian, share) in found.items():
        assert jacobian.shape == (16, {"bias": 4, "convolution": 25}.get(name, 16))
        counted = np.count_nonzero(np.abs(jacobian) > 1e-12 * np.abs(jacobian).max())
        assert counted == round(share * jacobian.size), name


def test_the_gradient_by_rows_is_that_of_the_loss():
    rng = np.random.default_rng(2)
    point = tuple(rng.standard_normal(shape) for shape in ((6, 5), (6,), (4, 6)))
    x = rng.standard_normal(5)
    for i, gradient in enumerate(network_gradient(point, x)):
        for place in np.ndindex(gradient.shape):
            moved = [p.astype(complex) for p in point]
            moved[i][place] += 1e-30j
            assert np.isclose(
                network_loss(tuple(moved), x).imag * 1e30, gradient[place], rtol=1e-12, atol=1e-15
            )
