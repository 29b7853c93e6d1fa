"""Steps divided by the root of all squared gradients so far, and the two ways to let old ones fade."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from foundations.autodiff.tensor import Tensor
from foundations.optimization.optimizer import Optimizer, check_at_least_zero, check_shares
from foundations.runtime import axpy


class AdaGrad(Optimizer):
    """Divide each element's gradient by the root of the sum of its squares so far.

    s <- s + g^2;  theta <- theta - lr_t g / (sqrt(s) + eps), lr_t = learning_rate / (1 + (t - 1) decay).

    Args:
        parameters: Tensors that require gradients.
        learning_rate: Step size; the first step moves every element by about this much.
        learning_rate_decay: How fast lr_t falls with the number t of the step, at least 0.
        weight_decay: Factor of the L2 penalty, added to the gradient.
        initial_accumulator_value: Where s starts, at least 0.
        eps: Added to the root.
        maximize: Whether to climb instead of descend.

    Source: Duchi, Hazan & Singer 2011, JMLR 12:2121-2159, figure 1, with a diagonal matrix.
    """

    slots = ("total",)

    def __init__(
        self,
        parameters: Iterable[Tensor],
        learning_rate: float = 1e-2,
        learning_rate_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
        *,
        maximize: bool = False,
    ) -> None:
        check_at_least_zero(
            learning_rate_decay=learning_rate_decay,
            initial_accumulator_value=initial_accumulator_value,
            eps=eps,
        )
        self.learning_rate_decay = learning_rate_decay
        self.initial_accumulator_value = initial_accumulator_value
        self.eps = eps
        super().__init__(parameters, learning_rate, weight_decay=weight_decay, maximize=maximize)

    def start(self, name: str, p: np.ndarray) -> np.ndarray:
        """Return the sum before the first gradient."""
        return np.full_like(p, self.initial_accumulator_value)

    def prepare(self, count: int) -> None:
        """Lower the step size."""
        self._step_size = self.learning_rate / (1 + (count - 1) * self.learning_rate_decay)

    def update(self, p: np.ndarray, g: np.ndarray, scratch: list[np.ndarray], *slots: np.ndarray) -> None:
        """Move one stretch: Duchi, Hazan & Singer 2011, figure 1."""
        s, (total,) = scratch[0], slots
        total += np.multiply(g, g, out=s)
        np.sqrt(total, out=s)
        s += self.eps
        np.divide(g, s, out=s)
        axpy(-self._step_size, s, p)


class AdaDelta(Optimizer):
    """Divide by the root of a running mean of squared gradients, multiply by that of squared steps.

    v <- rho v + (1 - rho) g^2;  d = g sqrt(u + eps) / sqrt(v + eps);  u <- rho u + (1 - rho) d^2;
    theta <- theta - learning_rate d. The ratio of roots gives d the unit of theta.

    Args:
        parameters: Tensors that require gradients.
        learning_rate: Factor of the step; 1 in the paper.
        rho: Decay rate of both means, in [0, 1).
        eps: Added under both roots; sets the size of the first steps.
        weight_decay: Factor of the L2 penalty, added to the gradient.
        maximize: Whether to climb instead of descend.

    Source: Zeiler 2012, arXiv:1212.5701, algorithm 1.
    """

    slots = ("square", "square_step")
    n_scratch = 2

    def __init__(
        self,
        parameters: Iterable[Tensor],
        learning_rate: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        check_shares(rho=rho)
        check_at_least_zero(eps=eps)
        self.rho = rho
        self.eps = eps
        super().__init__(parameters, learning_rate, weight_decay=weight_decay, maximize=maximize)

    def prepare(self, count: int) -> None:
        """Scale eps like the means, which are kept as v / (1 - rho) and u / (1 - rho) to save two passes."""
        self._eps = self.eps / (1 - self.rho)

    def update(self, p: np.ndarray, g: np.ndarray, scratch: list[np.ndarray], *slots: np.ndarray) -> None:
        """Move one stretch: Zeiler 2012, algorithm 1."""
        (s, d), (v, u) = scratch, slots
        v *= self.rho
        v += np.multiply(g, g, out=s)
        np.add(v, self._eps, out=s)
        np.add(u, self._eps, out=d)
        d /= s
        np.sqrt(d, out=d)
        d *= g
        u *= self.rho
        u += np.multiply(d, d, out=s)
        axpy(-self.learning_rate, d, p)


class RMSProp(Optimizer):
    """Divide the gradient by the root of a running mean of its squares.

    v <- alpha v + (1 - alpha) g^2;  d = g / (sqrt(v) + eps);  theta <- theta - learning_rate d.
    Centered: v - m^2 instead of v, m the running mean of g, so that it is the variance that divides.
    With momentum: b <- momentum b + d, and b takes the place of d.

    Args:
        parameters: Tensors that require gradients.
        learning_rate: Step size.
        alpha: Decay rate of the means, in [0, 1).
        eps: Added to the root.
        weight_decay: Factor of the L2 penalty, added to the gradient.
        momentum: How much of the last direction is kept, in [0, 1).
        centered: Whether to divide by the standard deviation instead of the root mean square.
        maximize: Whether to climb instead of descend.

    Source: Tieleman & Hinton 2012, lecture 6.5 of Neural Networks for Machine Learning; centered and with
        momentum: Graves 2013, arXiv:1308.0850, equations 38 to 41.
    Deviation: v - m^2 is at least 0 in exact arithmetic; where rounding makes it negative, it counts as 0
        (PyTorch gives NaN).
    """

    def __init__(
        self,
        parameters: Iterable[Tensor],
        learning_rate: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        *,
        centered: bool = False,
        maximize: bool = False,
    ) -> None:
        check_shares(alpha=alpha, momentum=momentum)
        check_at_least_zero(eps=eps)
        self.alpha = alpha
        self.eps = eps
        self.momentum = momentum
        self.centered = centered
        self.slots = ("square", *(("mean",) if centered else ()), *(("direction",) if momentum else ()))
        super().__init__(parameters, learning_rate, weight_decay=weight_decay, maximize=maximize)

    def prepare(self, count: int) -> None:
        """Fold the constant factors into the step size and eps, as Adam does.

        The means are kept as c^2 v and c m, with c = 1 / sqrt(1 - alpha):
        g / (sqrt(v - m^2) + eps) = c g / (sqrt(c^2 v - (c m)^2) + c eps).
        """
        c = 1 / math.sqrt(1 - self.alpha)
        self._eps = self.eps * c
        self._step_size = self.learning_rate * c

    def update(self, p: np.ndarray, g: np.ndarray, scratch: list[np.ndarray], *slots: np.ndarray) -> None:
        """Move one stretch."""
        s, v = scratch[0], slots[0]
        v *= self.alpha
        v += np.multiply(g, g, out=s)
        if self.centered:
            m = slots[1]
            m *= self.alpha
            axpy(math.sqrt(1 - self.alpha), g, m)
            np.multiply(m, m, out=s)
            np.subtract(v, s, out=s)
            np.maximum(s, 0, out=s)
            np.sqrt(s, out=s)
        else:
            np.sqrt(v, out=s)
        s += self._eps
        np.divide(g, s, out=s)
        if self.momentum:
            b = slots[-1]
            b *= self.momentum
            b += s
            axpy(-self._step_size, b, p)
        else:
            axpy(-self._step_size, s, p)
