"""The diffusion of ADM: DDPM's chain, fewer steps as the authors space them, and a variance that is learned.

Times run from 1 to T as in the paper of DDPM; the authors' code counts from 0.
"""

from __future__ import annotations

from typing import Any, Literal, cast

import numpy as np

from foundations.autodiff import ops
from foundations.autodiff.tensor import Array
from foundations.errors import ShapeError, ValueRangeError
from implementations.ddpm.diffusion import Diffusion

Spacing = Literal["ends", "stride"]


class GaussianDiffusion(Diffusion):
    r"""DDPM's chain, and what came after it: respacing by both conventions, the interpolated variance.

    Arguments and attributes are those of `implementations.ddpm.Diffusion`.

    Source: Ho et al. 2020, equations 4 and 7; Nichol & Dhariwal 2021, section 3.1 and 4.

    Example:
        >>> from implementations.ddpm import linear_schedule
        >>> GaussianDiffusion(linear_schedule(100)).respaced(4).times.tolist()
        [0, 1, 34, 67, 100]
    """

    def respaced(self, steps: int, *, spacing: Spacing = "ends") -> GaussianDiffusion:
        r"""Return the chain that visits only some of the times.

        $$\beta'_i = 1 - \frac{\bar\alpha_{\tau_i}}{\bar\alpha_{\tau_{i-1}}}$$

        Args:
            steps: How many times; from 1 to T.
            spacing: "ends" spreads them evenly from 1 to T, both among them (a single step is T); "stride"
                takes every (T // steps)-th from 1 on, as DDIM does.

        Raises:
            ValueRangeError: If there are not as many, or the spacing is neither.

        Source: Nichol & Dhariwal 2021, section 4, equation 19; the two spacings as in the authors' code.
        """
        if isinstance(steps, bool) or not isinstance(steps, int | np.integer) or not 1 <= steps <= self.steps:
            raise ValueRangeError(
                f"steps is a whole number from 1 to T = {self.steps}, got {steps!r}: ask for as many"
            )
        if spacing == "ends":
            kept = np.rint(np.linspace(1 if steps > 1 else self.steps, self.steps, steps)).astype(int)
        elif spacing == "stride":
            kept = 1 + self.steps // steps * np.arange(steps)
        else:
            raise ValueRangeError(f"spacing is 'ends' or 'stride', got {spacing!r}")
        return self.at_times(kept)

    def at_times(self, kept: np.ndarray) -> GaussianDiffusion:
        r"""Return the chain that visits the times given, rising whole numbers from 1 to T.

        Raises:
            ValueRangeError: If they are not such.
        """
        kept = self.checked(kept)
        if kept.ndim != 1 or not kept.size or (np.diff(kept) <= 0).any():
            raise ValueRangeError(
                "the times kept rise from step to step: sort them, and leave out doubles",
            )
        signal = self.alpha_bar[np.concatenate([[0], kept])]
        beta = 1 - signal[1:] / signal[:-1]
        return GaussianDiffusion(beta, variance=self.choice, times=self.times[kept])

    def learned_log_variance(self, v: Array, t: Any) -> Any:
        r"""Return the logarithm of a variance between the two bounds, chosen by the network a pixel.

        $$\Sigma_\theta(x_t, t) = \exp\big(u \log \beta_t + (1 - u) \log \tilde\beta_t\big), \quad
        u = (v + 1) / 2$$

        At t = 1, where $\tilde\beta$ is 0, that of t = 2 stands in.

        Args:
            v: What the network puts out, about -1 to 1, shape (B, ...).
            t: Times, a whole number or shape (B,).

        Returns:
            Shape of v.

        Source: Nichol & Dhariwal 2021, equation 15; v from -1 to 1 as in the authors' code (the paper's v
            is our u).
        """
        small = self.posterior_variance.copy()
        small[1] = small[2] if self.steps > 1 else self.beta[1]
        logs = [np.log(np.where(part > 0, part, 1)) for part in (self.beta, small)]
        high, low = (self.at(part, t, v) for part in logs)
        u = (v + 1) / 2
        return u * high + (1 - u) * low

    def model_variance(self, t: int, like: np.ndarray, v: np.ndarray | None) -> np.ndarray:
        """Return sigma_t^2 of a reverse step: learned where there is v, else as chosen."""
        if v is None:
            return self.at(self.variance, t, like)
        return np.exp(self.learned_log_variance(v, t))


def split_prediction(prediction: Any, channels: int) -> tuple[Any, Any]:
    """Return noise and v of what a network put out; v is None where it put out the noise alone.

    Raises:
        ShapeError: If it has neither the channels of the image nor twice as many.
    """
    found = prediction.shape[1]
    if found == channels:
        return prediction, None
    if found == 2 * channels:
        return prediction[:, :channels], prediction[:, channels:]
    raise ShapeError(f"a network puts out {channels} or {2 * channels} channels, got {found}")


def normal_kl(mean: Any, log_variance: Any, other_mean: Any, other_log_variance: Any) -> Any:
    r"""Return the divergence of one normal distribution from another, a number at a time, nats.

    $$\tfrac12 \left(\ell' - \ell - 1 + e^{\ell - \ell'} + (\mu - \mu')^2 e^{-\ell'}\right)$$

    with the log variances $\ell, \ell'$, as the network has them. Arrays or Tensors.
    """
    distance = mean - other_mean
    ratio = ops.exp(log_variance - other_log_variance)
    squared = distance * distance * ops.exp(-other_log_variance)
    return cast(Any, 0.5 * (other_log_variance - log_variance - 1 + ratio + squared))
