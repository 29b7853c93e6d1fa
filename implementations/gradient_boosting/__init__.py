"""Gradient boosting: regression trees under XGBoost's regularised objective, exact and by histograms."""

from implementations.gradient_boosting.binning import Bins
from implementations.gradient_boosting.boosting import GradientBoosting
from implementations.gradient_boosting.classifier import GradientBoostingClassifier
from implementations.gradient_boosting.exact import best_split, grow_exactly
from implementations.gradient_boosting.growing import grow_by_histograms
from implementations.gradient_boosting.histogram import Histogram
from implementations.gradient_boosting.importance import partial_dependence, permutation_importance
from implementations.gradient_boosting.losses import Logistic, Loss, Poisson, Softmax, SquaredError
from implementations.gradient_boosting.objective import (
    Limits,
    Split,
    leaf_weight,
    split_gain,
    structure_score,
    tree_objective,
)
from implementations.gradient_boosting.regressor import GradientBoostingRegressor, RegressionTree
from implementations.gradient_boosting.tree import Tree

__all__ = [
    "Bins",
    "GradientBoosting",
    "GradientBoostingClassifier",
    "GradientBoostingRegressor",
    "Histogram",
    "Limits",
    "Logistic",
    "Loss",
    "Poisson",
    "RegressionTree",
    "Softmax",
    "Split",
    "SquaredError",
    "Tree",
    "best_split",
    "grow_by_histograms",
    "grow_exactly",
    "leaf_weight",
    "partial_dependence",
    "permutation_importance",
    "split_gain",
    "structure_score",
    "tree_objective",
]
