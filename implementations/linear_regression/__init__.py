"""Linear regression: maximum likelihood, ridge, Bayes with known noise and by evidence, gradient descent."""

from implementations.linear_regression.basis import gaussian_basis, polynomial_basis
from implementations.linear_regression.bayesian import BayesianLinearRegression
from implementations.linear_regression.evidence import log_evidence
from implementations.linear_regression.gradient_descent import GradientDescentRegression, descend
from implementations.linear_regression.least_squares import LinearRegression, Ridge, ridge_path
from implementations.linear_regression.posterior import WeightPosterior

__all__ = [
    "BayesianLinearRegression",
    "GradientDescentRegression",
    "LinearRegression",
    "Ridge",
    "WeightPosterior",
    "descend",
    "gaussian_basis",
    "log_evidence",
    "polynomial_basis",
    "ridge_path",
]
