"""What this page says of Bayes and of descent, put to the test on problems whose truth is known.

All data are drawn: the weights and the noise are known, so risks are exact and coverage has no doubt about
the truth. What is found holds for Gaussian data of this shape; real data are not drawn from the prior.
"""

from implementations.linear_regression.experiments import bands, folds, rate

CLAIMS = (folds.CLAIM, bands.CLAIM, rate.CLAIM)
