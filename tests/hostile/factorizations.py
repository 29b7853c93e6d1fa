"""What triangular and orthogonal factorizations must satisfy on any matrix, or which error they may raise."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

import foundations.matrix_decomposition as md
from foundations.errors import NotPositiveDefiniteError, SingularError, ValueRangeError
from foundations.matrix_decomposition.checks import scaled
from foundations.matrix_decomposition.lu import equilibrating_exponents
from tests.hostile.matrices import Case

EPS = 2.0**-52
SLACK = 40  # times n eps: the constants of backward error bounds, generously


def small(difference: np.ndarray, bound: np.ndarray | float, n: int, *, factor: float = SLACK) -> bool:
    return bool((np.abs(difference) <= factor * max(n, 1) * EPS * np.asarray(bound) + 1e-320).all())


def orthonormal(q: np.ndarray) -> bool:
    return small(q.conj().T @ q - np.eye(q.shape[1]), 1.0, len(q))


def lengths(a: np.ndarray) -> np.ndarray:
    """Return the lengths of the columns; no square underflows."""
    top = np.abs(a).max(axis=0, initial=0.0)
    return top * np.sqrt(((a / np.where(top > 0, top, 1.0)) ** 2).sum(axis=0))


def condition(a: np.ndarray) -> float:
    if not a.size:
        return 1.0
    return float(np.linalg.cond(a)) if a.any() else math.inf


def equilibrated(a: np.ndarray) -> tuple[np.ndarray, int]:
    rows, columns = equilibrating_exponents(a)
    return np.ldexp(a, -(rows[:, None] + columns)), int(rows.sum() + columns.sum())


def elimination(case: Case) -> None:
    a = case.matrix
    permutation, lower, upper = md.lu(a)
    assert np.abs(lower).max(initial=0.0) <= 1
    assert small(lower @ upper - a[permutation], np.abs(lower) @ np.abs(upper), len(a))
    even, exponent = equilibrated(a)
    ours, theirs = md.determinant(even), np.linalg.det(even) if len(a) else 1.0
    pivots = md.lu(even)
    size = math.prod((np.abs(pivots.lower) @ np.abs(pivots.upper)).max(axis=1, initial=0.0).tolist())
    limit = SLACK * len(a) ** 2 * EPS * size
    assert abs(ours - theirs) <= limit
    whole = md.determinant(a)
    with np.errstate(over="ignore"):
        if np.isinf(whole) or abs(whole) < 1e-300:  # beyond the range, or without all of its digits
            unscaled = abs(np.ldexp(ours, exponent))
            assert np.isinf(unscaled) or unscaled < 2e-300 or abs(ours) <= limit
        else:
            assert abs(np.ldexp(whole, -exponent) - ours) <= limit


def exact_solution(a: np.ndarray, b: np.ndarray) -> list[Fraction] | None:
    """Return the solution in fractions, None where A is singular."""
    rows = [[Fraction(x) for x in row] + [Fraction(y)] for row, y in zip(a.tolist(), b.tolist(), strict=True)]
    n = len(rows)
    for j in range(n):
        pivot = next((i for i in range(j, n) if rows[i][j]), None)
        if pivot is None:
            return None
        rows[j], rows[pivot] = rows[pivot], rows[j]
        for i in range(j + 1, n):
            if rows[i][j]:
                factor = rows[i][j] / rows[j][j]
                rows[i] = [x - factor * y for x, y in zip(rows[i], rows[j], strict=True)]
    x: list[Fraction] = [Fraction(0)] * n
    for i in reversed(range(n)):
        x[i] = (rows[i][n] - sum((rows[i][j] * x[j] for j in range(i + 1, n)), Fraction(0))) / rows[i][i]
    return x


def systems(case: Case) -> None:
    """A solution is right to the last digits (by exact arithmetic where it is affordable), or refused."""
    a, n = case.matrix, len(case.matrix)
    even, _ = equilibrated(a)
    b = a @ case.rng.standard_normal(n) if case.rng.random() < 0.5 else case.rng.standard_normal(n)
    try:
        solution = md.solve_expert(a, b)
    except SingularError:
        assert condition(even) > 1e10 / max(n, 1), "a harmless matrix was refused"
        return
    except ValueRangeError:
        exact = exact_solution(a, b) if n <= 12 else None
        assert exact is None or max(map(abs, exact)) > Fraction(10) ** 300
        return
    assert np.array_equal(solution.x, md.solve(a, b))
    assert solution.error_bound <= 2 * EPS + 2 * n * EPS**2 * solution.condition
    rows, columns = equilibrating_exponents(a)
    y, right_side = np.ldexp(solution.x, columns), np.ldexp(b, -rows)
    size = n * np.abs(y).max(initial=0.0) + np.abs(right_side).max(initial=0.0)
    assert small(right_side - even @ y, size, n)
    if n <= 8:
        exact = exact_solution(a, b)
        assert exact is not None, "a singular matrix was solved"
        right = [value * Fraction(2) ** int(c) for value, c in zip(exact, columns, strict=True)]
        off = max(
            (abs(Fraction(ours) - value) for ours, value in zip(y.tolist(), right, strict=True)), default=0
        )
        largest = max(map(abs, right), default=0)
        underflow = Fraction(2) ** (int(max(columns, default=0)) - 1073)
        assert off <= (2 * EPS + solution.error_bound) * largest + underflow


def triangles(case: Case) -> None:
    """Cholesky of A Aᵀ and A + Aᵀ: a factor to the last digits of every entry, or a refusal with reason."""
    half = scaled(case.matrix)[0] * 2.0 ** float(case.rng.integers(-400, 400))
    for a in (half + half.T, half @ half.T if np.abs(half).max(initial=0) < 1e100 else half + half.T):
        a, n = (a + a.T) / 2, len(case.matrix)
        roots = np.sqrt(np.abs(np.diagonal(a)))
        unit = a / np.where(roots > 0, roots, 1.0)[:, None] / np.where(roots > 0, roots, 1.0)
        least = float(np.linalg.eigvalsh(unit).min(initial=1.0)) if np.isfinite(unit).all() else -math.inf
        try:
            lower = md.cholesky(a)
        except NotPositiveDefiniteError:
            assert least <= 8 * n * n * EPS or (np.diagonal(a) <= 0).any(), (
                "a positive definite one was refused"
            )
            continue
        assert least >= -8 * n * n * EPS, "one that is not positive definite was accepted"
        scale = roots[:, None] * roots
        assert small(lower @ lower.T - a, scale, n)
        logarithm = md.log_determinant(a)
        if least > 1e-6:
            wanted = np.linalg.slogdet(unit)[1] + 2 * float(np.log(roots).sum())
            assert abs(logarithm - wanted) <= 1e-8 * n + 1e-12 * abs(wanted)


def reflections(case: Case) -> None:
    a = np.hstack([case.matrix, case.matrix[:, ::2]]) if case.rng.random() < 0.5 else case.matrix[:, ::2]
    n, k = len(a), min(a.shape)
    q, r = md.qr_householder(a)
    assert orthonormal(q)
    assert small(q @ r - a, lengths(a), n + k)
    assert np.array_equal(r, np.triu(r))
    assert (np.diagonal(r) >= 0).all()
    size = float(np.abs(a).max(initial=0.0))
    q, r, permutation = md.qr_pivoted(a)
    assert orthonormal(q)
    assert small(q @ r - a[:, permutation], lengths(a)[permutation], n + k)
    diagonal = np.diagonal(r)
    assert (np.diff(diagonal) <= SLACK * (n + k) * EPS * diagonal[:-1] + 1e-300 * size).all(), "not falling"


def gram_schmidt(case: Case) -> None:
    a = case.matrix
    length = lengths(a)
    unit = a / np.where(length > 0, length, 1.0)
    kappa = condition(unit) if (length > 0).all() else math.inf
    n, kappa = len(a), min(kappa, 1e100)
    for method, power in (
        (md.gram_schmidt_modified, 1),
        (lambda a: md.gram_schmidt_classical(a, diagonal="cholesky"), 2),
        (md.gram_schmidt_classical, None),
    ):
        try:
            q, r = method(a)
        except SingularError:
            assert kappa > 1e5 if power != 1 else kappa > 1e10, "independent columns were refused"
            continue
        assert small(q @ r - a, length * max(np.abs(q).max(initial=0.0), 1.0), n), "QR is not A"
        if power is not None and kappa**power * EPS < 1e-3:
            assert md.loss_of_orthogonality(q) <= SLACK * n**1.5 * kappa**power * EPS + SLACK * n * EPS
