import numpy as np
import pytest

from foundations.errors import ShapeError, ValueRangeError
from implementations.linear_regression import gaussian_basis, polynomial_basis


def test_powers():
    x = np.array([-2.0, 0.0, 0.5])
    np.testing.assert_allclose(polynomial_basis(x, 4), np.vander(x, 5, increasing=True))
    assert polynomial_basis(x, 0).tolist() == [[1], [1], [1]]


def test_bumps():
    phi = gaussian_basis([0.0, 1.0], [0.0, 0.5, 3.0], 0.5)
    assert phi.shape == (2, 4)
    np.testing.assert_array_equal(phi[:, 0], 1)
    assert phi[0, 1] == 1
    assert phi[0, 2] == pytest.approx(np.exp(-0.5))  # one width away


def test_bad_input():
    with pytest.raises(ValueRangeError, match="degree of 0 or more, got -1"):
        polynomial_basis([1.0], -1)
    with pytest.raises(ShapeError, match=r"got \(1, 1\): use x\.ravel\(\)"):
        polynomial_basis([[1.0]], 1)
    with pytest.raises(ShapeError, match="numbers of shape"):
        gaussian_basis([1.0], 0.5, 1.0)
    with pytest.raises(ValueRangeError, match="width > 0, got 0"):
        gaussian_basis([1.0], [0.5], 0)
