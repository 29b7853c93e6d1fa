"""Relatives of Adam: another norm, Nesterov's look ahead, and a warmup computed from the variance."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from foundations.autodiff.tensor import Tensor
from foundations.optimization.adam import AdamBase
from foundations.optimization.optimizer import check_at_least_zero
from foundations.runtime import axpy


class AdaMax(AdamBase):
    """Divide the mean of the gradients by a fading maximum of their magnitudes.

    m <- beta1 m + (1 - beta1) g;  u <- max(beta2 u, |g| + eps);
    theta <- theta - learning_rate / (1 - beta1^t) m / u.

    Args:
        parameters: Tensors that require gradients.
        learning_rate: Step size.
        betas: Decay rates of the mean and of the maximum, in [0, 1).
        eps: Added to the magnitude, so that no division is by 0.
        weight_decay: Factor of the L2 penalty, added to the gradient.
        maximize: Whether to climb instead of descend.

    Source: Kingma & Ba 2014, arXiv:1412.6980, algorithm 2; eps as in PyTorch.
    """

    def __init__(
        self,
        parameters: Iterable[Tensor],
        learning_rate: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(parameters, learning_rate, betas, eps, weight_decay, maximize=maximize)

    def prepare(self, count: int) -> None:
        """Undo the start of the mean at zero, and give it its factor."""
        beta1 = self.betas[0]
        self._step_size = self.learning_rate * (1 - beta1) / (1 - beta1**count)

    def update(self, p: np.ndarray, g: np.ndarray, scratch: list[np.ndarray], *slots: np.ndarray) -> None:
        """Move one stretch: Kingma & Ba 2014, algorithm 2."""
        s, (m, u) = scratch[0], slots
        m *= self.betas[0]
        m += g
        u *= self.betas[1]
        np.abs(g, out=s)
        s += self.eps
        np.maximum(u, s, out=u)
        np.divide(m, u, out=s)
        axpy(-self._step_size, s, p)


class NAdam(AdamBase):
    """Adam that looks ahead as Nesterov does: the step is taken with the mean of the next moment.

    theta <- theta - learning_rate ((1 - mu_t) g / (1 - prod_{i<=t} mu_i)
    + mu_{t+1} m / (1 - prod_{i<=t+1} mu_i)) / (sqrt(v_hat) + eps), mu_t = beta1 (1 - 0.96^(t decay) / 2).

    Args:
        parameters: Tensors that require gradients.
        learning_rate: Step size.
        betas: Decay rates of the two means, in [0, 1).
        eps: Added to the root.
        weight_decay: Factor of the L2 penalty, added to the gradient, or of the shrinking.
        momentum_decay: How fast mu_t rises from beta1 / 2 to beta1, at least 0.
        decoupled_weight_decay: Whether weight decay shrinks the parameter itself, as in AdamW.
        maximize: Whether to climb instead of descend.

    Source: Dozat 2016, Incorporating Nesterov Momentum into Adam, ICLR workshop, algorithm 2, with its
        schedule of mu.
    """

    n_scratch = 2

    def __init__(
        self,
        parameters: Iterable[Tensor],
        learning_rate: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum_decay: float = 4e-3,
        *,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
    ) -> None:
        check_at_least_zero(momentum_decay=momentum_decay)
        self.momentum_decay = momentum_decay
        self._products = [1.0]  # prod_{i<=t} mu_i by t: a function of t, so that resuming needs nothing
        self.decoupled_decay = decoupled_weight_decay
        super().__init__(parameters, learning_rate, betas, eps, weight_decay, maximize=maximize)

    def _mu(self, t: int) -> float:
        return self.betas[0] * (1 - 0.5 * 0.96 ** (t * self.momentum_decay))

    def prepare(self, count: int) -> None:
        """Weigh the gradient, the mean and eps, all relative to sqrt(V), which is c sqrt(v_hat)."""
        while len(self._products) <= count + 1:
            self._products.append(self._products[-1] * self._mu(len(self._products)))
        beta1, beta2 = self.betas
        c = math.sqrt((1 - beta2**count) / (1 - beta2))
        rate = self.learning_rate * c
        self._of_gradient = rate * (1 - self._mu(count)) / (1 - self._products[count])
        self._of_mean = rate * (1 - beta1) * self._mu(count + 1) / (1 - self._products[count + 1])
        self._eps = self.eps * c

    def update(self, p: np.ndarray, g: np.ndarray, scratch: list[np.ndarray], *slots: np.ndarray) -> None:
        """Move one stretch: Dozat 2016, algorithm 2."""
        (s, step), (m, v) = scratch, slots
        self.mix(g, m, v, s)
        np.multiply(g, self._of_gradient, out=step)
        step += np.multiply(m, self._of_mean, out=s)
        np.sqrt(v, out=s)
        s += self._eps
        step /= s
        p -= step


class RAdam(AdamBase):
    """Adam without division while too few gradients have been seen to know their mean square.

    rho_t = rho_inf - 2 t beta2^t / (1 - beta2^t), rho_inf = 2 / (1 - beta2) - 1, is how many gradients the
    mean of squares is worth. Up to 5, theta <- theta - learning_rate m_hat; afterwards Adam's step times
    r_t = sqrt((rho_t - 4) (rho_t - 2) rho_inf / ((rho_inf - 4) (rho_inf - 2) rho_t)).

    Args:
        parameters: Tensors that require gradients.
        learning_rate: Step size.
        betas: Decay rates of the two means, in [0, 1).
        eps: Added to the root, before its correction.
        weight_decay: Factor of the L2 penalty, added to the gradient, or of the shrinking.
        decoupled_weight_decay: Whether weight decay shrinks the parameter itself, as in AdamW.
        maximize: Whether to climb instead of descend.

    Source: Liu et al. 2019, arXiv:1908.03265, algorithm 2; the threshold is 5, as in PyTorch, where the paper
        has 4.
    """

    def __init__(
        self,
        parameters: Iterable[Tensor],
        learning_rate: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
    ) -> None:
        self.decoupled_decay = decoupled_weight_decay
        super().__init__(parameters, learning_rate, betas, eps, weight_decay, maximize=maximize)

    def prepare(self, count: int) -> None:
        """Say whether the mean of squares is to be trusted, and how far."""
        beta1, beta2 = self.betas
        correction = 1 - beta2**count
        limit = 2 / (1 - beta2) - 1
        rho = limit - 2 * count * beta2**count / correction
        self._step_size = self.learning_rate * (1 - beta1) / (1 - beta1**count)
        self._eps = self.eps / math.sqrt(1 - beta2)
        self._divides = rho > 5
        if self._divides:
            rectification = math.sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho))
            self._step_size *= rectification * math.sqrt(correction / (1 - beta2))

    def update(self, p: np.ndarray, g: np.ndarray, scratch: list[np.ndarray], *slots: np.ndarray) -> None:
        """Move one stretch: Liu et al. 2019, algorithm 2."""
        s, (m, v) = scratch[0], slots
        self.mix(g, m, v, s)
        if self._divides:
            np.sqrt(v, out=s)
            s += self._eps
            axpy(-self._step_size, np.divide(m, s, out=s), p)
        else:
            axpy(-self._step_size, m, p)
