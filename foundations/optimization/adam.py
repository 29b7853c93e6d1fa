"""Adam, and Adam with the weight decay taken out of the gradient."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from foundations.autodiff.tensor import Array
from foundations.optimization.algorithm import Step
from foundations.optimization.groups import Group, Parameters
from foundations.optimization.optimizer import Optimizer
from foundations.runtime import axpy


class AdamBase(Optimizer):
    """What Adam and its relatives share: m and v, kept as m / (1 - beta1) and v / (1 - beta2)."""

    slots = ("m", "v")

    @classmethod
    def factors(cls, options: Mapping[str, Any]) -> tuple[float, ...]:
        """Keep both means, and what is made of the second, without their factors."""
        beta1, beta2 = options["betas"]
        return (1 / (1 - beta1), *[1 / (1 - beta2)] * (len(cls.kept(options)) - 1))

    @staticmethod
    def mix(o: Group, g: np.ndarray, m: np.ndarray, v: np.ndarray, s: np.ndarray) -> None:
        """Mix a gradient into both means as they are kept, with s for intermediate results."""
        m *= o.betas[0]
        m += g
        v *= o.betas[1]
        v += np.multiply(g, g, out=s)


class Adam(AdamBase):
    """Divide a running mean of the gradients by the root of a running mean of their squares.

    m <- beta1 m + (1 - beta1) g;  v <- beta2 v + (1 - beta2) g^2;
    theta <- theta - learning_rate m_hat / (sqrt(v_hat) + eps), with m_hat = m / (1 - beta1^t) and
    v_hat = v / (1 - beta2^t), which undo the start at zero.

    Args:
        parameters: Tensors that require gradients, or groups.
        learning_rate: Step size: about how far one element moves in one step.
        betas: Decay rates of the two means, in [0, 1).
        eps: Added to the root.
        weight_decay: Factor of the L2 penalty, added to the gradient.
        amsgrad: Divide by the largest v so far, which mends Adam's counterexamples to convergence.
        maximize: Whether to climb instead of descend.

    Sparse rows: only rows with a gradient move, and only their m and v (and largest v) change; t counts the
    steps of the whole table. This is PyTorch's `SparseAdam`, not the step of the dense gradient, which would
    let the means of all other rows fade and move those rows too.

    Source: Kingma & Ba 2014, arXiv:1412.6980, algorithm 1; AMSGrad: Reddi, Kale & Kumar 2018,
        arXiv:1904.09237, algorithm 2 (the maximum is taken of v before its correction, as in PyTorch).
    Deviation: PyTorch's `SparseAdam` adds eps to sqrt(v) before its correction; here it is algorithm 1's
        for rows too.

    Example:
        >>> from foundations.autodiff import Tensor
        >>> x = Tensor([1.0], requires_grad=True)
        >>> optimizer = Adam([x], learning_rate=0.1)
        >>> (x * x).sum().backward()
        >>> optimizer.step()
        >>> f"{x.item():.4f}"
        '0.9000'
    """

    takes_rows = True

    def __init__(
        self,
        parameters: Parameters,
        learning_rate: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        amsgrad: bool = False,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            parameters,
            learning_rate=learning_rate,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            amsgrad=amsgrad,
            maximize=maximize,
        )

    @classmethod
    def kept(cls, options: Mapping[str, Any]) -> tuple[str, ...]:
        """Keep the largest v too for AMSGrad."""
        return ("m", "v", "v_max") if options["amsgrad"] else ("m", "v")

    @staticmethod
    def definition(o: Group, t: int, theta: Array, g: Array, *state: Array) -> Step:
        """Kingma & Ba 2014, algorithm 1; with v_max, Reddi, Kale & Kumar 2018, algorithm 2."""
        (m, v, *v_max), (beta1, beta2) = state, o.betas
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        if o.amsgrad:
            v_max = [np.maximum(v_max[0], v)]
        m_hat = m / (1 - beta1**t)
        v_hat = (v_max[0] if o.amsgrad else v) / (1 - beta2**t)
        theta = theta - o.learning_rate * m_hat / (np.sqrt(v_hat) + o.eps)
        return theta, m, v, *v_max

    def prepare(self, o: Group, t: int) -> tuple[float, float]:
        """Fold every constant factor into the step size and eps, so that no pass is spent on it.

        With M = m / (1 - beta1), V = v / (1 - beta2) and c = sqrt(V / v_hat),
        lr m_hat / (sqrt(v_hat) + eps) = (lr c (1 - beta1) / (1 - beta1^t)) M / (sqrt(V) + eps c).
        """
        beta1, beta2 = o.betas
        c = math.sqrt((1 - beta2**t) / (1 - beta2))
        return o.learning_rate * c * (1 - beta1) / (1 - beta1**t), o.eps * c

    def update(
        self, o: Group, c: Any, p: np.ndarray, g: np.ndarray, scratch: list[np.ndarray], *slots: np.ndarray
    ) -> None:
        """Move one stretch."""
        (step_size, eps), s, (M, V, *largest) = c, scratch[0], slots
        self.mix(o, g, M, V, s)
        if largest:
            V = np.maximum(largest[0], V, out=largest[0])
        np.sqrt(V, out=s)
        s += eps
        np.divide(M, s, out=s)
        axpy(-step_size, s, p)


class AdamW(Adam):
    """Adam whose weight decay shrinks the parameter itself instead of entering the two means.

    theta <- (1 - learning_rate weight_decay) theta, then Adam's step.

    Sparse rows: as `Adam`, and only with weight_decay=0, for decay moves every row.

    Source: Loshchilov & Hutter 2017, arXiv:1711.05101, algorithm 2.
    """

    def __init__(
        self,
        parameters: Parameters,
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

    @classmethod
    def decouples(cls, options: Mapping[str, Any]) -> bool:
        """Shrink the parameter itself."""
        return True
