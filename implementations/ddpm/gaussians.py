"""Two closed forms of Gaussians that the bound is made of."""

from __future__ import annotations

import numpy as np
from scipy.special import log_ndtr, ndtr

from implementations.ddpm.images import LEVELS


def normal_kl(
    mean: np.ndarray, variance: np.ndarray | float, other_mean: np.ndarray, other_variance: np.ndarray | float
) -> np.ndarray:
    r"""Return the divergence of one normal distribution from another, a number at a time, nats.

    $$D\big(N(\mu, v) \,\|\, N(m, w)\big) = \tfrac12 \left(\ln \frac{w}{v} - 1 + \frac{v}{w}
    + \frac{(\mu - m)^2}{w}\right)$$

    Args:
        mean: mu, any shape.
        variance: v, above 0, broadcastable to it.
        other_mean: m.
        other_variance: w, above 0.

    Returns:
        float64, of the common shape.
    """
    mean, other_mean = np.asarray(mean, dtype=np.float64), np.asarray(other_mean, dtype=np.float64)
    ratio = np.asarray(variance, dtype=np.float64) / other_variance
    return 0.5 * (ratio - 1 - np.log(ratio) + (mean - other_mean) ** 2 / other_variance)


def discretised_log_likelihood(
    x0: np.ndarray,
    mean: np.ndarray,
    std: np.ndarray | float,
) -> np.ndarray:
    r"""Return the log probability of pixel values under a normal distribution cut into 256 bins, nats.

    A value x of the 256 from -1 to 1 has the mass between x - 1/255 and x + 1/255; the lowest takes all that
    lies below it and the highest all above, so that the 256 sum to 1.

    Args:
        x0: Pixels in [-1, 1].
        mean: Of the distribution, shape of x0.
        std: Its standard deviation, broadcastable to x0.

    Returns:
        float64, shape of x0. Far out in a tail, where a bin's mass is too small for float64 as a difference,
        it is taken as density times width.

    Source: Ho et al. 2020, equation 13.

    Example:
        >>> float(discretised_log_likelihood(np.array([0.0]), np.array([0.0]), 1e-4)[0].round(3))
        0.0
    """
    x0, mean = np.asarray(x0, dtype=np.float64), np.asarray(mean, dtype=np.float64)
    half = 1 / (LEVELS - 1)
    above, below = (x0 - mean + half) / std, (x0 - mean - half) / std
    # by symmetry taken on the side of the tail, where a difference keeps its digits
    mirrored = below > 0
    high, low = np.where(mirrored, -below, above), np.where(mirrored, -above, below)
    mass = ndtr(high) - ndtr(low)
    middle = (x0 - mean) / std
    density = -0.5 * middle**2 - np.log(np.sqrt(2 * np.pi) * std / (2 * half))
    inner = np.where(mass > 0, np.log(np.where(mass > 0, mass, 1)), density)
    lowest, highest = log_ndtr(above), log_ndtr(-below)
    return np.where(x0 < -1 + half, lowest, np.where(x0 > 1 - half, highest, inner))
