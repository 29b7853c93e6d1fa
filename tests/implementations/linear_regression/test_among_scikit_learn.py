"""The estimators in scikit-learn's tools: its own battery of checks, and the tools themselves."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone, is_regressor
from sklearn.ensemble import BaggingRegressor
from sklearn.linear_model import Ridge as TheirRidge
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from foundations.data import load
from implementations.linear_regression import (
    BayesianLinearRegression,
    GradientDescentRegression,
    LinearRegression,
    Ridge,
)

ESTIMATORS = [LinearRegression(), Ridge(2.0), BayesianLinearRegression(), GradientDescentRegression(0.5)]
by_name = pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda one: type(one).__name__)


@pytest.fixture(scope="module")
def patients():
    train = load("diabetes")["train"]
    return train["features"], train["targets"]


@by_name
@pytest.mark.filterwarnings("ignore:.*does not inherit from `sklearn.base.BaseEstimator`")
def test_it_passes_scikit_learns_own_checks(estimator):
    results = check_estimator(estimator, on_fail=None, on_skip=None)
    assert len(results) > 40
    assert [(r["check_name"], str(r["exception"])) for r in results if r["status"] == "failed"] == []


@by_name
def test_a_clone_has_the_parameters_and_nothing_learned(estimator, patients):
    X, y = patients
    fitted = clone(estimator).fit((X - X.mean(axis=0)) / X.std(axis=0), y)
    again = clone(fitted)
    assert type(again) is type(fitted)
    assert again.get_params() == fitted.get_params()
    assert not hasattr(again, "coef_")
    assert is_regressor(again)


@by_name
def test_it_ends_a_pipeline_and_is_cross_validated(estimator, patients):
    X, y = patients
    pipeline = make_pipeline(StandardScaler(), clone(estimator))
    assert 0.3 < pipeline.fit(X, y).score(X, y) < 0.8
    scores = cross_val_score(pipeline, X, y, cv=4)
    assert scores.shape == (4,)
    assert (scores > 0.3).all()
    assert cross_val_predict(pipeline, X, y, cv=4).shape == y.shape
    assert "StandardScaler" in pipeline._repr_html_()
    BaggingRegressor(clone(estimator), n_estimators=3, random_state=0).fit((X - X.mean(0)) / X.std(0), y)


def test_a_grid_search_finds_what_scikit_learns_ridge_finds(patients):
    X, y = patients
    found = []
    for ridge in (Ridge(), TheirRidge(solver="svd")):
        pipeline = make_pipeline(StandardScaler(), PolynomialFeatures(2, include_bias=False), ridge)
        search = GridSearchCV(
            pipeline, {f"{type(ridge).__name__.lower()}__alpha": np.logspace(-1, 4, 6)}, cv=4
        )
        found.append(search.fit(X, y))
    ours, theirs = found
    assert list(ours.best_params_.values()) == list(theirs.best_params_.values())
    np.testing.assert_allclose(
        ours.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"], rtol=1e-7
    )
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-8)


def test_the_deviation_comes_through_a_pipeline(patients):
    X, y = patients
    pipeline = make_pipeline(StandardScaler(), BayesianLinearRegression()).fit(X, y)
    mean, std = pipeline.predict(X, return_std=True)
    assert mean.shape == std.shape == y.shape


def test_a_data_frame_keeps_its_names(patients):
    X, y = patients
    frame = pd.DataFrame(X, columns=load("diabetes")["train"]["names"])
    model = Ridge().fit(frame, pd.Series(y))
    assert list(model.feature_names_in_[:2]) == ["age", "sex"]
    np.testing.assert_allclose(model.predict(frame), model.predict(X), rtol=1e-12)  # the layout differs
    assert GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=3).fit(frame, y).feature_names_in_[0] == "age"


def test_nothing_of_it_needs_scikit_learn():
    code = (
        "import sys\n"
        "import implementations.linear_regression as lr\n"
        "m = lr.BayesianLinearRegression().fit([[0.0], [1.0], [2.0]], [0.1, 0.9, 2.2])\n"
        "m.score([[0.0], [1.0]], [0.0, 1.0]), m.get_params(), repr(m)\n"
        "sys.exit('sklearn' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
