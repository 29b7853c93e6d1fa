"""What this page says of first weights, normalisation and shared weights, put to the test on small networks.

The digits are those of MNIST, shrunk to a quarter of their pixels; the networks have a few thousand weights.
"""

from implementations.cnn.experiments import depth, sharing

# normalisation.CLAIM is designed and joins them when its pilot has been made and it is run
CLAIMS = (depth.CLAIM, sharing.CLAIM)
