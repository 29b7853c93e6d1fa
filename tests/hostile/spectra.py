"""What eigenvalues, singular values and what is made of them must satisfy on any matrix."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment

import foundations.matrix_decomposition as md
from foundations.errors import ConvergenceError, SingularError, ValueRangeError
from foundations.matrix_decomposition.checks import scaled
from tests.hostile.factorizations import EPS, SLACK, condition, orthonormal, small
from tests.hostile.matrices import Case


def norm(a: np.ndarray) -> float:
    return float(np.linalg.norm(a)) if a.size else 0.0


def singular(case: Case) -> None:
    a = case.matrix if case.rng.random() < 0.5 else case.matrix[:, : len(case.matrix) // 2]
    a = a if case.rng.random() < 0.7 else a.T
    unit, exponent = scaled(a)
    u, s, vt = md.svd(a)
    n = max(*a.shape, 1)
    theirs = np.linalg.svd(unit, compute_uv=False)
    top = float(theirs.max(initial=0.0))
    ours = np.ldexp(s, -exponent)
    assert small(ours - theirs, top, n)
    assert orthonormal(u)
    assert orthonormal(vt.T)
    assert small((u * ours) @ vt - unit, top, n)
    assert (np.diff(s) <= 0).all()
    assert (s >= 0).all()
    assert small(np.ldexp(md.singular_values(a) - s, -exponent), top, n)
    k = int(case.rng.integers(0, len(s) + 1))
    spectral, frobenius = md.truncation_errors(s)
    cut = np.ldexp(md.low_rank(a, k), -exponent)
    assert abs(norm(unit - cut) - np.ldexp(frobenius[k], -exponent)) <= SLACK * n * EPS * max(top, norm(unit))
    assert np.array_equal(spectral, [*s, 0.0])
    gap = md.matrix_rank(a) - np.count_nonzero(theirs > n * EPS * top)
    near = np.count_nonzero(np.abs(theirs - n * EPS * top) <= SLACK * n * EPS * top)
    assert abs(gap) <= near


def symmetric(case: Case) -> None:
    unit, exponent = scaled(case.matrix)
    unit = (unit + unit.T) / 2
    n, a = len(unit), np.ldexp(unit, exponent)
    theirs = np.linalg.eigvalsh(unit)
    size = float(np.abs(theirs).max(initial=0.0))
    for method in (md.eigh_qr, md.eigh_jacobi):
        values, vectors = method(a)
        values = np.ldexp(values, -exponent)
        assert orthonormal(vectors)
        assert small(values - theirs, size, n), method.__name__
        assert small((vectors * values) @ vectors.T - unit, size, n)
        assert (np.diff(values) >= 0).all()


def positive(case: Case) -> None:
    """Jacobi's eigenvalues of D G D are right in every digit that the condition of G leaves, for any D."""
    unit = scaled(case.matrix)[0]
    n = len(unit)
    core = unit @ unit.T / max(norm(unit) ** 2, 1e-300) + np.eye(n)
    d = 2.0 ** case.rng.integers(-40, 1, n)
    a = d[:, None] * ((core + core.T) / 2) * d
    ours = md.eigh_jacobi(a).values
    # by another road: one-sided, on the factor
    wanted = np.sort(md.singular_values(np.linalg.cholesky((core + core.T) / 2).T * d) ** 2)
    assert small(ours - wanted, wanted, n)


def general(case: Case) -> None:
    unit, exponent = scaled(case.matrix)
    a, n = case.matrix, len(unit)
    size = norm(unit)
    t, q = md.real_schur(a)
    t = np.ldexp(t, -exponent)
    assert orthonormal(q)
    assert small(q @ t @ q.T - unit, size, n)
    below = np.diagonal(t, -1) != 0 if n else np.zeros(0, dtype=bool)
    assert np.array_equal(np.tril(t, -2), np.zeros((n, n)))
    assert not (below[:-1] & below[1:]).any(), "two blocks overlap"
    values, vectors = md.eig(a)
    values = np.ldexp(values.real, -exponent) + 1j * np.ldexp(values.imag, -exponent)
    assert small(np.linalg.norm(vectors, axis=0) - 1, 1.0, n)
    assert small(np.linalg.norm(unit @ vectors - vectors * values, axis=0), size, n, factor=10 * SLACK)
    assert (np.diff(np.abs(values)) <= SLACK * EPS * size).all()
    theirs = np.linalg.eigvals(unit)
    distances = np.abs(values[:, None] - theirs)
    worst = float(distances[linear_sum_assignment(distances)].max(initial=0.0))
    # Elsner 1985: two matrices at a distance E have spectra at a distance of this at most
    off = SLACK * max(n, 1) * EPS * size
    bound = n * (2 * size + off) ** (1 - 1 / max(n, 1)) * off ** (1 / max(n, 1))
    assert worst <= bound + 1e-300
    if n and not np.iscomplexobj(vectors) and (np.abs(unit - unit.T) <= 0).all():
        assert worst <= off + 1e-300


