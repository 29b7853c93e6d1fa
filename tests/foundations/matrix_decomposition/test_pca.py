import numpy as np
import pytest
from sklearn.datasets import load_digits, load_iris
from sklearn.decomposition import PCA as ReferencePCA  # noqa: N811

from foundations.errors import ShapeError, ValueRangeError
from foundations.matrix_decomposition import pca_covariance, pca_svd

ROADS = [pca_covariance, pca_svd]


@pytest.mark.parametrize("fit", ROADS)
@pytest.mark.parametrize(("load", "k"), [(load_iris, 4), (load_digits, 10)])
def test_equals_scikit_learn(fit, load, k):
    x = load().data
    ours, theirs = fit(x, k), ReferencePCA(k, svd_solver="full").fit(x)
    np.testing.assert_allclose(ours.mean, theirs.mean_, rtol=1e-12)
    np.testing.assert_allclose(ours.explained_variance, theirs.explained_variance_, rtol=1e-10)
    np.testing.assert_allclose(ours.explained_variance_ratio, theirs.explained_variance_ratio_, rtol=1e-10)
    np.testing.assert_allclose(ours.components, theirs.components_, atol=1e-10)
    np.testing.assert_allclose(ours.transform(x), theirs.transform(x), atol=1e-8)


@pytest.mark.parametrize("fit", ROADS)
@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (2, 1), (40, 7)])
def test_laws(fit, shape, rng):
    x = rng.standard_normal(shape) * np.arange(1, shape[1] + 1) + 5
    k = min(shape)
    fitted = fit(x, k)
    np.testing.assert_allclose(fitted.components @ fitted.components.T, np.eye(k), atol=1e-13)
    np.testing.assert_allclose(fitted.inverse_transform(fitted.transform(x)), x, atol=1e-12)
    scores = fitted.transform(x)
    np.testing.assert_allclose(scores.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(np.cov(scores.T), np.diag(fitted.explained_variance).squeeze(), atol=1e-11)
    np.testing.assert_allclose(fitted.explained_variance.sum(), x.var(axis=0, ddof=1).sum(), rtol=1e-12)
    np.testing.assert_allclose(fitted.explained_variance_ratio.sum(), 1, rtol=1e-12)
    largest = np.abs(fitted.components).argmax(axis=1)
    assert (fitted.components[np.arange(k), largest] > 0).all()


def test_the_covariance_road_squares_the_condition_number(rng):
    """A direction 1e-10 as long as the largest: there in the SVD, drowned in the covariance."""
    q = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    x = rng.standard_normal((50, 3)) * [1.0, 1e-3, 1e-10] @ q
    truth = q[2] * np.sign(q[2, np.abs(q[2]).argmax()])
    assert np.abs(pca_svd(x, 3).components[2] - truth).max() < 1e-4
    spread = pca_svd(x, 3).explained_variance[2]
    assert 1e-21 < spread < 1e-19
    assert abs(pca_covariance(x, 3).explained_variance[2] - spread) > 10 * spread or (
        pca_covariance(x, 3).explained_variance[2] == 0
    )


@pytest.mark.parametrize("fit", ROADS)
def test_constant_data(fit):
    fitted = fit(np.full((4, 3), 2.0), 2)
    np.testing.assert_array_equal(fitted.explained_variance, 0)
    np.testing.assert_array_equal(fitted.explained_variance_ratio, 0)


@pytest.mark.parametrize("fit", ROADS)
def test_refuses(fit):
    with pytest.raises(ShapeError, match="two samples or more"):
        fit(np.ones((1, 3)), 1)
    for k in (0, 4, 1.0):
        with pytest.raises(ValueRangeError, match=r"integer in \[1, 3\]"):
            fit(np.ones((5, 3)), k)
    fitted = fit(np.eye(4)[:, :3], 2)
    with pytest.raises(ShapeError, match=r"PCA.transform expects shape \(n, 3\)"):
        fitted.transform(np.ones((2, 4)))
    with pytest.raises(ShapeError, match=r"PCA.inverse_transform expects shape \(n, 2\)"):
        fitted.inverse_transform(np.ones((2, 4)))


@pytest.mark.parametrize("fit", [pca_svd, pca_covariance])
@pytest.mark.parametrize("scale", [2.0**530, 2.0**-560, 2.0**1000])
def test_ratios_do_not_depend_on_the_scale(fit, scale, rng):
    """At 1e160 every variance overflows, and its share of the total does not."""
    x = rng.standard_normal((8, 3))
    plain, extreme = fit(x, 2), fit(scale * x, 2)
    np.testing.assert_array_equal(extreme.explained_variance_ratio, plain.explained_variance_ratio)
    np.testing.assert_array_equal(extreme.components, plain.components)
    np.testing.assert_array_equal(extreme.mean, scale * plain.mean)
    assert np.isin(extreme.explained_variance, [0.0, np.inf]).all()
