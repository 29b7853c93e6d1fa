r"""How good probabilities are: log-loss, Brier score, and whether what is called 0.9 happens in 90 %."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import ValueRangeError
from foundations.estimators import as_weights
from implementations.logistic_regression.outcomes import as_outcomes, as_probabilities, class_numbers

TINY = float(np.finfo(np.float64).eps)


def log_loss(
    y: ArrayLike,
    probabilities: ArrayLike,
    *,
    classes: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> float:
    r"""Return the mean of $-\ln p_{n, y_n}$ in nats: 0 is perfect, ln K what guessing evenly among K gives.

    Args:
        y: true classes, shape (n,).
        probabilities: of the larger of two classes, shape (n,); or of all in rising order, shape (n, K), as
            `predict_proba` returns them. Those below 2⁻⁵² count as that: a certain miss costs 36 nats.
        classes: all classes in rising order; those that occur in y by default.
        sample_weight: shape (n,).

    Raises:
        ShapeError, DTypeError, ValueRangeError: if these are not classes and their probabilities.

    Example:
        >>> round(log_loss([0, 1, 1], [0.5, 0.5, 1.0]), 6)  # two thirds of ln 2
        0.462098

    Source: Good 1952.
    """
    P, numbers, weights = _checked("log_loss", y, probabilities, classes, sample_weight)
    p = P[np.arange(len(P)), numbers]
    return float(np.average(-np.log(np.maximum(p, TINY)), weights=weights))


def brier_score(
    y: ArrayLike,
    probabilities: ArrayLike,
    *,
    classes: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> float:
    r"""Return the mean squared distance of probabilities and outcomes: 0 is perfect, 1 for two classes worst.

    $\frac1N\sum_n (p_n - y_n)^2$ for two classes, $\frac1N\sum_n\sum_k (p_{nk} - y_{nk})^2$ for more, which
    reaches up to 2.

    Args:
        y: true classes, shape (n,).
        probabilities: as for `log_loss`.
        classes: all classes in rising order; those that occur in y by default.
        sample_weight: shape (n,).

    Raises:
        ShapeError, DTypeError, ValueRangeError: if these are not classes and their probabilities.

    Example:
        >>> brier_score([0, 1, 1], [0.5, 0.5, 1.0])
        0.16666666666666666

    Source: Brier 1950, equation 2; for two classes half of it, as is usual.
    """
    P, numbers, weights = _checked("brier_score", y, probabilities, classes, sample_weight)
    squares = ((P - np.eye(P.shape[1])[numbers]) ** 2).sum(axis=1)
    return float(np.average(squares, weights=weights)) / (2 if P.shape[1] == 2 else 1)


class ReliabilityDiagram(NamedTuple):
    """How often it happened, by how probable it was called; bins without samples are left out.

    Attributes:
        predicted: mean probability in each bin, shape (m,).
        observed: share of the samples of each bin in which it happened, shape (m,).
        low: lower end of the 95 % interval (Wilson 1927) of the observed share, shape (m,).
        high: its upper end, shape (m,).
        counts: samples in each bin, shape (m,).
        edges: edges of all bins, also of those left out, shape (n_bins + 1,).
    """

    predicted: np.ndarray
    observed: np.ndarray
    low: np.ndarray
    high: np.ndarray
    counts: np.ndarray
    edges: np.ndarray


def reliability_diagram(
    y: ArrayLike,
    probabilities: ArrayLike,
    *,
    n_bins: int = 10,
    strategy: Literal["uniform", "quantile"] = "uniform",
) -> ReliabilityDiagram:
    """Sort samples into bins by their probability, and count in each how often it happened.

    Args:
        y: classes, shape (n,), two of them; what happens or not is the larger.
        probabilities: of the larger class, shape (n,).
        n_bins: how many bins.
        strategy: bins of equal width, or of about as many samples each.

    Raises:
        ShapeError, DTypeError, ValueRangeError: if y and probabilities do not fit, or there is no such
            strategy or number of bins.

    Example:
        >>> diagram = reliability_diagram([0, 0, 1, 1], [0.1, 0.2, 0.9, 0.7], n_bins=2)
        >>> diagram.predicted.round(9), diagram.observed, diagram.counts
        (array([0.15, 0.8 ]), array([0., 1.]), array([2, 2]))

    Source: Murphy & Winkler 1977.
    """
    caller = "reliability_diagram"
    happened, p = as_outcomes(y, caller), as_probabilities(probabilities, caller)
    if p.ndim != 1 or len(p) != len(happened):
        raise ValueRangeError(
            f"{caller} expects one probability for each of {len(happened)} samples, got shape {p.shape}: "
            "give the column of the larger class, predict_proba(X)[:, 1]"
        )
    if isinstance(n_bins, bool) or not isinstance(n_bins, int | np.integer) or n_bins < 1:
        raise ValueRangeError(f"{caller} expects a whole n_bins of 1 or more, got {n_bins!r}")
    if strategy == "uniform":
        edges = np.linspace(0, 1, n_bins + 1)
    elif strategy == "quantile":
        edges = np.quantile(p, np.linspace(0, 1, n_bins + 1))
    else:
        raise ValueRangeError(f"{caller} expects strategy 'uniform' or 'quantile', got {strategy!r}")
    which = np.searchsorted(edges[1:-1], p, side="left")  # a bin holds its upper edge, as in scikit-learn
    counts = np.bincount(which, minlength=n_bins)
    full = counts > 0
    n = counts[full]
    observed = np.bincount(which, happened, minlength=n_bins)[full] / n
    low, high = wilson_interval(observed, n)
    return ReliabilityDiagram(
        np.bincount(which, p, minlength=n_bins)[full] / n, observed, low, high, n, edges
    )


def expected_calibration_error(
    y: ArrayLike,
    probabilities: ArrayLike,
    *,
    n_bins: int = 10,
    strategy: Literal["uniform", "quantile"] = "uniform",
) -> float:
    r"""Return the mean over samples of |observed − predicted| of their bin: 0 for perfect calibration.

    With few samples a bin it is well above zero even for perfect probabilities, because shares scatter.

    Args:
        y: classes, shape (n,), two of them.
        probabilities: of the larger class, shape (n,).
        n_bins: how many bins.
        strategy: as for `reliability_diagram`.

    Raises:
        ShapeError, DTypeError, ValueRangeError: as `reliability_diagram`.

    Example:
        >>> round(expected_calibration_error([0, 0, 1, 1], [0.1, 0.2, 0.9, 0.7], n_bins=2), 9)
        0.175

    Source: Naeini, Cooper & Hauskrecht 2015; with the probability of one class, not of the predicted one.
    """
    diagram = reliability_diagram(y, probabilities, n_bins=n_bins, strategy=strategy)
    return float(
        np.average(
            np.abs(diagram.observed - diagram.predicted),
            weights=diagram.counts,
        )
    )


def wilson_interval(share: np.ndarray, n: np.ndarray, z: float = 1.959964) -> tuple[np.ndarray, np.ndarray]:
    """Return lower and upper ends of the interval of a share of n: those shares that lie within z errors.

    Args:
        share: observed, in [0, 1].
        n: of how many, positive.
        z: how many standard errors; 1.96 for 95 %.

    Source: Wilson 1927.
    """
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    low, high = np.minimum(centre - half, share), np.maximum(centre + half, share)  # up to rounding anyway
    return np.maximum(low, 0.0), np.minimum(high, 1.0)


def _checked(
    caller: str,
    y: ArrayLike,
    probabilities: ArrayLike,
    classes: ArrayLike | None,
    sample_weight: ArrayLike | None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return probabilities of all classes, shape (n, K); class numbers and weights, each of shape (n,)."""
    P = as_probabilities(probabilities, caller)
    if P.ndim == 1:
        P = np.column_stack([1 - P, P])
    numbers = class_numbers(y, P, classes, caller)
    return P, numbers, as_weights(sample_weight, len(P), caller)
