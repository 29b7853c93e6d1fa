"""What the paper says of depth, shortcuts, gradients and responses, tested on small networks.

Digits of 14 × 14 pixels with noise, half the paper's filters, 800 steps for its 64,000: the experiments can
show a phenomenon, not its size on photographs.
"""

from papers.resnet.experiments import convergence, degradation, gradients, persistence, responses, shortcuts

CLAIMS = (
    degradation.CLAIM,
    persistence.CLAIM,
    gradients.CLAIM,
    responses.CLAIM,
    shortcuts.CLAIM,
    convergence.CLAIM,
)
