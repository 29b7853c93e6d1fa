"""Optimisers, schedules, gradient clipping; deterministic methods, and what theory promises of them.

Optimisers (`Adam`, `SGD`, …) move parameters a step at a time and see one gradient. Methods (`lbfgs`,
`newton`, …) take a function and run until its gradient is small. `convergence` holds the bounds,
`landscapes` functions to try all of it on.
"""

from foundations.optimization import convergence, counterexample, landscapes
from foundations.optimization.adagrad import AdaDelta, AdaGrad, RMSProp
from foundations.optimization.adam import Adam, AdamW
from foundations.optimization.adam_variants import AdaMax, NAdam, RAdam
from foundations.optimization.averaging import ExponentialMovingAverage
from foundations.optimization.clipping import clip_grad_norm, clip_grad_value
from foundations.optimization.conjugate import conjugate_gradient, nonlinear_conjugate_gradient
from foundations.optimization.cosines import cosine_restarts_schedule, cosine_schedule, one_cycle_schedule
from foundations.optimization.first_order import accelerated_gradient, gradient_descent, heavy_ball
from foundations.optimization.groups import Group
from foundations.optimization.line_search import strong_wolfe
from foundations.optimization.minimization import Result
from foundations.optimization.optimizer import Optimizer
from foundations.optimization.quasi_newton import lbfgs
from foundations.optimization.rprop import Rprop
from foundations.optimization.schedules import (
    Schedule,
    constant_schedule,
    exponential_schedule,
    noam_schedule,
    polynomial_schedule,
    step_schedule,
    warmup_schedule,
)
from foundations.optimization.second_order import newton
from foundations.optimization.sgd import SGD
from foundations.optimization.stochastic import LeastSquares, sgd_distances

__all__ = [
    "SGD",
    "AdaDelta",
    "AdaGrad",
    "AdaMax",
    "Adam",
    "AdamW",
    "ExponentialMovingAverage",
    "Group",
    "LeastSquares",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSProp",
    "Result",
    "Rprop",
    "Schedule",
    "accelerated_gradient",
    "clip_grad_norm",
    "clip_grad_value",
    "conjugate_gradient",
    "constant_schedule",
    "convergence",
    "cosine_restarts_schedule",
    "cosine_schedule",
    "counterexample",
    "exponential_schedule",
    "gradient_descent",
    "heavy_ball",
    "landscapes",
    "lbfgs",
    "newton",
    "noam_schedule",
    "nonlinear_conjugate_gradient",
    "one_cycle_schedule",
    "polynomial_schedule",
    "sgd_distances",
    "step_schedule",
    "strong_wolfe",
    "warmup_schedule",
]
