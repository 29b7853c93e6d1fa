"""How much noise each step adds: the variances beta_1 to beta_T."""

from __future__ import annotations

import numpy as np

from foundations.errors import ValueRangeError


def linear_schedule(
    steps: int = 1000,
    first: float = 1e-4,
    last: float = 0.02,
) -> np.ndarray:
    r"""Return variances that rise evenly, $\beta_1, \dots, \beta_T$.

    The defaults are the paper's for T = 1000. For another T its range times 1000 / T destroys about as much:
    `linear_schedule(200, 5e-4, 0.1)`.

    Args:
        steps: T.
        first: beta_1.
        last: beta_T.

    Returns:
        float64, shape (T,).

    Raises:
        ValueRangeError: If T is below 1, or an end lies outside (0, 1).

    Source: Ho et al. 2020, section 4.

    Example:
        >>> linear_schedule(3, 0.1, 0.3).round(2).tolist()
        [0.1, 0.2, 0.3]
    """
    _check(steps)
    if not (0 < first < 1 and 0 < last < 1):
        raise ValueRangeError(f"variances lie in (0, 1), got {first} to {last}")
    return np.linspace(first, last, steps, dtype=np.float64)


def cosine_schedule(steps: int = 1000, offset: float = 0.008, largest: float = 0.999) -> np.ndarray:
    r"""Return the variances whose share of signal falls as a squared cosine.

    $$\bar\alpha_t = \frac{f(t)}{f(0)}, \quad f(t) = \cos^2\!\left(\frac{t / T + s}{1 + s} \cdot
    \frac{\pi}{2}\right), \quad \beta_t = \min\left(1 - \frac{\bar\alpha_t}{\bar\alpha_{t-1}}, 0.999\right)$$

    Args:
        steps: T.
        offset: s, which keeps the first variances from being tiny.
        largest: What no variance exceeds.

    Returns:
        float64, shape (T,).

    Raises:
        ValueRangeError: If T is below 1, s below 0 or `largest` outside (0, 1).

    Source: Nichol & Dhariwal 2021, arXiv:2102.09672, equation 17.
    """
    _check(steps)
    if not (offset >= 0 and 0 < largest < 1):
        raise ValueRangeError(f"the offset is 0 or more and the largest in (0, 1), got {offset}, {largest}")
    f = np.cos((np.arange(steps + 1) / steps + offset) / (1 + offset) * np.pi / 2) ** 2
    return np.minimum(1 - f[1:] / f[:-1], largest)


def _check(steps: int) -> None:
    if steps < 1:
        raise ValueRangeError(f"there is one step at least, got {steps}")
