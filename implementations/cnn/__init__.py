"""Convolutional networks: the sliding window, networks, training that can be stopped, a look inside."""

from implementations.cnn.evaluation import accuracy, confusion_matrix, probabilities, saliency
from implementations.cnn.folding import folded
from implementations.cnn.networks import ConvNet, ConvNetConfig, FullyConnected
from implementations.cnn.pictures import (
    Pictures,
    Standard,
    as_images,
    mirrored,
    pictures,
    shifted,
    standard,
)
from implementations.cnn.receptive_field import Field, Window, receptive_field, seen_by
from implementations.cnn.sliding import (
    columns_of,
    convolution_matrix,
    correlate,
    input_gradient,
    kernel_gradient,
    output_size,
)
from implementations.cnn.training import CheckpointError, Training, TrainingConfig
from implementations.cnn.variance import measured, predicted, weight_variance

__all__ = [
    "CheckpointError",
    "ConvNet",
    "ConvNetConfig",
    "Field",
    "FullyConnected",
    "Pictures",
    "Standard",
    "Training",
    "TrainingConfig",
    "Window",
    "accuracy",
    "as_images",
    "columns_of",
    "confusion_matrix",
    "convolution_matrix",
    "correlate",
    "folded",
    "input_gradient",
    "kernel_gradient",
    "measured",
    "mirrored",
    "output_size",
    "pictures",
    "predicted",
    "probabilities",
    "receptive_field",
    "saliency",
    "seen_by",
    "shifted",
    "standard",
    "weight_variance",
]
