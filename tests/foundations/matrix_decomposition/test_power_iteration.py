import numpy as np
import pytest

from foundations.errors import ConvergenceError, ShapeError, ValueRangeError
from foundations.matrix_decomposition import inverse_iteration, power_iteration, rayleigh_quotient_iteration


@pytest.fixture
def spectrum(rng):
    """A symmetric matrix with eigenvalues 5, -4, 2, 1, 0.5."""
    q = np.linalg.qr(rng.standard_normal((5, 5)))[0]
    a = (q * [5.0, -4.0, 2.0, 1.0, 0.5]) @ q.T
    return (a + a.T) / 2, q


def test_power_iteration_finds_the_largest(spectrum, rng):
    a, q = spectrum
    value, vector, residuals = power_iteration(a, rng=rng)
    assert abs(value - 5) < 1e-12
    assert abs(abs(vector @ q[:, 0]) - 1) < 1e-12
    assert vector[np.abs(vector).argmax()] > 0
    assert residuals[-1] <= 1e-12 < residuals[-2]


def test_power_iteration_never_beats_nor_misses_its_rate(spectrum, rng):
    """tan of the angle to the eigenvector falls at least by |λ₂/λ₁| a step, and by no more in the end."""
    a, q = spectrum
    v, tangents = rng.standard_normal(5), []
    for _ in range(60):
        along = q.T @ v
        tangents.append(np.linalg.norm(along[1:]) / abs(along[0]))
        v = a @ v / np.linalg.norm(a @ v)
    ratios = np.array(tangents[1:]) / tangents[:-1]
    assert (ratios <= 0.8 + 1e-9).all()
    np.testing.assert_allclose(ratios[-1], 0.8, rtol=1e-6)


def test_power_iteration_on_a_matrix_that_is_not_symmetric(rng):
    s = rng.standard_normal((4, 4))
    a = s @ np.diag([-3.0, 2.0, 1.0, 0.5]) @ np.linalg.inv(s)
    value, vector, _ = power_iteration(a, rng=rng)
    np.testing.assert_allclose(a @ vector, value * vector, atol=1e-11)
    assert abs(value + 3) < 1e-11


@pytest.mark.parametrize("a", [np.array([[0.0, -1.0], [1.0, 0.0]]), np.diag([1.0, -1.0])])
def test_power_iteration_says_when_two_share_the_modulus(a, rng):
    with pytest.raises(ConvergenceError, match=r"in 300 iterations .* raise max_iterations, or use eig"):
        power_iteration(a, rng=rng, max_iterations=300)


@pytest.mark.parametrize("a", [np.zeros((3, 3)), np.array([[0.0, 1.0], [0.0, 0.0]])])
def test_power_iteration_of_nilpotent_matrices_is_zero(a, rng):
    assert power_iteration(a, rng=rng).value == 0.0


@pytest.mark.parametrize("shift", [5.3, -3.0, 2.2, 1.0, 0.5, 0.0])
def test_inverse_iteration_finds_the_nearest(spectrum, rng, shift):
    a, _ = spectrum
    nearest = min([5.0, -4.0, 2.0, 1.0, 0.5], key=lambda value: abs(value - shift))
    assert abs(inverse_iteration(a, shift, rng=rng).value - nearest) < 1e-12


def test_inverse_iteration_between_two_says_so(rng):
    with pytest.raises(ConvergenceError, match="move the shift"):
        inverse_iteration(np.diag([1.0, -1.0]), 0.0, rng=rng)
    with pytest.raises(ValueRangeError, match="finite real shift, got nan"):
        inverse_iteration(np.eye(2), float("nan"), rng=rng)


def test_rayleigh_quotient_iteration_cubes_the_error():
    a = np.diag([1.0, 2.0, 4.0])
    start = np.array([0.2, 1.0, 0.2])
    value, _, residuals = rayleigh_quotient_iteration(a, start)
    assert abs(value - 2) < 1e-15
    small = residuals[residuals < 0.1]
    assert (small[1:] <= 10 * small[:-1] ** 3 + 1e-15).all()
    assert len(residuals) <= 5


def test_rayleigh_quotient_iteration_refuses_a_useless_start():
    with pytest.raises(ShapeError, match="of zeros: take a random one"):
        rayleigh_quotient_iteration(np.eye(2), np.zeros(2))
    with pytest.raises(ShapeError, match=r"start of shape \(2,\), got \(3,\)"):
        rayleigh_quotient_iteration(np.eye(2), np.ones(3))
    with pytest.raises(ConvergenceError, match="got a residual"):
        rayleigh_quotient_iteration(np.diag([1.0, 2.0]), np.array([1.0, 0.9]), max_iterations=1)


@pytest.mark.parametrize("scale", [1e-300, 1e300])
def test_extreme_sizes(rng, scale):
    a = scale * np.array([[2.0, 1.0], [1.0, 2.0]])
    assert abs(power_iteration(a, rng=rng).value / scale - 3) < 1e-11
    assert abs(inverse_iteration(a, 0.9 * scale, rng=rng).value / scale - 1) < 1e-11
    assert abs(rayleigh_quotient_iteration(a, np.array([1.0, 0.8])).value / scale - 3) < 1e-12


def test_empty_is_refused(rng):
    for call in (lambda a: power_iteration(a, rng=rng), lambda a: inverse_iteration(a, 1.0, rng=rng)):
        with pytest.raises(ShapeError, match="at least one row"):
            call(np.zeros((0, 0)))


@pytest.mark.parametrize("start", [[[1.0, 2.0]], [[1.0, 2.0], [3.0, 4.0]], [[1.0], [2.0]], 1.0])
def test_a_start_is_a_vector(start):
    with pytest.raises(ShapeError, match=r"start of shape \(2,\)"):
        rayleigh_quotient_iteration(np.eye(2), start)


@pytest.mark.parametrize("shift", [1j, np.inf, "1", None, True, np.array([1.0])])
def test_a_shift_is_a_real_number(shift, rng):
    with pytest.raises(ValueRangeError, match="finite real shift"):
        inverse_iteration(np.eye(2), shift, rng=rng)


def test_a_shift_far_beyond_every_eigenvalue_is_refused(rng):
    with pytest.raises(ValueRangeError, match="of the size of an eigenvalue"):
        inverse_iteration(np.eye(2), 1e30, rng=rng)


@pytest.mark.parametrize(
    "limits", [{"max_iterations": 5.5}, {"max_iterations": 0}, {"tolerance": 0.0}, {"tolerance": 1j}]
)
def test_limits_are_positive_numbers(limits, rng):
    for run in (
        lambda: power_iteration(np.eye(2), rng=rng, **limits),
        lambda: inverse_iteration(np.eye(2), 0.5, rng=rng, **limits),
        lambda: rayleigh_quotient_iteration(np.eye(2), [1.0, 2.0], **limits),
    ):
        with pytest.raises(ValueRangeError, match="expects"):
            run()


def test_many_lost_pivots_do_not_overflow(rng):
    """Each of 59 pivots of a Jordan block is lost: their product is beyond any float."""
    pair = inverse_iteration(np.eye(60, k=1), 0.0, rng=rng)
    np.testing.assert_allclose(pair.vector, np.eye(60)[0], atol=1e-12)
    assert abs(pair.value) < 1e-12
