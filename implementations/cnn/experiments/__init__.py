"""What this page says of first weights, normalisation, activations and sharing, tested on small networks.

The digits are those of MNIST, shrunk to a quarter of their pixels; the networks have a few thousand weights.
"""

from implementations.cnn.experiments import depth, sharing

# normalisation.CLAIM and activations.CLAIM are designed and join them when they are piloted and run
CLAIMS = (depth.CLAIM, sharing.CLAIM)
