"""A diffusion of the plane whose answers are known: what the page's figure computes again.

The data are three normal clouds, one a class. Their noisy densities, the best guess of the noise and the
classifier are closed forms, so nothing is trained. The noise comes from a generator of one line, so that a
page can draw the same numbers.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from implementations.ddpm.schedules import linear_schedule
from papers.diffusion.gaussian import GaussianDiffusion
from papers.diffusion.stepping import ddim_step

CENTRES = np.array([[-0.7, -0.5], [0.75, -0.35], [0.0, 0.75]])
SHARES = np.array([0.5, 0.3, 0.2])
SPREAD = 0.12
"""Standard deviation of each cloud."""
STEPS, POINTS = 100, 120


class Congruential:
    """s ← (1664525 s + 1013904223) mod 2³², read in pairs as normal numbers (Box and Muller)."""

    def __init__(self, seed: int) -> None:
        self.state = seed

    def uniform(self) -> float:
        """Return a number in (0, 1)."""
        self.state = (1664525 * self.state + 1013904223) % 2**32
        return (self.state + 0.5) / 2**32

    def standard_normal(self, shape: tuple[int, ...], dtype: object = None) -> np.ndarray:
        """Return normal numbers, row by row, float64; what a sampler asks its source for."""
        found = [
            math.sqrt(-2 * math.log(self.uniform())) * math.cos(2 * math.pi * self.uniform())
            for _ in range(math.prod(shape))
        ]
        return np.array(found).reshape(shape)


def chain() -> GaussianDiffusion:
    """Return the figure's chain: T = 100, DDPM's range of variances times 10."""
    return GaussianDiffusion(linear_schedule(STEPS, 1e-3, 0.2))


def responsibilities(x: np.ndarray, alpha_bar: float) -> tuple[np.ndarray, np.ndarray]:
    r"""Return $p(y \mid x_t)$ and the slopes of $\log q(x_t \mid y)$, shapes (n, 3) and (n, 3, 2).

    $x_t$ of cloud y is $N(\sqrt{\bar\alpha}\, m_y, v I)$ with $v = \bar\alpha s^2 + 1 - \bar\alpha$.
    """
    variance = alpha_bar * SPREAD**2 + 1 - alpha_bar
    away = math.sqrt(alpha_bar) * CENTRES - x[:, None]  # (n, 3, 2)
    logits = np.log(SHARES) - (away**2).sum(axis=2) / (2 * variance)
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True), away / variance


def best_noise(x: np.ndarray, alpha_bar: float) -> np.ndarray:
    r"""Return the best guess of the noise, $-\sqrt{1 - \bar\alpha}\, \nabla \log q(x_t)$, shape (n, 2)."""
    p, slopes = responsibilities(x, alpha_bar)
    return -math.sqrt(1 - alpha_bar) * (p[:, :, None] * slopes).sum(axis=1)


def pull(x: np.ndarray, alpha_bar: float, towards: int) -> np.ndarray:
    r"""Return $\nabla_{x_t} \log p(y \mid x_t)$: the slope of its cloud minus the mean slope, (n, 2)."""
    p, slopes = responsibilities(x, alpha_bar)
    return slopes[:, towards] - (p[:, :, None] * slopes).sum(axis=1)


class Live:
    """A cloud of points on its way from noise to data.

    Args:
        steps: S, of the way back.
        eta: Of DDIM.
        scale: s of the guidance.
        clip: Whether guesses of x_0 are cut to [-1, 1].
        at: Where the classifier's gradient is taken: "x", or "mean", where the step would lead unguided.
        towards: The class, 0 to 2.
        seed: Of x_T and of all noise.

    Attributes:
        path: Where the points were, shape (steps + 1, POINTS, 2); row 0 is x_T.
    """

    def __init__(
        self,
        steps: int = 20,
        eta: float = 0.0,
        scale: float = 0.0,
        clip: bool = False,
        at: Literal["x", "mean"] = "x",
        towards: int = 2,
        seed: int = 1,
    ) -> None:
        self.walked = chain().respaced(steps)
        rng = Congruential(seed)
        x = rng.standard_normal((POINTS, 2))
        path = [x]

        def seen(x: np.ndarray, t: np.ndarray) -> np.ndarray:
            return best_noise(x, chain_share(self.walked, t))

        for t in range(steps, 0, -1):

            def gradient(x: np.ndarray, told: np.ndarray, t: int = t) -> np.ndarray:
                if at == "x":
                    return pull(x, float(self.walked.alpha_bar[t]), towards)
                still = Congruential(0)  # eta = 0 below: its numbers are not used
                free = ddim_step(seen, self.walked, x, t, rng=still, clip=clip)  # type: ignore[arg-type]
                return pull(free.images, float(self.walked.alpha_bar[max(t - 1, 1)]), towards)

            x = ddim_step(
                seen,
                self.walked,
                x,
                t,
                rng=rng,  # type: ignore[arg-type]
                eta=eta,
                clip=clip,
                gradient=gradient,
                scale=scale,
            ).images
            path.append(x)
        self.path = np.array(path)

    def shares(self) -> np.ndarray:
        """Return the share of points that end nearest to each centre, shape (3,)."""
        away = ((self.path[-1][:, None] - CENTRES) ** 2).sum(axis=2)
        return np.bincount(away.argmin(axis=1), minlength=3) / POINTS

    def outside(self) -> float:
        """Return the share of points that end more than three standard deviations from every centre."""
        away = ((self.path[-1][:, None] - CENTRES) ** 2).sum(axis=2)
        return float((away.min(axis=1) > 9 * SPREAD**2).mean())


def chain_share(walked: GaussianDiffusion, told: np.ndarray) -> float:
    """Return the share of signal at the time that a sampler tells its network."""
    return float(chain().alpha_bar[int(told[0])])
