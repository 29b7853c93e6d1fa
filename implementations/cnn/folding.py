"""Batch normalisation folded into the kernels before it, once a network is trained."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from foundations import nn
from foundations.errors import ValueRangeError
from implementations.cnn.networks import ConvNet


def folded(model: ConvNet) -> ConvNet:
    r"""Return a network without batch normalisation that gives the scores of `model` in evaluation mode.

    With running mean and variance, $\gamma(w*x-\mu)/\sqrt{\sigma^2+\epsilon}+\beta$ is linear in x: it is a
    convolution with kernel $\gamma w/\sqrt{\sigma^2+\epsilon}$ and bias
    $\beta-\gamma\mu/\sqrt{\sigma^2+\epsilon}$, one factor an output channel.

    Args:
        model: With batch normalisation; left as it is.

    Returns:
        A network in evaluation mode.

    Raises:
        ValueRangeError: If the network has no batch normalisation.
    """
    if not model.config.batch_norm:
        raise ValueRangeError("the network has no batch normalisation to fold: use it as it is")
    plain = ConvNet(replace(model.config, batch_norm=False), rng=np.random.default_rng(0))
    for block, target in zip(model.blocks, plain.blocks, strict=True):
        convolutions = (layer for layer in target.layers if isinstance(layer, nn.Conv2d))
        layers = list(block.layers)
        for convolution, norm in zip(layers[::3], layers[1::3], strict=True):  # each third is the activation
            factor = norm.weight.numpy() / np.sqrt(norm.running_var.numpy() + norm.eps)  # (O,)
            into = next(convolutions)
            weight = (convolution.weight.numpy() * factor[:, None, None, None]).astype(np.float32)
            bias = (norm.bias.numpy() - norm.running_mean.numpy() * factor).astype(np.float32)
            into.load_state_dict({"weight": weight, "bias": bias})
    plain.head.load_state_dict(model.head.state_dict())
    return plain.eval()
