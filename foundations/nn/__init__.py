"""Neural networks: modules, layers, initial values, saving, counting. Functions are in `nn.functional`."""

from foundations.nn import functional, init
from foundations.nn.attention import MultiHeadAttention
from foundations.nn.containers import ModuleDict, ModuleList, ParameterList, Sequential
from foundations.nn.convolution import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    Conv1d,
    Conv2d,
    ConvTranspose2d,
    MaxPool2d,
    Upsample,
)
from foundations.nn.hooks import HookHandle
from foundations.nn.layers import (
    GELU,
    Dropout,
    Embedding,
    Flatten,
    Identity,
    LeakyReLU,
    Linear,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Tanh,
)
from foundations.nn.module import Module
from foundations.nn.normalization import BatchNorm1d, BatchNorm2d, GroupNorm, LayerNorm, RMSNorm
from foundations.nn.parameters import Buffer, Parameter
from foundations.nn.recurrent import GRUCell, LSTMCell, RNNCell
from foundations.nn.serialization import SavedStateError, load_arrays, load_metadata, save_arrays
from foundations.nn.shapes import shapes_only
from foundations.nn.state import StateError, SubmoduleError
from foundations.nn.summary import count_multiply_adds, count_parameters, summary
from foundations.nn.transformer import FeedForward, TransformerDecoderLayer, TransformerEncoderLayer

__all__ = [
    "GELU",
    "AdaptiveAvgPool2d",
    "AvgPool2d",
    "BatchNorm1d",
    "BatchNorm2d",
    "Buffer",
    "Conv1d",
    "Conv2d",
    "ConvTranspose2d",
    "Dropout",
    "Embedding",
    "FeedForward",
    "Flatten",
    "GRUCell",
    "GroupNorm",
    "HookHandle",
    "Identity",
    "LSTMCell",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "MaxPool2d",
    "Module",
    "ModuleDict",
    "ModuleList",
    "MultiHeadAttention",
    "Parameter",
    "ParameterList",
    "RMSNorm",
    "RNNCell",
    "ReLU",
    "SavedStateError",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "StateError",
    "SubmoduleError",
    "Tanh",
    "TransformerDecoderLayer",
    "TransformerEncoderLayer",
    "Upsample",
    "count_multiply_adds",
    "count_parameters",
    "functional",
    "init",
    "load_arrays",
    "load_metadata",
    "save_arrays",
    "shapes_only",
    "summary",
]
