"""Every row of the table: held to finite differences and the engine, and shown as it is run."""

from __future__ import annotations

import inspect
from dataclasses import replace

import numpy as np
import pytest

from foundations.autodiff import GradientMismatchError
from foundations.errors import FoundationsError
from foundations.matrix_calculus import TABLE, check, slope, verify
from foundations.matrix_calculus.code import imports, shown
from foundations.matrix_calculus.page import SELECTED, block, latex, markdown, selection
from foundations.matrix_calculus.table import GROUPS, slug

ROWS = list(TABLE.values())
MODULE = {row.name: module for module in GROUPS.values() for row in module.ROWS}


@pytest.mark.parametrize("row", ROWS, ids=list(TABLE))
def test_a_row_holds_at_random_points(row):
    for seed in range(20):
        errors = check(row, np.random.default_rng(seed))
        assert errors.differences <= 1e-8
        assert errors.adjoint <= 1e-11
        assert errors.engine <= 1e-11


def test_the_table_is_large_and_its_names_differ():
    names = [row.name for module in GROUPS.values() for row in module.ROWS]
    assert len(names) >= 75
    assert len(set(map(slug, names))) == len(names) == len(TABLE)


@pytest.mark.parametrize("row", ROWS, ids=list(TABLE))
def test_the_code_that_is_shown_runs_with_the_imports_that_are_shown(row):
    rng = np.random.default_rng(5)
    xs = row.sample(rng)
    y = row.value(*xs)
    g = rng.standard_normal(np.shape(y))
    names = tuple(inspect.signature(row.vjp).parameters)
    changes = tuple(inspect.signature(row.differential).parameters)
    moving = [x for x in xs if isinstance(x, np.ndarray) and x.dtype.kind == "f"]
    dxs = [rng.standard_normal(x.shape) for x in moving]
    space: dict = {}
    exec(imports(MODULE[row.name]), space)
    before = set(space)
    local = dict(zip(names, (g, y, *xs), strict=True))
    local |= dict(zip(changes, (*xs, *dxs), strict=True))
    (value,) = shown(row.value, names[2:])
    (change,) = shown(row.differential, changes)
    assert np.array_equal(eval(value, space, local), y)
    assert np.array_equal(eval(change, space, local), row.differential(*xs, *dxs))
    pulled = [eval(code, space, local) for code in shown(row.vjp, names)]
    wanted = row.vjp(g, y, *xs)
    wanted = list(wanted) if isinstance(wanted, tuple) else [wanted]
    pulled = list(pulled[0]) if isinstance(pulled[0], tuple) else pulled
    assert all(np.array_equal(a, b) for a, b in zip(pulled, wanted, strict=True))
    assert set(space) - before <= {"__builtins__"}


@pytest.mark.parametrize("row", ROWS, ids=list(TABLE))
def test_there_is_a_formula_for_every_gradient(row):
    xs = row.sample(np.random.default_rng(0))
    moving = [x for x in xs if isinstance(x, np.ndarray) and x.dtype.kind == "f"]
    assert len(row.formulas) == 2 + len(moving)
    names = list(inspect.signature(row.vjp).parameters)[2:]
    assert list(inspect.signature(row.differential).parameters)[: len(names)] == names
    for formula in (*row.formulas, *row.about.split("$")[1::2]):
        assert formula.count("{") == formula.count("}")
        assert "|" not in formula, "a bar would end the cell"


@pytest.mark.parametrize(
    "wrong",
    [
        {"vjp": lambda g, f, A: 1.0001 * g * np.linalg.inv(A).T},
        {"vjp": lambda g, f, A: g * np.linalg.inv(A)},
        {"vjp": lambda g, f, A: (g * np.linalg.inv(A).T)[:, :-1]},
        {"vjp": lambda g, f, A: g * np.full(A.shape, np.nan)},
        {"differential": lambda A, dA: np.trace(A @ dA)},
        {"differential": np.linalg.solve},
        {"value": lambda A: 2 * np.linalg.slogdet(A)[1]},
        {"value": np.linalg.det},
        {"engine": lambda A: 2 * TABLE["log-determinant"].engine(A)},
        {"formulas": (r"f=\det A", *TABLE["log-determinant"].formulas[1:])},
    ],
)
def test_a_wrong_row_is_refused_and_not_shown(wrong):
    row = replace(TABLE["log-determinant"], **wrong)
    if "formulas" not in wrong:
        with pytest.raises(GradientMismatchError, match="Log-determinant"):
            check(row, np.random.default_rng(0))
    with pytest.raises(FoundationsError):
        block(row)


@pytest.mark.parametrize("row", ROWS, ids=list(TABLE))
def test_one_part_in_a_million_is_noticed_in_every_gradient(row):
    for part in range(len(row.formulas) - 2):

        def off(*args, part=part):
            pulled = row.vjp(*args)
            pulled = list(pulled) if isinstance(pulled, tuple) else [pulled]
            pulled[part] = pulled[part] * (1 + 1e-6)
            return tuple(pulled)

        with pytest.raises(GradientMismatchError):
            check(replace(row, vjp=off), np.random.default_rng(part))


