"""Data sets that come with scikit-learn."""

from typing import Any

import numpy as np

from foundations.data.readers import Splits, pixels, stratified
from foundations.data.source import Source


def digits() -> Splits:
    """Split scikit-learn's digits: 36 of each class to test, always the same."""
    from sklearn.datasets import load_digits

    bunch: Any = load_digits()
    images, labels = pixels(bunch.images, white=16), bunch.target.astype(np.int64)
    test = stratified(labels, 36, rng=np.random.default_rng(0))
    train = np.setdiff1d(np.arange(len(labels)), test)
    return {
        "train": {"images": images[train], "labels": labels[train]},
        "test": {"images": images[test], "labels": labels[test]},
    }


def diabetes() -> Splits:
    """Split scikit-learn's diabetes patients: 100 of 442 to test, always the same; columns in raw units."""
    from sklearn.datasets import load_diabetes

    bunch: Any = load_diabetes(scaled=False)
    order = np.random.default_rng(0).permutation(len(bunch.target))
    return {
        split: {
            "features": bunch.data[chosen].astype(np.float64),
            "targets": bunch.target[chosen].astype(np.float64),
            "names": tuple(bunch.feature_names),
        }
        for split, chosen in (("train", np.sort(order[100:])), ("test", np.sort(order[:100])))
    }


def photograph() -> Splits:
    """Read the photograph of a palace that scikit-learn ships, as shares of white."""
    from sklearn.datasets import load_sample_image

    return {"photograph": {"image": pixels(load_sample_image("china.jpg"))}}


SOURCES = (
    Source(
        name="digits",
        description="1,797 handwritten digits of 8 × 8 pixels, from scikit-learn",
        licence="CC BY 4.0",
        home="https://archive.ics.uci.edu/dataset/80/optical+recognition+of+handwritten+digits",
        citation="Alpaydin and Kaynak 1998, Optical Recognition of Handwritten Digits",
        read=digits,
        shipped=True,
    ),
    Source(
        name="diabetes",
        description="442 patients: ten measurements and their diabetes a year on, from scikit-learn",
        licence="as distributed with scikit-learn",
        home="https://www4.stat.ncsu.edu/~boos/var.select/diabetes.html",
        citation="Efron, Hastie, Johnstone and Tibshirani 2004, Least Angle Regression",
        read=diabetes,
        shipped=True,
    ),
    Source(
        name="palace",
        description="a colour photograph of 427 × 640 pixels, from scikit-learn",
        licence="CC BY 2.0",
        home="https://www.flickr.com/photos/danielbuechele/6061409035/",
        citation="danielbuechele, photograph on Flickr, retrieved 2011",
        read=photograph,
        shipped=True,
    ),
)
