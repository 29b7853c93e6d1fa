"""Coefficients against scikit-learn's, for every penalty and solver that both have, on its four sets."""

import warnings

import numpy as np
import pytest
from sklearn import datasets
from sklearn.exceptions import ConvergenceWarning as TheirWarning
from sklearn.linear_model import LogisticRegression as Theirs
from sklearn.preprocessing import StandardScaler

from implementations.logistic_regression import LogisticRegression

SETS = ("iris", "wine", "breast_cancer", "digits")
# of the unscaled classes; where data overlap there is a maximum without a penalty
OVERLAPPING = {"iris": [0, 1], "wine": [1, 2, 4], "breast_cancer": [0, 4, 8, 9], "digits": [19, 20, 28]}
TIGHT = {"tol": 1e-9, "max_iter": 20_000}


def scaled(name):
    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    return StandardScaler().fit_transform(X), y


def theirs(X, y, solver, **settings):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TheirWarning)  # their line searches give up below 1e-10
        return Theirs(solver=solver, **{"tol": 1e-10, "max_iter": 20_000, **settings}).fit(X, y)


def compare(ours, wanted, atol=1e-6):
    assert ours.coef_.shape == wanted.coef_.shape
    np.testing.assert_allclose(ours.coef_, wanted.coef_, rtol=0, atol=atol)
    np.testing.assert_allclose(ours.intercept_, wanted.intercept_, rtol=0, atol=atol)
    np.testing.assert_array_equal(ours.classes_, wanted.classes_)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("C", [1.0, 0.01])
def test_squares(name, C):
    X, y = scaled(name)
    for intercept in (True, False) if C == 1 and name != "digits" else (True,):
        wanted = theirs(X, y, "newton-cholesky", C=C, fit_intercept=intercept)
        for solver in ("lbfgs", "newton-cholesky"):
            ours = LogisticRegression(C=C, solver=solver, fit_intercept=intercept, **TIGHT).fit(X, y)
            compare(ours, wanted)
    if C < 1:  # with a weak penalty their L-BFGS stops up to 2e-5 before the minimum
        compare(ours, theirs(X, y, "lbfgs", C=C))


@pytest.mark.parametrize("name", SETS)
def test_newton_of_conjugate_gradients(name):
    X, y = scaled(name)
    compare(LogisticRegression(**TIGHT).fit(X, y), theirs(X, y, "newton-cg"))


@pytest.mark.parametrize("ratio", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("name", SETS)
def test_absolute_values_and_the_elastic_net(name, ratio):
    X, y = scaled(name)
    C = 0.003 if name == "digits" else 0.05  # for saga's sake, which takes minutes with less
    wanted = theirs(X, y, "saga", C=C, l1_ratio=ratio, tol=1e-9, random_state=0)
    ours = LogisticRegression(C=C, l1_ratio=ratio, solver="fista", tol=1e-9, max_iter=20_000).fit(X, y)
    compare(ours, wanted)
    if ratio > 0:
        np.testing.assert_array_equal(ours.coef_ == 0, wanted.coef_ == 0)


@pytest.mark.parametrize("name", SETS)
def test_no_penalty(name):
    X, y = scaled(name)
    X = X[:, OVERLAPPING[name]]
    if name == "iris":
        X, y = X[y > 0], y[y > 0]
    wanted = theirs(X, y, "newton-cholesky", C=np.inf)
    for solver in ("lbfgs", "newton-cholesky", "fista"):
        ours = LogisticRegression(C=np.inf, solver=solver, tol=1e-10, max_iter=20_000).fit(X, y)
        if len(ours.classes_) > 2:  # only differences between classes are determined
            for one in (ours, wanted):
                one.coef_ = one.coef_ - one.coef_.mean(axis=0)
                one.intercept_ = one.intercept_ - one.intercept_.mean()
        compare(ours, wanted)


@pytest.mark.parametrize("class_weight", ["balanced", {0: 3.0, 2: 0.5}])
def test_weights(class_weight):
    X, y = scaled("wine")
    weights = np.random.default_rng(0).uniform(0, 2, len(y))
    wanted = Theirs(class_weight=class_weight, solver="newton-cholesky", tol=1e-10).fit(X, y, weights)
    for solver in ("lbfgs", "newton-cholesky", "fista"):
        compare(
            LogisticRegression(class_weight=class_weight, solver=solver, **TIGHT).fit(X, y, weights), wanted
        )


def test_predictions():
    for name in ("breast_cancer", "wine"):
        X, y = scaled(name)
        wanted = theirs(X, y, "newton-cholesky")
        ours = LogisticRegression(solver="newton-cholesky", **TIGHT).fit(X, y)
        far = 3 * X
        for method in ("decision_function", "predict", "predict_proba", "predict_log_proba"):
            got = getattr(ours, method)(far)
            with np.errstate(divide="ignore"):  # they take the logarithm of 1 − p, which cancels
                theirs_far = getattr(wanted, method)(far)
            seen = theirs_far > -15 if method == "predict_log_proba" else slice(None)
            assert np.isfinite(got).all()
            np.testing.assert_allclose(got[seen], theirs_far[seen], rtol=1e-6, atol=1e-9)
        assert ours.score(X, y) == wanted.score(X, y)
