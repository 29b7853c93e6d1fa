import re

import numpy as np
import pytest

from foundations.matrix_calculus.demo import chain_costs, demo, network_gradient, network_loss, patterns

FIGURES = ["cost", "eigenvalues", "finite_differences", "jacobian_patterns"]


@pytest.mark.slow
def test_the_demo_draws_what_it_says(tmp_path, capsys):
    demo("quick", seed=3, out=tmp_path)
    assert sorted(path.stem for path in tmp_path.iterdir()) == FIGURES
    for path in tmp_path.iterdir():
        assert path.stat().st_size < 100_000, path.name
    promised = re.findall(r"expected  (.*)\n    got       (.*)", capsys.readouterr().out)
    assert len(promised) == 6
    differences, engine = (float(error) for error in re.findall(r"[\d.]+e-\d+", promised[0][1]))
    assert differences < 1e-8
    assert engine < 1e-11
    assert promised[1][0] == promised[1][1]  # the share of every Jacobian that is not zero
    forward, central, five, complex_step, pulled = (
        float(error) for error in re.findall(r"\d+e[+-]\d+", promised[2][1])
    )
    assert forward > 10 * central > 100 * five > 1000 * max(complex_step, pulled)
    assert promised[3][1].startswith("forward 18.3, reverse 0.32, best 0.32")
    bound = float(promised[5][1].split()[-4])
    assert 0.1 < bound <= 1


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
