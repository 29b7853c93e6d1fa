"""The estimators in scikit-learn's tools: its own battery of checks, and the tools themselves."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import check_estimator

from foundations.data import load
from implementations.gradient_boosting import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RegressionTree,
)

ESTIMATORS = [
    GradientBoostingRegressor(5),
    GradientBoostingClassifier(5),
    RegressionTree(),
    GradientBoostingClassifier(3, tree_method="exact", max_depth=3),
]


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=repr)
@pytest.mark.filterwarnings("ignore:.*does not inherit from `sklearn.base.BaseEstimator`")
def test_it_passes_scikit_learns_own_checks(estimator):
    results = check_estimator(estimator, on_fail=None, on_skip=None)
    assert len(results) > 50
    assert [(r["check_name"], str(r["exception"])) for r in results if r["status"] == "failed"] == []
    names = {r["check_name"] for r in results if r["status"] == "passed"}
    assert {"check_estimators_unfitted", "check_complex_data", "check_supervised_y_2d"} <= names
    assert "check_sample_weight_equivalence_on_dense_data" in names
    assert {r["status"] for r in results} <= {"passed", "skipped"}


@pytest.fixture(scope="module")
def patients():
    train = load("diabetes")["train"]
    return train["features"], train["targets"]


def test_regression_in_their_tools(patients):
    X, y = patients
    model = GradientBoostingRegressor(30, max_depth=2, learning_rate=0.1)
    pipeline = make_pipeline(StandardScaler(), clone(model))
    scores = cross_val_score(pipeline, X, y, cv=3)
    assert (scores > 0.25).all()
    assert cross_val_predict(model, X, y, cv=3).shape == y.shape
    search = GridSearchCV(model, {"max_depth": [1, 2], "learning_rate": [0.05, 0.2]}, cv=3).fit(X, y)
    assert set(search.best_params_) == {"max_depth", "learning_rate"}
    assert search.best_score_ > 0.25
    frame = pd.DataFrame(X, columns=load("diabetes")["train"]["names"])
    fitted = clone(model).fit(frame, pd.Series(y))
    assert list(fitted.feature_names_in_[:2]) == ["age", "sex"]
    np.testing.assert_array_equal(fitted.predict(frame), clone(model).fit(X, y).predict(X))
    assert is_regressor(fitted)
    assert not hasattr(clone(fitted), "trees_")
    assert get_tags(fitted).input_tags.allow_nan


def test_classification_in_their_tools():
    digits = load("digits")["train"]
    X, y = digits["images"].reshape(len(digits["images"]), -1)[:400], digits["labels"][:400]
    model = GradientBoostingClassifier(8, max_depth=3)
    scores = cross_val_score(make_pipeline(StandardScaler(), model), X, y, cv=3)
    assert (scores > 0.6).all()
    losses = cross_val_score(model, X[:200], y[:200] > 4, cv=3, scoring="neg_log_loss")
    assert (losses > -0.69).all()
    search = GridSearchCV(model, {"n_estimators": [1, 8]}, cv=3).fit(X[:200], y[:200] > 4)
    assert search.best_params_ == {"n_estimators": 8}
    assert is_classifier(search.best_estimator_)


def test_a_changed_parameter_waits_for_the_next_fit(patients):
    X, y = patients
    model = GradientBoostingRegressor(5).fit(X, y)
    before = model.predict(X)
    model.set_params(learning_rate=0.01, n_estimators=1)
    np.testing.assert_array_equal(model.predict(X), before)
    assert repr(model) == "GradientBoostingRegressor(n_estimators=1, learning_rate=0.01)"


def test_nothing_of_it_needs_scikit_learn():
    code = (
        "import sys\n"
        "import implementations.gradient_boosting as gb\n"
        "m = gb.GradientBoostingClassifier(2).fit([[0.0], [1.0], [2.0]], [0, 1, 1])\n"
        "m.score([[0.0], [1.0]], [0, 1]), m.get_params(), repr(m)\n"
        "sys.exit('sklearn' in sys.modules or 'xgboost' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
