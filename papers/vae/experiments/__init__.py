"""What the paper says of its bound, put to the test on MNIST: five claims."""

from papers.vae.experiments import estimators, one_sample, score_function, superfluous, wake_sleep

CLAIMS = (wake_sleep.CLAIM, superfluous.CLAIM, score_function.CLAIM, estimators.CLAIM, one_sample.CLAIM)
