"""Claims about logistic regression, put to the test on data whose true probabilities are known."""

from implementations.logistic_regression.experiments import (
    conditioning,
    moderation,
    moderation_tuned,
    overconfidence,
)

CLAIMS = (
    overconfidence.CLAIM,
    conditioning.CLAIM,
    moderation.CLAIM,
    moderation_tuned.CLAIM,
)
