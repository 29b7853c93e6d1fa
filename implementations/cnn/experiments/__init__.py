"""What this page says of first weights, normalisation, activations and sharing, tested on small networks.

The digits are those of MNIST, shrunk to a quarter of their pixels; the networks have a few thousand weights.
"""

from implementations.cnn.experiments import activations, depth, normalisation, sharing

CLAIMS = (depth.CLAIM, normalisation.CLAIM, activations.CLAIM, sharing.CLAIM)