def test_wrong_by_what_a_structured_argument_cannot_feel_is_still_wrong():
    cholesky = TABLE["cholesky-factor"]
    doubled = replace(cholesky, vjp=lambda g, L, A: np.tril(cholesky.vjp(g, L, A)))
    with pytest.raises(GradientMismatchError):
        check(doubled, np.random.default_rng(0))


def test_verify_takes_constants_and_several_arguments():
    rng = np.random.default_rng(0)
    A, x = rng.standard_normal((3, 2)), rng.standard_normal(2)
    errors = verify(
        lambda A, x, k: k * (A @ x), lambda g, y, A, x, k: (k * np.outer(g, x), k * A.T @ g), A, x, 3, rng=rng
    )
    assert errors.worst < 1e-10
    with pytest.raises(GradientMismatchError, match="the VJP: relative errors"):
        verify(lambda A, x, k: k * (A @ x), lambda g, y, A, x, k: (np.outer(g, x), A.T @ g), A, x, 3, rng=rng)


def test_the_difference_is_exact_for_polynomials_of_degree_four():
    x, dx = np.array([1.5, -0.5]), np.array([0.6, 0.8])
    assert np.allclose(slope(lambda x: x**4 - x**3, (x,), (dx,)), (4 * x**3 - 3 * x**2) * dx, rtol=1e-11)


def test_the_markdown_is_the_same_every_time_and_complete():
    text = markdown()
    assert text == markdown()
    for module in GROUPS.values():
        for row in module.ROWS:
            assert f"\n### {row.name}\n" in text
    assert "| gradient | $\\bar A=\\bar f\\,A^{-\\top}$ | `g * inv(A).T` |" in text
    assert "\\dd" not in text
    assert not any(line.startswith("|") and line.count("|") != 4 for line in text.split("\n"))


def test_the_notes_show_a_few_rows_and_lead_to_them():
    text = selection()
    assert 8 <= len(SELECTED) <= 12
    for name in SELECTED:
        assert f"[{TABLE[name].name}](table.md#{name})" in text
    assert r"$\bar A=\bar f\,A^{-\top}$" in text
    assert "\\dd" not in text


def test_shorthands_are_written_out():
    assert latex(r"\dd f=\tr\bigl(\dd A\bigr)\ddots\triangle") == (
        r"\mathrm{d}f=\operatorname{tr}\bigl(\mathrm{d}A\bigr)\ddots\triangle"
    )


def test_a_lambda_that_shares_its_line_cannot_be_shown():
    pair = (lambda x: x, lambda x: 2 * x)
    with pytest.raises(ValueError, match="alone on line"):
        shown(pair[0], ())


def test_eigenvectors_with_zeros_are_not_erased():
    """Of diag(1, 2) the second eigenvector begins with a 0; a sign taken from there would be 0."""
    row = TABLE["eigenvalues-of-a-symmetric-matrix"]
    for A in (
        np.diag([1.0, 2.0]),
        np.diag([3.0, 1.0, 2.0]),
        np.eye(3),
        np.kron(np.eye(2), [[2.0, 1.0], [1.0, 2.0]]),
    ):
        assert np.allclose(row.vjp(np.ones(len(A)), None, A), np.eye(len(A)), atol=1e-15)
        V = TABLE["eigenvectors-of-a-symmetric-matrix"].value(A)
        assert np.allclose(V.T @ V, np.eye(len(A)))
    A = np.diag([1.0, 2.0])
    g = np.array([[0.3, -1.0], [2.0, 0.5]])
    F = np.array([[0.0, 1.0], [-1.0, 0.0]])
    wanted = (F * g + (F * g).T) / 2
    assert np.allclose(TABLE["eigenvectors-of-a-symmetric-matrix"].vjp(g, np.eye(2), A), wanted)


def test_softplus_of_large_numbers_is_finite():
    row, X = TABLE["softplus"], np.array([[-800.0, 0.0, 800.0]])
    assert np.array_equal(row.value(X), [[0.0, np.log(2.0), 800.0]])
    assert np.array_equal(row.vjp(np.ones((1, 3)), row.value(X), X), [[0.0, 0.5, 1.0]])
    assert np.array_equal(row.engine(X), row.value(X))


@pytest.mark.parametrize(
    ("name", "structure"),
    [
        ("eigenvectors-of-a-symmetric-matrix", lambda A: (A == 0).any()),
        ("eigenvalues-of-a-symmetric-matrix", lambda A: np.array_equal(A, np.diag(np.diag(A)))),
        ("cholesky-factor", lambda A: np.array_equal(A, np.diag(np.diag(A)))),
        ("log-determinant", lambda A: np.ptp(np.linalg.svd(A, compute_uv=False)[-2:]) < 1e-12),
        ("sylvester-and-lyapunov-equation", lambda A: abs(A - A.T).max() > 0.1),
    ],
)
def test_points_have_the_structure_that_is_legal(name, structure):
    """Zeros, diagonal and repeated values, no symmetry that is not asked for: some of the points are so."""
    points = [TABLE[name].sample(np.random.default_rng(seed))[0] for seed in range(40)]
    share = np.mean([bool(structure(A)) for A in points])
    assert share > 0.02
