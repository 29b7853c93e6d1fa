"""Logistic regression: two classes and more, every penalty, four solvers, Laplace, calibration."""

from foundations.errors import ConvergenceWarning
from implementations.logistic_regression.bayesian import BayesianLogisticRegression
from implementations.logistic_regression.calibration import (
    ReliabilityDiagram,
    brier_score,
    expected_calibration_error,
    log_loss,
    reliability_diagram,
)
from implementations.logistic_regression.classifier import LogisticRegression
from implementations.logistic_regression.inference import StandardErrors, fisher_information, standard_errors
from implementations.logistic_regression.laplace_approximation import (
    Laplace,
    laplace,
    moderated_sigmoid,
    probit_correction,
)
from implementations.logistic_regression.likelihood import (
    gradient,
    hessian,
    irls_step,
    negative_log_likelihood,
    sigmoid,
)
from implementations.logistic_regression.multinomial import (
    one_hot,
    softmax,
    softmax_gradient,
    softmax_hessian,
    softmax_negative_log_likelihood,
)
from implementations.logistic_regression.objective import BinaryObjective, Objective, SoftmaxObjective
from implementations.logistic_regression.paths import regularization_path
from implementations.logistic_regression.proximal import elastic_net_step, fista, soft_threshold
from implementations.logistic_regression.ranking import RocCurve, roc_curve
from implementations.logistic_regression.separable import SeparableDataWarning, margins, separation
from implementations.logistic_regression.solvers import gradient_descent, lbfgs, newton
from implementations.logistic_regression.stochastic import sgd

__all__ = [
    "BayesianLogisticRegression",
    "BinaryObjective",
    "ConvergenceWarning",
    "Laplace",
    "LogisticRegression",
    "Objective",
    "ReliabilityDiagram",
    "RocCurve",
    "SeparableDataWarning",
    "SoftmaxObjective",
    "StandardErrors",
    "brier_score",
    "elastic_net_step",
    "expected_calibration_error",
    "fisher_information",
    "fista",
    "gradient",
    "gradient_descent",
    "hessian",
    "irls_step",
    "laplace",
    "lbfgs",
    "log_loss",
    "margins",
    "moderated_sigmoid",
    "negative_log_likelihood",
    "newton",
    "one_hot",
    "probit_correction",
    "regularization_path",
    "reliability_diagram",
    "roc_curve",
    "separation",
    "sgd",
    "sigmoid",
    "soft_threshold",
    "softmax",
    "softmax_gradient",
    "softmax_hessian",
    "softmax_negative_log_likelihood",
    "standard_errors",
]
