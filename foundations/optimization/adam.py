"""Adam, and Adam with the weight decay taken out of the gradient."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from foundations.autodiff.tensor import Tensor
from foundations.optimization.optimizer import Optimizer, check_at_least_zero, check_shares
from foundations.runtime import axpy


class AdamBase(Optimizer):
    """What Adam and its relatives share: the running means of the gradients and of their squares.

    They are kept without their factors, as M = m / (1 - beta1) and V = v / (1 - beta2), which saves a pass
    each; `prepare` of a subclass puts the factors where they cost nothing.
    """

    slots = ("mean", "square")

    def __init__(
        self,
        parameters: Iterable[Tensor],
        learning_rate: float,
        betas: tuple[float, float],
        eps: float,
        weight_decay: float,
        *,
        maximize: bool,
    ) -> None:
        check_shares(beta1=betas[0], beta2=betas[1])
        check_at_least_zero(eps=eps)
        self.betas = betas
        self.eps = eps
        super().__init__(parameters, learning_rate, weight_decay=weight_decay, maximize=maximize)

    def mix(self, g: np.ndarray, m: np.ndarray, v: np.ndarray, s: np.ndarray) -> None:
        """Mix a gradient into M and V, with s for intermediate results."""
        m *= self.betas[0]
        m += g
        v *= self.betas[1]
        v += np.multiply(g, g, out=s)


class Adam(AdamBase):
    """Divide a running mean of the gradients by the root of a running mean of their squares.

    m <- beta1 m + (1 - beta1) g;  v <- beta2 v + (1 - beta2) g^2;
    theta <- theta - learning_rate m_hat / (sqrt(v_hat) + eps), with m_hat = m / (1 - beta1^t) and
    v_hat = v / (1 - beta2^t), which undo the start at zero.

    Args:
        parameters: Tensors that require gradients.
        learning_rate: Step size: about how far one element moves in one step.
        betas: Decay rates of the two means, in [0, 1).
        eps: Added to the root.
        weight_decay: Factor of the L2 penalty, added to the gradient.
        amsgrad: Divide by the largest v so far, which mends Adam's counterexamples to convergence.
        maximize: Whether to climb instead of descend.

    Source: Kingma & Ba 2014, arXiv:1412.6980, algorithm 1; AMSGrad: Reddi, Kale & Kumar 2018,
        arXiv:1904.09237, algorithm 2 (the maximum is taken of v before its correction, as in PyTorch).

    Example:
        >>> x = Tensor([1.0], requires_grad=True)
        >>> optimizer = Adam([x], learning_rate=0.1)
        >>> (x * x).sum().backward()
        >>> optimizer.step()
        >>> f"{x.item():.4f}"
        '0.9000'
    """

    def __init__(
        self,
        parameters: Iterable[Tensor],
        learning_rate: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        amsgrad: bool = False,
        maximize: bool = False,
    ) -> None:
        if amsgrad:
            self.slots = (*self.slots, "largest")
        super().__init__(parameters, learning_rate, betas, eps, weight_decay, maximize=maximize)

    def prepare(self, count: int) -> None:
        """Fold every constant factor into the step size and eps, so that no pass is spent on it.

        With c = sqrt((1 - beta2^t) / (1 - beta2)), which is sqrt(V / v_hat),
        lr m_hat / (sqrt(v_hat) + eps) = (lr c (1 - beta1) / (1 - beta1^t)) M / (sqrt(V) + eps c).
        """
        beta1, beta2 = self.betas
        c = math.sqrt((1 - beta2**count) / (1 - beta2))
        self._step_size = self.learning_rate * c * (1 - beta1) / (1 - beta1**count)
        self._eps = self.eps * c

    def update(self, p: np.ndarray, g: np.ndarray, scratch: list[np.ndarray], *slots: np.ndarray) -> None:
        """Move one stretch: Kingma & Ba 2014, algorithm 1."""
        s, (m, v, *largest) = scratch[0], slots
        self.mix(g, m, v, s)
        if largest:
            v = np.maximum(largest[0], v, out=largest[0])
        np.sqrt(v, out=s)
        s += self._eps
        np.divide(m, s, out=s)
        axpy(-self._step_size, s, p)


class AdamW(Adam):
    """Adam whose weight decay shrinks the parameter itself instead of entering the two means.

    theta <- (1 - learning_rate weight_decay) theta, then Adam's step.

    Source: Loshchilov & Hutter 2017, arXiv:1711.05101, algorithm 2.
    """

    decoupled_decay = True

    def __init__(
        self,
        parameters: Iterable[Tensor],
        learning_rate: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        *,
        amsgrad: bool = False,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            parameters, learning_rate, betas, eps, weight_decay, amsgrad=amsgrad, maximize=maximize
        )
