"""Functions of Tensors that layers are made of, under PyTorch's names. Usually imported as `F`."""

from foundations.autodiff.ops import logsumexp, relu, sigmoid, softplus, tanh
from foundations.nn.functional.activations import gelu, leaky_relu, log_softmax, silu, softmax
from foundations.nn.functional.attention import scaled_dot_product_attention
from foundations.nn.functional.linear import dropout, embedding, linear, one_hot
from foundations.nn.functional.losses import (
    binary_cross_entropy_with_logits,
    cross_entropy,
    huber_loss,
    kl_div,
    l1_loss,
    mse_loss,
    nll_loss,
)
from foundations.nn.functional.normalization import layer_norm, rms_norm

__all__ = [
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "dropout",
    "embedding",
    "gelu",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "layer_norm",
    "leaky_relu",
    "linear",
    "log_softmax",
    "logsumexp",
    "mse_loss",
    "nll_loss",
    "one_hot",
    "relu",
    "rms_norm",
    "scaled_dot_product_attention",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "tanh",
]
