"""Neural networks: modules, layers, initial values, saving, counting. Functions are in `nn.functional`."""

from foundations.nn import functional, init
from foundations.nn.attention import MultiHeadAttention
from foundations.nn.layers import (
    GELU,
    Dropout,
    Embedding,
    Flatten,
    Identity,
    LayerNorm,
    LeakyReLU,
    Linear,
    ReLU,
    RMSNorm,
    Sigmoid,
    SiLU,
    Softmax,
    Tanh,
)
from foundations.nn.module import Buffer, Module, ModuleList, Parameter, Sequential, StateError
from foundations.nn.recurrent import GRUCell, LSTMCell, RNNCell
from foundations.nn.serialization import SavedStateError, load_arrays, save_arrays
from foundations.nn.shapes import shapes_only
from foundations.nn.summary import count_multiply_adds, count_parameters, summary
from foundations.nn.transformer import FeedForward, TransformerDecoderLayer, TransformerEncoderLayer

__all__ = [
    "GELU",
    "Buffer",
    "Dropout",
    "Embedding",
    "FeedForward",
    "Flatten",
    "GRUCell",
    "Identity",
    "LSTMCell",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "Module",
    "ModuleList",
    "MultiHeadAttention",
    "Parameter",
    "RMSNorm",
    "RNNCell",
    "ReLU",
    "SavedStateError",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "StateError",
    "Tanh",
    "TransformerDecoderLayer",
    "TransformerEncoderLayer",
    "count_multiply_adds",
    "count_parameters",
    "functional",
    "init",
    "load_arrays",
    "save_arrays",
    "shapes_only",
    "summary",
]
