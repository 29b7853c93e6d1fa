"""What the paper says of its loss, of the running mean and of the number of steps, put to the test.

The digits are those of MNIST at 8 × 8 pixels; the network has 57,000 weights and no convolutions.
"""

from implementations.ddpm.experiments import ema, simple_against_bound, steps

CLAIMS = (simple_against_bound.CLAIM, ema.CLAIM, steps.CLAIM)
