"""Relatives of Adam: another norm, Nesterov's look ahead, and a warmup computed from the variance."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from foundations.autodiff.tensor import Array
from foundations.optimization.adam import AdamBase
from foundations.optimization.algorithm import Step
from foundations.optimization.groups import Group, Parameters
from foundations.runtime import axpy


class AdaMax(AdamBase):
    """Divide the mean of the gradients by a fading maximum of their magnitudes.

    m <- beta1 m + (1 - beta1) g;  u <- max(beta2 u, |g| + eps);
    theta <- theta - learning_rate / (1 - beta1^t) m / u.

    Args:
        parameters: Tensors that require gradients, or groups.
        learning_rate: Step size.
        betas: Decay rates of the mean and of the maximum, in [0, 1).
        eps: Added to the magnitude, so that no division is by 0.
        weight_decay: Factor of the L2 penalty, added to the gradient.
        maximize: Whether to climb instead of descend.

    Source: Kingma & Ba 2014, arXiv:1412.6980, algorithm 2; eps as in PyTorch.
    """

    slots = ("m", "u")

    def __init__(
        self,
        parameters: Parameters,
        learning_rate: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            parameters,
            learning_rate=learning_rate,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            maximize=maximize,
        )

    @classmethod
    def factors(cls, options: Mapping[str, Any]) -> tuple[float, ...]:
        """Keep the mean without its factor."""
        return 1 / (1 - options["betas"][0]), 1.0

    @staticmethod
    def definition(o: Group, t: int, theta: Array, g: Array, *state: Array) -> Step:
        """Kingma & Ba 2014, algorithm 2, with eps beside |g|."""
        (m, u), (beta1, beta2) = state, o.betas
        m = beta1 * m + (1 - beta1) * g
        u = np.maximum(beta2 * u, np.abs(g) + o.eps)
        theta = theta - o.learning_rate / (1 - beta1**t) * m / u
        return theta, m, u

    def prepare(self, o: Group, t: int) -> float:
        """Undo the start of the mean at zero, and give it its factor."""
        return o.learning_rate * (1 - o.betas[0]) / (1 - o.betas[0] ** t)

    def update(
        self, o: Group, c: Any, p: np.ndarray, g: np.ndarray, scratch: list[np.ndarray], *slots: np.ndarray
    ) -> None:
        """Move one stretch."""
        s, (M, u) = scratch[0], slots
        M *= o.betas[0]
        M += g
        u *= o.betas[1]
        np.abs(g, out=s)
        s += o.eps
        np.maximum(u, s, out=u)
        np.divide(M, u, out=s)
        axpy(-c, s, p)


class NAdam(AdamBase):
    """Adam that looks ahead as Nesterov does: the step is taken with the mean of the next moment.

    theta <- theta - learning_rate ((1 - mu_t) g / (1 - prod_{i<=t} mu_i)
    + mu_{t+1} m / (1 - prod_{i<=t+1} mu_i)) / (sqrt(v_hat) + eps), mu_t = beta1 (1 - 0.96^(t decay) / 2).

    Args:
        parameters: Tensors that require gradients, or groups.
        learning_rate: Step size.
        betas: Decay rates of the two means, in [0, 1).
        eps: Added to the root.
        weight_decay: Factor of the L2 penalty, added to the gradient, or of the shrinking.
        momentum_decay: How fast mu_t rises from beta1 / 2 to beta1, at least 0; cannot be changed after the
            first step, for the product is one over all steps.
        decoupled_weight_decay: Whether weight decay shrinks the parameter itself, as in AdamW.
        maximize: Whether to climb instead of descend.

    Source: Dozat 2016, Incorporating Nesterov Momentum into Adam, ICLR workshop, algorithm 2, with its
        schedule of mu.
    """

    n_scratch = 2
    fixed = ("momentum_decay", "betas")

    def __init__(
        self,
        parameters: Parameters,
        learning_rate: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum_decay: float = 4e-3,
        *,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
    ) -> None:
        # prod_{i<=t} mu_i by t, for each (beta1, decay): a function of t, so that resuming needs nothing
        self._products: dict[tuple[float, float], list[float]] = {}
        super().__init__(
            parameters,
            learning_rate=learning_rate,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            momentum_decay=momentum_decay,
            decoupled_weight_decay=decoupled_weight_decay,
            maximize=maximize,
        )

    @staticmethod
    def mu(o: Group, t: int) -> float:
        """Return the momentum of step t, Dozat 2016."""
        return o.betas[0] * (1 - 0.5 * 0.96 ** (t * o.momentum_decay))

    @staticmethod
    def definition(o: Group, t: int, theta: Array, g: Array, *state: Array) -> Step:
        """Dozat 2016, algorithm 2."""
        (m, v), (beta1, beta2) = state, o.betas
        mu = lambda i: NAdam.mu(o, i)
        product = math.prod(mu(i) for i in range(1, t + 1))
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        g_hat = g / (1 - product)
        m_hat = m / (1 - product * mu(t + 1))
        v_hat = v / (1 - beta2**t)
        m_bar = (1 - mu(t)) * g_hat + mu(t + 1) * m_hat
        theta = theta - o.learning_rate * m_bar / (np.sqrt(v_hat) + o.eps)
        return theta, m, v

    def prepare(self, o: Group, t: int) -> tuple[float, float, float]:
        """Weigh the gradient, the mean and eps, all relative to sqrt(V), which is c sqrt(v_hat)."""
        products = self._products.setdefault((o.betas[0], o.momentum_decay), [1.0])
        while len(products) <= t + 1:
            products.append(products[-1] * self.mu(o, len(products)))
        beta1, beta2 = o.betas
        c = math.sqrt((1 - beta2**t) / (1 - beta2))
        of_gradient = o.learning_rate * c * (1 - self.mu(o, t)) / (1 - products[t])
        of_mean = o.learning_rate * c * (1 - beta1) * self.mu(o, t + 1) / (1 - products[t + 1])
        return of_gradient, of_mean, o.eps * c

    def update(
        self, o: Group, c: Any, p: np.ndarray, g: np.ndarray, scratch: list[np.ndarray], *slots: np.ndarray
    ) -> None:
        """Move one stretch."""
        (of_gradient, of_mean, eps), (s, step), (M, V) = c, scratch, slots
        self.mix(o, g, M, V, s)
        np.multiply(g, of_gradient, out=step)
        step += np.multiply(M, of_mean, out=s)
        np.sqrt(V, out=s)
        s += eps
        step /= s
        p -= step


class RAdam(AdamBase):
    """Adam without division while too few gradients have been seen to know their mean square.

    rho_t = rho_inf - 2 t beta2^t / (1 - beta2^t), rho_inf = 2 / (1 - beta2) - 1, is how many gradients the
    mean of squares is worth. Up to 5, theta <- theta - learning_rate m_hat; afterwards Adam's step times
    r_t = sqrt((rho_t - 4) (rho_t - 2) rho_inf / ((rho_inf - 4) (rho_inf - 2) rho_t)).

    Args:
        parameters: Tensors that require gradients, or groups.
        learning_rate: Step size.
        betas: Decay rates of the two means, in [0, 1).
        eps: Added to the root, before its correction.
        weight_decay: Factor of the L2 penalty, added to the gradient, or of the shrinking.
        decoupled_weight_decay: Whether weight decay shrinks the parameter itself, as in AdamW.
        maximize: Whether to climb instead of descend.

    Source: Liu et al. 2019, arXiv:1908.03265, algorithm 2.
    Deviation: the threshold is 5, as in PyTorch, where the paper has 4; eps, which the paper lacks, is
        PyTorch's.
    """

    def __init__(
        self,
        parameters: Parameters,
        learning_rate: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            parameters,
            learning_rate=learning_rate,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            decoupled_weight_decay=decoupled_weight_decay,
            maximize=maximize,
        )

    @staticmethod
    def definition(o: Group, t: int, theta: Array, g: Array, *state: Array) -> Step:
        """Liu et al. 2019, algorithm 2."""
        (m, v), (beta1, beta2) = state, o.betas
        rho_inf = 2 / (1 - beta2) - 1
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**t)
        rho = rho_inf - 2 * t * beta2**t / (1 - beta2**t)
        if rho > 5:  # the paper: 4
            l = np.sqrt(1 - beta2**t) / (np.sqrt(v) + o.eps)
            r = (rho - 4) * (rho - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho)
            theta = theta - o.learning_rate * np.sqrt(r) * m_hat * l
        else:
            theta = theta - o.learning_rate * m_hat
        return theta, m, v

    def prepare(self, o: Group, t: int) -> tuple[float, float, bool]:
        """Say how long the step is, what eps is beside sqrt(V), and whether v is trusted."""
        beta1, beta2 = o.betas
        limit = 2 / (1 - beta2) - 1
        rho = limit - 2 * t * beta2**t / (1 - beta2**t)
        step_size = o.learning_rate * (1 - beta1) / (1 - beta1**t)
        if rho <= 5:
            return step_size, 0.0, False
        rectification = math.sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho))
        correction = math.sqrt((1 - beta2**t) / (1 - beta2))
        return step_size * rectification * correction, o.eps / math.sqrt(1 - beta2), True

    def update(
        self, o: Group, c: Any, p: np.ndarray, g: np.ndarray, scratch: list[np.ndarray], *slots: np.ndarray
    ) -> None:
        """Move one stretch."""
        (step_size, eps, divides), s, (M, V) = c, scratch[0], slots
        self.mix(o, g, M, V, s)
        if divides:
            np.sqrt(V, out=s)
            s += eps
            axpy(-step_size, np.divide(M, s, out=s), p)
        else:
            axpy(-step_size, M, p)
