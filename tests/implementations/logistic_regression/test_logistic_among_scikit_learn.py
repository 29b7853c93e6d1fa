"""The estimators in scikit-learn's tools: its own battery of checks, and the tools themselves."""

import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone, is_classifier
from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.ensemble import BaggingClassifier
from sklearn.exceptions import ConvergenceWarning as TheirWarning
from sklearn.linear_model import LogisticRegression as Theirs
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from implementations.logistic_regression import BayesianLogisticRegression, LogisticRegression

ESTIMATORS = [
    LogisticRegression(),
    LogisticRegression(solver="newton-cholesky"),
    LogisticRegression(solver="fista", l1_ratio=0.5, max_iter=2000),
    LogisticRegression(solver="sgd", tol=0.02),
    BayesianLogisticRegression(),
    BayesianLogisticRegression(1.0),
]
BEYOND_SGD = {
    "check_class_weight_classifiers": "columns of scale 20 allow short steps only, and classes whose weights "
    "are 10⁷ apart leave the intercept ten nats to go: a thousand passes over 50 samples are too few"
}
# sgd stops rough, and the checks ask for a handful of steps
pytestmark = pytest.mark.filterwarnings("ignore::foundations.errors.ConvergenceWarning")
by_name = pytest.mark.parametrize("estimator", ESTIMATORS, ids=repr)


@by_name
@pytest.mark.filterwarnings("ignore:.*does not inherit from `sklearn.base.BaseEstimator`")
def test_it_passes_scikit_learns_own_checks(estimator):
    meant = BEYOND_SGD if getattr(estimator, "solver", "") == "sgd" else {}
    results = check_estimator(estimator, expected_failed_checks=meant, on_fail=None, on_skip=None)
    assert len(results) > 40
    assert [(r["check_name"], str(r["exception"])) for r in results if r["status"] == "failed"] == []
    assert {r["check_name"] for r in results if r["status"] == "xfail"} == set(meant)


@by_name
def test_a_clone_has_the_parameters_and_nothing_learned(estimator):
    X, y = load_breast_cancer(return_X_y=True)
    fitted = clone(estimator).fit(StandardScaler().fit_transform(X), y)
    again = clone(fitted)
    assert type(again) is type(fitted)
    assert again.get_params() == fitted.get_params()
    assert not hasattr(again, "coef_")
    assert is_classifier(again)


@by_name
def test_it_ends_a_pipeline_and_is_cross_validated(estimator):
    X, y = load_breast_cancer(return_X_y=True)
    pipeline = make_pipeline(StandardScaler(), clone(estimator))
    assert pipeline.fit(X, y).score(X, y) > 0.95
    assert (cross_val_score(pipeline, X, y, cv=4) > 0.92).all()
    assert cross_val_predict(pipeline, X, y, cv=4, method="predict_proba").shape == (len(y), 2)
    assert "StandardScaler" in pipeline._repr_html_()
    BaggingClassifier(clone(estimator), n_estimators=3, random_state=0).fit(
        StandardScaler().fit_transform(X), y
    )


def test_a_grid_search_finds_what_scikit_learns_finds():
    X, y = load_wine(return_X_y=True)
    found = []
    for model in (LogisticRegression(tol=1e-8, max_iter=1000), Theirs(tol=1e-8, max_iter=1000)):
        pipeline = make_pipeline(StandardScaler(), model)
        grid = {"logisticregression__C": [0.001, 0.01, 0.1, 1.0]}
        found.append(GridSearchCV(pipeline, grid, cv=4, scoring="neg_log_loss").fit(X, y))
    ours, theirs = found
    assert ours.best_params_ == theirs.best_params_
    np.testing.assert_allclose(
        ours.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"], rtol=1e-5
    )
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-5)


def test_two_classes_at_a_time_make_several():
    X, y = load_wine(return_X_y=True)
    model = OneVsRestClassifier(BayesianLogisticRegression(1.0)).fit(StandardScaler().fit_transform(X), y)
    assert model.score(StandardScaler().fit_transform(X), y) > 0.97


def test_a_data_frame_keeps_its_names_and_their_warning_is_caught():
    data = load_breast_cancer(as_frame=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", TheirWarning)  # ours is theirs
        model = LogisticRegression(max_iter=5).fit(data.data, data.target)
    assert model.feature_names_in_[0] == "mean radius"
    frame = pd.DataFrame(data.data)[data.data.columns[::-1]]
    with pytest.raises(ValueError, match="expects column 0 to be 'mean radius'"):
        model.predict(frame)


def test_nothing_of_it_needs_scikit_learn():
    code = (
        "import sys\n"
        "import implementations.logistic_regression as lr\n"
        "X, y = [[0.0], [1.0], [2.0], [3.0]], [0, 1, 0, 1]\n"
        "m = lr.LogisticRegression().fit(X, y)\n"
        "m.score(X, y), m.get_params(), repr(m), lr.BayesianLogisticRegression().fit(X, y).predict_proba(X)\n"
        "sys.exit('sklearn' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
