"""What a network passes on and what it gets back, layer by layer."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from foundations import nn
from foundations.autodiff import no_grad
from foundations.errors import ValueRangeError
from foundations.nn import functional as F
from papers.resnet.resnet import ResNet


def layers_3x3(model: ResNet) -> dict[str, tuple[nn.Conv2d, nn.Module]]:
    """Return the convolutions of 3 × 3 and the normalisation after each, by name, the first layer first."""
    found = {"conv1": (model.conv1, model.bn1)} if model.conv1.weight.shape[2] == 3 else {}
    for name, block in model.blocks():
        for number in (1, 2, 3):
            layer = getattr(block, f"conv{number}", None)
            if layer is not None and layer.weight.shape[2] == 3:
                found[f"{name}.conv{number}"] = (layer, getattr(block, f"bn{number}"))
    return found


@no_grad()
def responses(model: ResNet, images: np.ndarray) -> dict[str, float]:
    """Return the standard deviation of the response of every 3 × 3 layer.

    A response is what batch normalisation puts out, before ReLU and addition. The deviation is that over all
    images, pixels and channels.

    Args:
        model: Used as it is, in training or evaluation mode.
        images: Shape (n, channels, H, W).

    Returns:
        Deviation by name of the convolution, the first layer first.

    Source: section 4.2, Figure 7.
    """
    found: dict[str, float] = {}

    def keeping(name: str) -> Callable[..., None]:
        def keep(_: nn.Module, __: object, y: object) -> None:
            values = np.asarray(getattr(y, "data", y))  # (n, C, H, W)
            found[name] = float(np.std(values, dtype=np.float64))

        return keep

    after = {name: norm for name, (_, norm) in layers_3x3(model).items()}
    handles = [
        norm.register_forward_hook(keeping(name))  # called with each output
        for name, norm in after.items()
    ]
    try:
        model(images)
    finally:
        for handle in handles:
            handle.remove()
    return {name: found[name] for name in after}


def gradient_norms(
    model: ResNet,
    images: np.ndarray,
    labels: np.ndarray,
) -> dict[str, float]:
    """Return the norm of the gradient of the loss with respect to the weight of every 3 × 3 layer.

    Args:
        model: Its gradients are overwritten; running statistics move as in a training step.
        images: Shape (n, channels, H, W).
        labels: Classes, shape (n,).

    Returns:
        Euclidean norm by name of the convolution, the first layer first.

    Raises:
        ValueRangeError: If there are no images.
    """
    if not len(images):
        raise ValueRangeError("a gradient needs images, got none")
    model.zero_grad()
    F.cross_entropy(model(images), labels).backward()
    return {
        name: float(np.linalg.norm(np.asarray(layer.weight.grad, dtype=np.float64)))
        for name, (layer, _) in layers_3x3(model).items()
    }
