"""The coefficients as the penalty loosens."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import ShapeError
from implementations.logistic_regression.classifier import LogisticRegression


def regularization_path(
    X: ArrayLike, y: ArrayLike, Cs: ArrayLike, *, l1_ratio: float = 1.0, **options: Any
) -> np.ndarray:
    """Return the coefficients for many strengths of the penalty, each fit begun at the last one's end.

    Args:
        X: shape (n, d).
        y: classes, shape (n,).
        Cs: inverse strengths, shape (m,), fitted in rising order.
        l1_ratio: share of absolute values in the penalty.
        **options: other arguments of `LogisticRegression`; solver "fista" and 10,000 steps by default.

    Returns:
        Coefficients in the order of Cs, shape (m, 1, d) for two classes and (m, n_classes, d) for more.

    Raises:
        ShapeError: if there is no C.
        ShapeError, DTypeError, ValueRangeError: as `LogisticRegression.fit`.

    Example:
        >>> regularization_path([[-1.0], [0.0], [1.0], [0.5]], [0, 0, 1, 1], [0.1, 10.0]).shape
        (2, 1, 1)

    Source: Friedman, Hastie & Tibshirani 2010, §2.5, for the warm starts.
    """
    strengths = np.ravel(np.asarray(Cs, dtype=np.float64))
    if not strengths.size:
        raise ShapeError("regularization_path expects one C or more, got none")
    settings = {"solver": "fista", "max_iter": 10_000, **options}
    model = LogisticRegression(l1_ratio=l1_ratio, warm_start=True, **settings)
    found = {}
    for C in np.sort(strengths):
        found[C] = model.set_params(C=float(C)).fit(X, y).coef_
    return np.array([found[C] for C in strengths])
