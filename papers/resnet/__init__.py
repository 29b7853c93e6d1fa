"""Deep Residual Learning for Image Recognition (He et al. 2015): residual networks, in NumPy."""

from papers.resnet.augment import Standard, crop_and_flip, standard
from papers.resnet.configs import PAPER_CONFIGS, ResNetConfig, cifar, imagenet
from papers.resnet.counting import convolutions, multiply_adds
from papers.resnet.loading import load_state, save_state
from papers.resnet.looking import gradient_norms, responses
from papers.resnet.resnet import BasicBlock, Bottleneck, PaddedShortcut, ResNet
from papers.resnet.training import CheckpointError, Recipe, Training, error_rate

__all__ = [
    "PAPER_CONFIGS",
    "BasicBlock",
    "Bottleneck",
    "CheckpointError",
    "PaddedShortcut",
    "Recipe",
    "ResNet",
    "ResNetConfig",
    "Standard",
    "Training",
    "cifar",
    "convolutions",
    "crop_and_flip",
    "error_rate",
    "gradient_norms",
    "imagenet",
    "load_state",
    "multiply_adds",
    "responses",
    "save_state",
    "standard",
]
