"""Steps divided by the root of all squared gradients so far, and the two ways to let old ones fade."""

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


class AdaGrad(Optimizer):
    """Divide each element's gradient by the root of the sum of its squares so far.

    G <- G + g^2;  theta <- theta - lr_t g / (sqrt(G) + eps), lr_t = learning_rate / (1 + (t - 1) decay).

    Args:
        parameters: Tensors that require gradients, or groups.
        learning_rate: Step size; the first step moves every element by about this much.
        learning_rate_decay: How fast lr_t falls with the number t of the step, at least 0.
        weight_decay: Factor of the L2 penalty, added to the gradient.
        initial_accumulator_value: Where G starts, at least 0; cannot be changed after the first step.
        eps: Added to the root.
        maximize: Whether to climb instead of descend.

    Sparse rows: the steps are those of the dense gradient, for a row whose gradient is 0 stays where it is.

    Source: Duchi, Hazan & Singer 2011, JMLR 12:2121-2159, figure 1, with a diagonal matrix.
    """

    slots = ("G",)
    takes_rows = True
    fixed = ("initial_accumulator_value",)

    def __init__(
        self,
        parameters: Parameters,
        learning_rate: float = 1e-2,
        learning_rate_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            parameters,
            learning_rate=learning_rate,
            learning_rate_decay=learning_rate_decay,
            weight_decay=weight_decay,
            initial_accumulator_value=initial_accumulator_value,
            eps=eps,
            maximize=maximize,
        )

    @staticmethod
    def definition(o: Group, t: int, theta: Array, g: Array, *state: Array) -> Step:
        """Duchi, Hazan & Singer 2011, figure 1: G is the diagonal of the sum of the g g^T."""
        (G,) = state
        learning_rate = o.learning_rate / (1 + (t - 1) * o.learning_rate_decay)
        G = G + g**2
        theta = theta - learning_rate * g / (np.sqrt(G) + o.eps)
        return theta, G

    def start(self, o: Group, name: str, theta: np.ndarray) -> np.ndarray:
        """Return the sum before the first gradient."""
        return np.full_like(theta, o.initial_accumulator_value)

    def prepare(self, o: Group, t: int) -> float:
        """Lower the step size."""
        return o.learning_rate / (1 + (t - 1) * o.learning_rate_decay)

    def update(
        self, o: Group, c: Any, p: np.ndarray, g: np.ndarray, scratch: list[np.ndarray], *slots: np.ndarray
    ) -> None:
        """Move one stretch."""
        s, (G,) = scratch[0], slots
        G += np.multiply(g, g, out=s)
        np.sqrt(G, out=s)
        s += o.eps
        np.divide(g, s, out=s)
        axpy(-c, s, p)


class AdaDelta(Optimizer):
    """Divide by the root of a running mean of squared gradients, multiply by that of squared steps.

    v <- rho v + (1 - rho) g^2;  d = g sqrt(u + eps) / sqrt(v + eps);  u <- rho u + (1 - rho) d^2;
    theta <- theta - learning_rate d. The ratio of roots gives d the unit of theta.

    Args:
        parameters: Tensors that require gradients, or groups.
        learning_rate: Factor of the step; 1 in the paper.
        rho: Decay rate of both means, in [0, 1).
        eps: Added under both roots; sets the size of the first steps.
        weight_decay: Factor of the L2 penalty, added to the gradient.
        maximize: Whether to climb instead of descend.

    Source: Zeiler 2012, arXiv:1212.5701, algorithm 1; v and u are its E[g^2] and E[dx^2].
    """

    slots = ("v", "u")
    n_scratch = 2

    def __init__(
        self,
        parameters: Parameters,
        learning_rate: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            parameters,
            learning_rate=learning_rate,
            rho=rho,
            eps=eps,
            weight_decay=weight_decay,
            maximize=maximize,
        )

    @classmethod
    def factors(cls, options: Mapping[str, Any]) -> tuple[float, ...]:
        """Keep both means without their factor."""
        return (1 / (1 - options["rho"]),) * 2

    @staticmethod
    def definition(o: Group, t: int, theta: Array, g: Array, *state: Array) -> Step:
        """Zeiler 2012, algorithm 1."""
        v, u = state
        v = o.rho * v + (1 - o.rho) * g**2
        rms_g, rms_dx = np.sqrt(v + o.eps), np.sqrt(u + o.eps)
        dx = -rms_dx / rms_g * g
        u = o.rho * u + (1 - o.rho) * dx**2
        theta = theta + o.learning_rate * dx
        return theta, v, u

    def prepare(self, o: Group, t: int) -> float:
        """Scale eps like the means."""
        return o.eps / (1 - o.rho)

    def update(
        self, o: Group, c: Any, p: np.ndarray, g: np.ndarray, scratch: list[np.ndarray], *slots: np.ndarray
    ) -> None:
        """Move one stretch."""
        (s, d), (V, U) = scratch, slots
        V *= o.rho
        V += np.multiply(g, g, out=s)
        np.add(V, c, out=s)
        np.add(U, c, out=d)
        d /= s
        np.sqrt(d, out=d)
        d *= g
        U *= o.rho
        U += np.multiply(d, d, out=s)
        axpy(-o.learning_rate, d, p)


