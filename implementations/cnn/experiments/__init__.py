"""What this page says of first weights, normalisation and shared weights, put to the test on small networks.

The digits are those of MNIST, shrunk to a quarter of their pixels; the networks have a few thousand weights.
"""

from implementations.cnn.experiments import depth, normalisation, sharing

CLAIMS = (depth.CLAIM, normalisation.CLAIM, sharing.CLAIM)
