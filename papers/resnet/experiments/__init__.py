"""What the paper says of depth, gradients, responses, shortcuts and speed, tested on small networks.

Digits of 14 × 14 pixels with noise, half the paper's width and 400 steps for its 64,000.
"""

from papers.resnet.experiments import convergence, degradation, gradients, responses, shortcuts

CLAIMS = (degradation.CLAIM, gradients.CLAIM, responses.CLAIM, shortcuts.CLAIM, convergence.CLAIM)
