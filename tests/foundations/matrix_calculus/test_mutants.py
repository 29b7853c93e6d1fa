"""Every row's check must fail for every mutant of the row's VJP: about 2,000 small changes."""

import warnings
from dataclasses import replace

import numpy as np
import pytest

from foundations.autodiff import GradientMismatchError
from foundations.matrix_calculus import TABLE, check
from tests.foundations.matrix_calculus.vjp_mutants import mutants

SEEDS = 6  # points at which a mutant may be found out; nearly all are at the first

EQUIVALENT = {
    "quadratic-form": {
        "vjp: g * (A + A.T) @ x -> x @ (g * (A + A.T))": "A + A.T is symmetric",
    },
    "rayleigh-quotient": {"vjp: A @ x -> x @ A": "A is symmetric"},
    "unit-vector": {"vjp: u @ g -> g @ u": "the inner product of two vectors"},
    "matrix-power": {
        "power_differential: matrix_power(A, i) -> -matrix_power(A, i)": "every term has two of the powers",
        "power_differential: np.zeros_like(A) -> -np.zeros_like(A)": "zeros",
    },
    "fixed-point": {
        "vjp: D @ solve((np.eye(len(b)) - D @ W).T, g) -> solve((np.eye(len(b)) - D @ W).T, g) @ D": (
            "D is diagonal, and the other a vector"
        ),
    },
    "qr-factorisation-the-triangular-factor": {
        f"qr: {change}": "only Q of the pair is used"
        for change in (
            "signs[:, None] * R -> signs[:, None]",
            "signs[:, None] * R -> R",
            "signs[:, None] * R -> signs[:, None] + R",
            "signs[:, None] * R -> -(signs[:, None] * R)",
        )
    },
    "rms-norm": {
        "rms_tangent: X / rms(X) -> -(X / rms(X))": "the product has H twice",
        "rms_tangent: rms(X) -> -rms(X)": "the product has H twice",
        "rms_tangent: -1 -> 1": "the last axis of a matrix is axis 1",
        "rms: -1 -> 1": "the last axis of a matrix is axis 1",
    },
    "convolution": {
        "vjp: flip(W, (2, 3)).swapaxes(0, 1) -> flip(W, (2, 3)).swapaxes(1, 0)": "swapping is symmetric",
    },
    "max-pooling": {
        "tiles: h // 2 -> -(h // 2)": "NumPy infers a negative size from the others",
        "tiles: w // 2 -> -(w // 2)": "NumPy infers a negative size from the others",
    },
    "huber-loss": {
        "vjp: clip(Y - T, -1, 1) -> clip(-1, Y - T, 1)": "min(max(-1, e), 1) is the same",
        "vjp: clip(T - Y, -1, 1) -> clip(-1, T - Y, 1)": "min(max(-1, e), 1) is the same",
    },
}
"""The mutants that compute the same, with the reason, by the slug of their row."""


def found_out(row, vjp):
    """Return whether the check of a row fails for another VJP, by its own error or one on the way."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for seed in range(SEEDS):
            try:
                check(replace(row, vjp=vjp), np.random.default_rng(seed))
            except (
                GradientMismatchError,
                ValueError,
                TypeError,
                AttributeError,
                IndexError,
                ArithmeticError,
            ):
                return True
    return False


@pytest.mark.parametrize("slug", TABLE)
def test_every_mutant_of_a_row_is_found_out(slug):
    row, made = TABLE[slug], list(mutants(TABLE[slug]))
    assert made, "nothing to change in this row"
    survivors = {mutant.change for mutant in made if not found_out(row, mutant.vjp)}
    assert survivors == set(EQUIVALENT.get(slug, {}))


def test_a_row_without_a_change_passes():
    """Otherwise every mutant would be found out, whatever it changes."""
    for row in TABLE.values():
        assert not found_out(row, row.vjp), row.name


def test_a_sampler_that_hides_a_transpose_is_noticed():
    """With a symmetric A the Sylvester row's check cannot tell a dropped transpose."""
    row = TABLE["sylvester-and-lyapunov-equation"]

    def symmetric(rng):
        A, B, C = row.sample(rng)
        return (A + A.T) / 2, (B + B.T) / 2, C

    hidden = replace(row, sample=symmetric)
    (dropped,) = (m for m in mutants(row) if m.change == "sylvester_vjp: A.T -> A")
    assert not found_out(hidden, dropped.vjp)
    assert found_out(row, dropped.vjp)
