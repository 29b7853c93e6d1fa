"""Standard errors against autograd, closed forms and repeated samples."""

import numpy as np
import pytest
import torch
from scipy.special import expit

from foundations.errors import NotFittedError, SingularError, ValueRangeError
from implementations.logistic_regression import LogisticRegression, fisher_information, standard_errors

FREE = {"C": np.inf, "tol": 1e-9, "solver": "newton-cholesky"}


def sample(n, rng, weights=(1.0, -0.5), intercept=0.3):
    X = rng.standard_normal((n, len(weights)))
    return X, (rng.random(n) < expit(X @ weights + intercept)).astype(int)


@pytest.mark.parametrize("intercept", [True, False])
def test_against_the_hessian_by_autograd(intercept):
    X, y = sample(80, np.random.default_rng(0))
    counts = np.random.default_rng(1).integers(1, 4, 80).astype(float)
    model = LogisticRegression(fit_intercept=intercept, **FREE).fit(X, y, counts)

    def loss(theta):
        a = torch.as_tensor(X) @ theta[:2] + (theta[2] if intercept else 0)
        one = torch.nn.functional.binary_cross_entropy_with_logits(
            a, torch.as_tensor(y, dtype=torch.float64), reduction="none"
        )
        return torch.as_tensor(counts) @ one

    theta = np.append(model.coef_, model.intercept_[: int(intercept)])
    H = torch.autograd.functional.hessian(loss, torch.as_tensor(theta)).numpy()
    np.testing.assert_allclose(fisher_information(model, X, counts), H, rtol=1e-9)
    errors = standard_errors(model, X, counts)
    np.testing.assert_allclose(errors.covariance, np.linalg.inv(H), rtol=1e-8)
    np.testing.assert_allclose(errors.coef[0], np.sqrt(np.diag(np.linalg.inv(H)))[:2], rtol=1e-8)
    assert errors.intercept.shape == (1,)
    assert (errors.intercept > 0).item() == intercept


def test_a_table_of_two_by_two_has_woolfs_error():
    a, b, c, d = 7, 3, 4, 9
    X, y = np.repeat([0.0, 0.0, 1.0, 1.0], [a, b, c, d])[:, None], np.repeat([0, 1, 0, 1], [a, b, c, d])
    model = LogisticRegression(**FREE).fit(X, y)
    assert model.coef_[0, 0] == pytest.approx(np.log(a * d / (b * c)), abs=1e-7)
    errors = standard_errors(model, X)
    assert errors.coef[0, 0] == pytest.approx(np.sqrt(1 / a + 1 / b + 1 / c + 1 / d), rel=1e-6)


def test_the_scatter_over_samples_is_the_standard_error():
    rng = np.random.default_rng(2)
    found, errors = [], []
    for _ in range(300):
        X, y = sample(400, rng)
        model = LogisticRegression(**FREE).fit(X, y)
        found.append(np.append(model.coef_, model.intercept_))
        one = standard_errors(model, X)
        errors.append(np.append(one.coef, one.intercept))
    found, errors = np.array(found), np.array(errors)
    np.testing.assert_allclose(errors.mean(axis=0), found.std(axis=0), rtol=0.12)
    inside = np.abs(found - [1.0, -0.5, 0.3]) < 1.96 * errors
    assert inside.mean() == pytest.approx(0.95, abs=0.02)


def test_what_has_no_errors():
    X, y = sample(50, np.random.default_rng(3))
    with pytest.raises(ValueRangeError, match=r"without penalty, got C=1: fit with C=np\.inf"):
        standard_errors(LogisticRegression().fit(X, y), X)
    with pytest.raises(ValueRangeError, match="two classes, got 3"):
        standard_errors(LogisticRegression(C=np.inf).fit(X, np.arange(50) % 3), X)
    with pytest.raises(NotFittedError):
        standard_errors(LogisticRegression(C=np.inf), X)
    twice = np.hstack([X, X[:, :1]])
    with pytest.raises(SingularError, match="drop columns"):
        standard_errors(LogisticRegression(**FREE).fit(twice, y), twice)
