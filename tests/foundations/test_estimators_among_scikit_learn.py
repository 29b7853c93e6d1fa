"""Small estimators on the shared base in scikit-learn's own checks: nothing is expected to fail."""

import numpy as np
import pytest
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import check_estimator

from foundations.estimators import Classifier, Regressor, as_targets, as_weights, without_absent


class NearestMean(Classifier):
    """Predict the class whose mean is nearest."""

    def __init__(self, class_weight=None):
        self.class_weight = class_weight

    def fit(self, X, y, sample_weight=None):
        features, codes, weights = self._samples_to_fit(X, y, sample_weight, self.class_weight)
        member = np.eye(len(self.classes_))[codes] * weights[:, None]  # (n, n_classes)
        totals = member.sum(axis=0)
        self.means_ = (member.T @ features) / totals[:, None]
        self.log_prior_ = np.log(totals / totals.sum())
        self.variance_ = (member * ((features[:, None] - self.means_) ** 2).sum(axis=2)).sum() / totals.sum()
        return self

    def predict_proba(self, X):
        return self._probabilities(X, "predict_proba")

    def predict(self, X):
        winners = self._probabilities(X, "predict").argmax(axis=1)
        return self.classes_[winners]

    def _probabilities(self, X, method):
        features = self._features_to_use(X, method)
        squares = ((features[:, None] - self.means_) ** 2).sum(axis=2)
        logits = self.log_prior_ - squares / (2 * self.variance_ + 1e-12)
        likely = np.exp(logits - logits.max(axis=1, keepdims=True))
        return likely / likely.sum(axis=1, keepdims=True)


class Mean(Regressor):
    """Predict the mean of one target; missing features do not matter to it."""

    _allow_nan = True

    def fit(self, X, y, sample_weight=None):
        features = self._features_to_fit(X)
        targets = as_targets(y, len(features), "Mean.fit")
        weights, targets = without_absent(as_weights(sample_weight, len(features), "Mean.fit"), targets)
        self.mean_ = np.average(targets, weights=weights)
        return self

    def predict(self, X):
        return np.full(len(self._features_to_use(X, "predict")), self.mean_)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True
        return tags


@pytest.mark.parametrize("estimator", [NearestMean(), Mean()], ids=["classifier", "regressor"])
@pytest.mark.filterwarnings("ignore:.*does not inherit from `sklearn.base.BaseEstimator`")
def test_every_check_passes(estimator):
    results = check_estimator(estimator, on_fail=None, on_skip=None)
    assert [(r["check_name"], str(r["exception"])) for r in results if r["status"] == "failed"] == []
    names = {r["check_name"] for r in results if r["status"] == "passed"}
    assert {"check_estimators_unfitted", "check_complex_data", "check_supervised_y_2d"} <= names
    assert "check_sample_weight_equivalence_on_dense_data" in names
    if isinstance(estimator, Classifier):
        assert {"check_classifiers_one_label", "check_class_weight_classifiers"} <= names
        assert {"check_classifiers_regression_target", "check_classifiers_classes"} <= names


def test_whether_values_may_be_missing_is_a_tag():
    assert get_tags(Mean()).input_tags.allow_nan
    assert not get_tags(NearestMean()).input_tags.allow_nan
    holes = [[np.nan], [1.0]]
    assert Mean().fit(holes, [1.0, 3.0]).predict(holes).tolist() == [2.0, 2.0]


def test_a_class_whose_samples_weigh_nothing_is_not_there():
    model = NearestMean().fit([[0.0], [1.0], [5.0]], ["a", "b", "c"], sample_weight=[1.0, 2.0, 0.0])
    assert model.classes_.tolist() == ["a", "b"]
    assert model.score([[0.0], [5.0]], ["a", "b"]) == 1.0