def one_pair(case: Case) -> None:
    """Power, inverse and Rayleigh iteration: an eigenpair of a nearby matrix, or an error that says why."""
    unit, exponent = scaled(case.matrix)
    n = len(unit)
    if n == 0:
        return
    size = norm(unit)
    sym = (unit + unit.T) / 2
    shift = float(np.ldexp(case.rng.choice([0.0, 0.3, -1.0]), exponent))
    start = case.rng.standard_normal(n)
    for a, run in (
        (unit, lambda a: md.power_iteration(a, rng=case.rng, max_iterations=200)),
        (unit, lambda a: md.inverse_iteration(a, shift, rng=case.rng)),
        (sym, lambda a: md.rayleigh_quotient_iteration(a, start)),
    ):
        try:
            value, vector, residuals = run(np.ldexp(a, exponent))
        except ConvergenceError:
            continue
        value = float(np.ldexp(value, -exponent))
        assert abs(norm(vector) - 1) <= SLACK * n * EPS
        assert norm(a @ vector - value * vector) <= 2e-12 * size
        assert residuals[-1] <= 1e-12
        least = np.linalg.svd(a - value * np.eye(n), compute_uv=False)[-1]
        assert least <= 1e-11 * size + SLACK * n * EPS


def least_squares(case: Case) -> None:
    n = len(case.matrix)
    a = case.matrix[:, : max(n // 2, 1)]
    wide = case.rng.random() < 0.3
    a = a.T if wide else a
    b = case.rng.standard_normal(a.shape[0])
    (unit, exponent), k = scaled(a), max(*a.shape, 1)
    s = np.linalg.svd(unit, compute_uv=False)
    rank = int(np.count_nonzero(s > k * EPS * s.max(initial=0.0)))
    near = bool(((s > EPS * s.max(initial=0.0) / 50) & (s < 50 * k * EPS * s.max(initial=0.0))).any())
    kappa = float(s[0] / s[rank - 1]) if rank else 1.0
    right, *_ = np.linalg.lstsq(unit, b, rcond=k * EPS) if a.size else (np.zeros(a.shape[1]),)
    bound = (
        SLACK * k * EPS * (kappa * norm(right) + kappa**2 * norm(b) / max(s.max(initial=0.0), 1e-300))
        + 1e-300
    )
    full = rank == a.shape[1]
    for method in (md.lstsq_svd, md.lstsq_qr, md.lstsq_normal):
        if wide and method is not md.lstsq_svd and a.shape[0] < a.shape[1]:
            continue
        try:
            x = np.ldexp(method(a, b), exponent)
        except SingularError:
            assert method is not md.lstsq_svd
            limit = 1e6 if method is md.lstsq_normal else 1e12
            assert not full or kappa > limit, "independent columns were refused"
            continue
        except ValueRangeError:
            assert kappa > 1e100 or exponent < -900
            continue
        if method is md.lstsq_normal and not full:  # columns of different scales: full rank after all
            slope = unit.T @ (unit @ x - b)
            assert small(slope, np.abs(unit.T) @ (np.abs(unit) @ np.abs(x) + np.abs(b)), k)
            continue
        if near:
            continue  # which values count as zero is decided by rounding: two right answers
        limit = bound * kappa if method is md.lstsq_normal else bound
        assert norm(x - right) <= limit, method.__name__
    if near or rank == 0:
        return
    inverse = np.ldexp(md.pseudo_inverse(a), exponent)
    assert norm(inverse - np.linalg.pinv(unit, rcond=k * EPS)) <= SLACK * k * EPS * kappa**2 / s[0]


def components(case: Case) -> None:
    a = case.matrix
    if len(a) < 2:
        return
    unit, exponent = scaled(a)
    centred = unit - unit.mean(axis=0)
    theirs = np.linalg.svd(centred, compute_uv=False) ** 2 / (len(a) - 1)
    k, total = int(case.rng.integers(1, len(a) + 1)), float(theirs.sum())
    for method in (md.pca_svd, md.pca_covariance):
        fitted = method(a, k)
        assert orthonormal(fitted.components.T)
        assert ((fitted.explained_variance_ratio >= 0) & (fitted.explained_variance_ratio <= 1 + 1e-12)).all()
        floor = SLACK * len(a) * EPS * max(norm(unit), 1e-300) ** 2  # of the subtraction of the mean
        if total > 1e6 * floor:
            assert np.abs(fitted.explained_variance_ratio - theirs[:k] / total).max() <= 1e3 * floor / total
        if abs(exponent) < 400:
            assert (np.abs(np.ldexp(fitted.explained_variance, -2 * exponent) - theirs[:k]) <= floor).all()
        around = np.ldexp(fitted.transform(a), -exponent)
        assert np.isfinite(around).all()


def judgements(case: Case) -> None:
    a, n = case.matrix, len(case.matrix)
    unit, exponent = scaled(a)
    x, b = case.rng.standard_normal(n), unit @ case.rng.standard_normal(n)
    size = np.linalg.norm(unit, 2) * norm(x) + norm(b) if n else 0.0
    wanted = norm(b - unit @ x) / size if size > 0 else 0.0
    ours = md.backward_error(a, x, np.ldexp(b, exponent))
    assert abs(ours - wanted) <= 1e-12
    if n:
        ours, theirs = md.condition_number(a), condition(unit)
        if theirs < 1e12 and unit.any():
            assert abs(ours - theirs) <= 1e-3 * theirs
        elif unit.any():
            assert ours > 1e11
    projector = md.orthogonal_projector(a[:, : n // 2])
    assert small(projector @ projector - projector, 1.0, n)
    assert np.array_equal(projector, projector.T)
