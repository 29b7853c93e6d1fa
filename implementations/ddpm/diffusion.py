"""The forward process and every closed form that follows from it.

Times run from 1 to T as in the paper; t = 0 is the clean image. Constants are computed in float64 and come
out in the type of the images.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from foundations.autodiff.tensor import Array
from foundations.errors import DTypeError, ShapeError, ValueRangeError
from implementations.ddpm.schedules import linear_schedule

VARIANCES = ("posterior", "beta")


class Diffusion:
    r"""A chain that turns images into noise.

    $$q(x_t \mid x_{t-1}) = N(\sqrt{1 - \beta_t}\, x_{t-1}, \beta_t I)$$

    Args:
        betas: Variances beta_1 to beta_T, shape (T,); `linear_schedule()` by default.
        variance: The variance of a reverse step: "posterior" is the smaller, that of
            q(x_{t-1} | x_t, x_0), right for data that are one point; "beta" the larger, right for data that
            are N(0, I).
        times: What the network is told for t = 1 to T, rising whole numbers from 1, shape (T,); t itself by
            default. `respaced` uses it.

    Attributes:
        steps: T.
        beta: beta_t, shape (T + 1,); entry 0 is 0.
        alpha: 1 - beta_t, shape (T + 1,); entry 0 is 1.
        alpha_bar: Product of alpha_1 to alpha_t, shape (T + 1,); entry 0 is 1.
        posterior_variance: (1 - alpha_bar_{t-1}) / (1 - alpha_bar_t) beta_t, shape (T + 1,); entries 0 and 1
            are 0.
        variance: sigma_t^2 of the reverse step, shape (T + 1,). Where the posterior's is 0, at t = 1, that of
            t = 2 stands in.
        times: As given; shape (T + 1,), entry 0 is 0.

    Raises:
        ShapeError: If the variances are not a row of one or more.
        ValueRangeError: If one lies outside (0, 1), the choice of variance is none of the two, or the times
            do not rise from 1.

    Source: Ho et al. 2020, equations 2, 4 and 7; the stand-in at t = 1 as in the authors' code.

    Example:
        >>> d = Diffusion(linear_schedule(2, 0.1, 0.5))
        >>> d.alpha_bar.round(2).tolist()
        [1.0, 0.9, 0.45]
    """

    def __init__(
        self,
        betas: Sequence[float] | np.ndarray | None = None,
        *,
        variance: str = "posterior",
        times: Sequence[int] | np.ndarray | None = None,
    ) -> None:
        given = np.asarray(linear_schedule() if betas is None else betas, dtype=np.float64)
        if given.ndim != 1 or not given.size:
            raise ShapeError(f"expected the variances beta_1 to beta_T, shape (T,), got {given.shape}")
        if not (np.isfinite(given).all() and given.min() > 0 and given.max() < 1):
            raise ValueRangeError(
                f"every beta lies in (0, 1), got {given.min():.4g} to {given.max():.4g}: change the schedule"
            )
        if variance not in VARIANCES:
            raise ValueRangeError(f"variance is one of {', '.join(VARIANCES)}, got {variance!r}")
        self.choice = variance
        self.steps = given.size
        self.beta = np.concatenate([[0.0], given])
        self.alpha = 1 - self.beta
        self.alpha_bar = np.cumprod(self.alpha)
        before, now = self.alpha_bar[:-1], self.alpha_bar[1:]
        self.posterior_variance = np.concatenate([[0.0], (1 - before) / (1 - now) * given])
        self.variance = self.beta.copy()
        if variance == "posterior" and self.steps > 1:
            self.variance = self.posterior_variance.copy()
            self.variance[1] = self.posterior_variance[2]
        self.times = np.concatenate([[0], self._times(times)])

    def _times(self, times: Sequence[int] | np.ndarray | None) -> np.ndarray:
        found = np.arange(1, self.steps + 1) if times is None else np.asarray(times)
        if found.shape != (self.steps,) or found.dtype.kind not in "iu" or found[0] < 1:
            raise ValueRangeError(f"times are {self.steps} whole numbers from 1, got {found!r}")
        if (np.diff(found) <= 0).any():
            raise ValueRangeError("times rise from step to step: sort them, and leave out doubles")
        return found

    # ------------------------------------------------------------------ forward

    def noisy(self, x0: Array, t: Any, noise: Array) -> Any:
        r"""Return $x_t = \sqrt{\bar\alpha_t}\, x_0 + \sqrt{1 - \bar\alpha_t}\, \epsilon$.

        Args:
            x0: Clean images, shape (B, ...).
            t: Times, a whole number or shape (B,).
            noise: Standard normal, shape of x0.

        Returns:
            Shape of x0.

        Raises:
            ValueRangeError: If a time lies outside 1 to T.
            DTypeError: If times are not whole numbers.
            ShapeError: If the shapes do not fit.

        Source: Ho et al. 2020, equation 4.
        """
        _check_same("the noise", noise, x0)
        signal, spread = (
            self.at(np.sqrt(self.alpha_bar), t, x0),
            self.at(np.sqrt(1 - self.alpha_bar), t, x0),
        )
        return signal * x0 + spread * noise

    def posterior_mean(self, x0: Array, xt: Array, t: Any) -> Any:
        r"""Return the mean of $q(x_{t-1} \mid x_t, x_0)$; its variance is `posterior_variance[t]`.

        $$\tilde\mu_t = \frac{\sqrt{\bar\alpha_{t-1}}\, \beta_t}{1 - \bar\alpha_t} x_0
        + \frac{\sqrt{\alpha_t}\, (1 - \bar\alpha_{t-1})}{1 - \bar\alpha_t} x_t$$

        Source: Ho et al. 2020, equation 7.
        """
        _check_same("x_t", xt, x0)
        before = np.concatenate([[1.0], self.alpha_bar[:-1]])
        left = np.concatenate([[1.0], 1 - self.alpha_bar[1:]])  # entry 0 is never used
        clean = np.sqrt(before) * self.beta / left
        noisy = np.sqrt(self.alpha) * (1 - before) / left
        return self.at(clean, t, x0) * x0 + self.at(noisy, t, x0) * xt

    # ------------------------------------------------------------------ one prediction, four readings

    def x0_from_noise(self, xt: Array, t: Any, noise: Array) -> Any:
        r"""Return $\hat x_0 = (x_t - \sqrt{1 - \bar\alpha_t}\, \epsilon) / \sqrt{\bar\alpha_t}$.

        Source: Ho et al. 2020, equation 15.
        """
        _check_same("the noise", noise, xt)
        spread, signal = self.at(np.sqrt(1 - self.alpha_bar), t, xt), self.at(np.sqrt(self.alpha_bar), t, xt)
        return (xt - spread * noise) / signal

    def noise_from_x0(self, xt: Array, t: Any, x0: Array) -> Any:
        r"""Return $\epsilon = (x_t - \sqrt{\bar\alpha_t}\, x_0) / \sqrt{1 - \bar\alpha_t}$."""
        _check_same("x_0", x0, xt)
        spread, signal = self.at(np.sqrt(1 - self.alpha_bar), t, xt), self.at(np.sqrt(self.alpha_bar), t, xt)
        return (xt - signal * x0) / spread

    def mean_from_noise(self, xt: Array, t: Any, noise: Array) -> Any:
        r"""Return the mean of the reverse step.

        $$\mu_\theta = \frac{1}{\sqrt{\alpha_t}} \left(x_t - \frac{\beta_t}{\sqrt{1 - \bar\alpha_t}}
        \epsilon_\theta\right)$$

        Source: Ho et al. 2020, equation 11.
        """
        _check_same("the noise", noise, xt)
        share = self.beta / np.sqrt(np.where(self.alpha_bar < 1, 1 - self.alpha_bar, 1))
        return (xt - self.at(share, t, xt) * noise) / self.at(np.sqrt(self.alpha), t, xt)

    def score_from_noise(self, noise: Array, t: Any) -> Any:
        r"""Return the slope of the log density.

        $$\nabla_{x_t} \log q(x_t \mid x_0) = -\frac{\epsilon}{\sqrt{1 - \bar\alpha_t}}$$

        Source: Ho et al. 2020, section 3.2; Vincent 2011.
        """
        return -noise / self.at(np.sqrt(1 - self.alpha_bar), t, noise)

    # ------------------------------------------------------------------ the bound

    def bound_weight(self) -> np.ndarray:
        r"""Return what the bound multiplies the squared error of the noise by, shape (T + 1,); entry 0 is 0.

        $$w_t = \frac{\beta_t^2}{2 \sigma_t^2 \alpha_t (1 - \bar\alpha_t)}$$

        Nats per squared unit of noise. At t = 1 it is that of the Gaussian before it is cut into
        pixel values.

        Source: Ho et al. 2020, equation 12.
        """
        weight = np.zeros(self.steps + 1)
        t = slice(1, None)
        weight[t] = self.beta[t] ** 2 / (2 * self.variance[t] * self.alpha[t] * (1 - self.alpha_bar[t]))
        return weight

    # ------------------------------------------------------------------ fewer steps

    def respaced(self, steps: int) -> Diffusion:
        r"""Return the chain that visits only some of the times, as evenly spread as can be, T among them.

        Between two of them lies what the steps left out add together: $\beta' = 1 - \bar\alpha_{\tau_i} /
        \bar\alpha_{\tau_{i-1}}$, so that q(x_t | x_0) at the times kept is what it was.

        Args:
            steps: How many times; from 1 to T. The last kept is T, the first about T / steps.

        Raises:
            ValueRangeError: If there are not as many.

        Source: Nichol & Dhariwal 2021, arXiv:2102.09672, section 4.
        """
        if not 1 <= steps <= self.steps:
            raise ValueRangeError(f"of {self.steps} times 1 to {self.steps} can be kept, got {steps}")
        kept = np.rint(np.arange(1, steps + 1) * (self.steps / steps)).astype(int)
        signal = self.alpha_bar[np.concatenate([[0], kept])]
        return Diffusion(1 - signal[1:] / signal[:-1], variance=self.choice, times=self.times[kept])

    # ------------------------------------------------------------------ access

    def checked(self, t: Any) -> np.ndarray:
        """Return times as an array of whole numbers from 1 to T.

        Raises:
            DTypeError: If they are not whole numbers.
            ValueRangeError: If one lies outside 1 to T.
        """
        times = np.asarray(t)
        if times.dtype.kind not in "iu":
            raise DTypeError(
                f"times are whole numbers from 1 to {self.steps}, got {times.dtype}: convert them"
            )
        if times.size and (times.min() < 1 or times.max() > self.steps):
            raise ValueRangeError(
                f"times run from 1 to {self.steps}, got {times.min()} to {times.max()}: "
                "t = 0 is the clean image"
            )
        return times

    def at(self, values: np.ndarray, t: Any, like: Array) -> np.ndarray:
        """Return a constant of each time, shaped to multiply images (B, ...), in their type."""
        times = self.checked(t)
        if times.ndim > 1 or (times.ndim == 1 and times.shape[0] != like.shape[0]):
            raise ShapeError(
                f"expected one time, or one for each of {like.shape[0]} images, got {times.shape}"
            )
        found = values[times].astype(like.dtype)
        return found if times.ndim == 0 else found.reshape(-1, *(1,) * (like.ndim - 1))


def _check_same(what: str, given: Array, like: Array) -> None:
    if given.shape != like.shape:
        raise ShapeError(f"expected {what} of shape {like.shape}, got {given.shape}")
