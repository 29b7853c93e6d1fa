"""Functions of Tensors that layers are made of, under PyTorch's names. Usually imported as `F`."""

from foundations.autodiff.ops import logsumexp, relu, sigmoid, softplus, tanh
from foundations.nn.functional.activations import (
    elu,
    gelu,
    leaky_relu,
    log_softmax,
    logsigmoid,
    silu,
    softmax,
)
from foundations.nn.functional.adaptive_pooling import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_max_pool1d,
    adaptive_max_pool2d,
)
from foundations.nn.functional.attention import scaled_dot_product_attention
from foundations.nn.functional.batch_norm import batch_norm
from foundations.nn.functional.classification import cross_entropy, nll_loss
from foundations.nn.functional.conv_transpose import conv_transpose2d
from foundations.nn.functional.convolution import conv1d, conv2d
from foundations.nn.functional.group_norm import group_norm
from foundations.nn.functional.interpolation import interpolate
from foundations.nn.functional.linear import dropout, embedding, linear, one_hot
from foundations.nn.functional.losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    huber_loss,
    kl_div,
    l1_loss,
    mse_loss,
    smooth_l1_loss,
)
from foundations.nn.functional.normalization import layer_norm, rms_norm
from foundations.nn.functional.padding import pad
from foundations.nn.functional.pooling import avg_pool1d, avg_pool2d, max_pool1d, max_pool2d
from foundations.nn.functional.similarity import cosine_similarity, normalize

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
    "avg_pool1d",
    "avg_pool2d",
    "batch_norm",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "conv1d",
    "conv2d",
    "conv_transpose2d",
    "cosine_similarity",
    "cross_entropy",
    "dropout",
    "elu",
    "embedding",
    "gelu",
    "group_norm",
    "huber_loss",
    "interpolate",
    "kl_div",
    "l1_loss",
    "layer_norm",
    "leaky_relu",
    "linear",
    "log_softmax",
    "logsigmoid",
    "logsumexp",
    "max_pool1d",
    "max_pool2d",
    "mse_loss",
    "nll_loss",
    "normalize",
    "one_hot",
    "pad",
    "relu",
    "rms_norm",
    "scaled_dot_product_attention",
    "sigmoid",
    "silu",
    "smooth_l1_loss",
    "softmax",
    "softplus",
    "tanh",
]
