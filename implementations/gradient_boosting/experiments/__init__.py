"""The claims about boosted trees, put to the test on a function whose values are known without noise.

Friedman's function has smooth terms, an interaction and features that do nothing. Nothing here speaks of
data sets in use: the tabular benchmark does.
"""

from implementations.gradient_boosting.experiments import bins, large_leaves, missing, shrinkage

CLAIMS = (shrinkage.CLAIM, bins.CLAIM, large_leaves.CLAIM, missing.CLAIM)