class RMSProp(Optimizer):
    """Divide the gradient by the root of a running mean of its squares.

    v <- alpha v + (1 - alpha) g^2;  d = g / (sqrt(v) + eps);  theta <- theta - learning_rate d.
    Centered: v - m^2 instead of v, m the running mean of g, so that it is the variance that divides.
    With momentum: b <- momentum b + d, and b takes the place of d.

    Args:
        parameters: Tensors that require gradients, or groups.
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
        parameters: Parameters,
        learning_rate: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        *,
        centered: bool = False,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            parameters,
            learning_rate=learning_rate,
            alpha=alpha,
            eps=eps,
            weight_decay=weight_decay,
            momentum=momentum,
            centered=centered,
            maximize=maximize,
        )

    @classmethod
    def kept(cls, options: Mapping[str, Any]) -> tuple[str, ...]:
        """Keep m where it is centered, b where there is momentum."""
        return ("v", *(("m",) if options["centered"] else ()), *(("b",) if options["momentum"] else ()))

    @classmethod
    def factors(cls, options: Mapping[str, Any]) -> tuple[float, ...]:
        """Keep c^2 v, c m and b / c: see `prepare`."""
        c = 1 / math.sqrt(1 - options["alpha"])
        return (c * c, *((c,) if options["centered"] else ()), *((1 / c,) if options["momentum"] else ()))

    @staticmethod
    def definition(o: Group, t: int, theta: Array, g: Array, *state: Array) -> Step:
        """Tieleman & Hinton 2012; m and b as in Graves 2013, equations 38 to 41."""
        v, *m_and_b = state
        v = o.alpha * v + (1 - o.alpha) * g**2
        variance = v
        if o.centered:
            m = m_and_b[0] = o.alpha * m_and_b[0] + (1 - o.alpha) * g
            variance = np.maximum(v - m**2, 0)
        d = g / (np.sqrt(variance) + o.eps)
        if o.momentum:
            d = m_and_b[-1] = o.momentum * m_and_b[-1] + d
        theta = theta - o.learning_rate * d
        return theta, v, *m_and_b

    def prepare(self, o: Group, t: int) -> tuple[float, float, float]:
        """Fold the constant factors into the step size and eps: of the mean, eps and the step.

        The means are kept as c^2 v and c m, with c = 1 / sqrt(1 - alpha):
        g / (sqrt(v - m^2) + eps) = c g / (sqrt(c^2 v - (c m)^2) + c eps).
        """
        c = 1 / math.sqrt(1 - o.alpha)
        return 1 / c, o.eps * c, o.learning_rate * c

    def update(
        self, o: Group, c: Any, p: np.ndarray, g: np.ndarray, scratch: list[np.ndarray], *slots: np.ndarray
    ) -> None:
        """Move one stretch."""
        (of_mean, eps, step_size), s, V = c, scratch[0], slots[0]
        V *= o.alpha
        V += np.multiply(g, g, out=s)
        if o.centered:
            m = slots[1]
            m *= o.alpha
            axpy(of_mean, g, m)
            np.multiply(m, m, out=s)
            np.subtract(V, s, out=s)
            np.maximum(s, 0, out=s)
            np.sqrt(s, out=s)
        else:
            np.sqrt(V, out=s)
        s += eps
        np.divide(g, s, out=s)
        if o.momentum:
            b = slots[-1]
            b *= o.momentum
            b += s
            axpy(-step_size, b, p)
        else:
            axpy(-step_size, s, p)
