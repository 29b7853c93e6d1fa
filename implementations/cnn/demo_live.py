"""The still twin of the figure in which a digit is drawn: picture, maps and probabilities, as it begins."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.patches import Rectangle

from foundations import nn, plotting
from foundations.autodiff import no_grad
from foundations.plotting import COLOURS
from implementations.cnn.demo_weights import load_model
from implementations.cnn.evaluation import probabilities
from implementations.cnn.networks import ConvNet
from implementations.cnn.pictures import Standard
from implementations.cnn.receptive_field import receptive_field

DIGIT, UNIT = 7, (0, 6, 7)
"""What the figure shows first: the picture, and the chosen unit of the maps after the first pooling."""


def first_pooling(model: ConvNet) -> int:
    """Return the number of the first pooling among `model.windows()`."""
    return len(model.config.widths[0])


@no_grad()
def maps_of(model: ConvNet, image: np.ndarray, scale: Standard) -> list[np.ndarray]:
    """Return the feature maps of one picture after every convolution, rectified, and every pooling.

    Args:
        model: In evaluation mode.
        image: Pixels in [0, 1], shape (C, H, W).
        scale: Mean and deviation that the network was trained with.

    Returns:
        A map (C', H', W') a window of `model.windows()`.
    """
    x = scale.apply(image[None])
    maps = []
    for block in model.blocks:
        for layer in block.layers:
            x = layer(x)
            if isinstance(layer, nn.ReLU):
                maps.append(x.numpy()[0])
        x = block.pool(x)
        maps.append(x.numpy()[0])
    return maps


def seen(model: ConvNet, layer: int, unit: tuple[int, int, int]) -> list[tuple[int, int]]:
    """Return the first and the last row and column that a unit sees, without the frame of zeros."""
    field, size = receptive_field(model.windows())[layer], model.config.size
    return [(max(first, 0), min(last, size - 1)) for first, last in map(field.of, unit[1:])]


def draw_live(path: Path) -> None:
    """Draw what the page's figure shows at first: a digit, the maps of a layer, and the probabilities."""
    model, scale, examples = load_model()
    image = examples[DIGIT]
    layer = first_pooling(model)
    maps = maps_of(model, image, scale)[layer]
    shares = probabilities(model, image[None], scale)[0]
    fig, axes = plotting.figure("wide", cols=3, height=2.9)
    plotting.image_grid(axes[0], image)
    (top, bottom), (left, right) = seen(model, layer, UNIT)
    axes[0].add_patch(_frame(left, top, right - left + 1, bottom - top + 1))
    axes[0].set_title("the picture, and what one unit sees")
    columns = int(np.ceil(np.sqrt(len(maps))))
    plotting.image_grid(axes[1], maps / maps.max(), columns=columns)
    channel, row, column = UNIT
    down, across = divmod(channel, columns)
    side = maps.shape[1] + 1
    axes[1].add_patch(_frame(across * side + column, down * side + row, 1, 1))
    axes[1].set_title(f"{len(maps)} maps after the first pooling")
    axes[2].barh(np.arange(10), shares, color=COLOURS[0])
    axes[2].set(xlim=(0, 1), ylim=(9.6, -0.6), yticks=range(10), xlabel="probability", ylabel="digit")
    plotting.save(fig, path)


def _frame(left: float, top: float, width: float, height: float) -> Rectangle:
    return Rectangle((left - 0.5, top - 0.5), width, height, fill=False, ec=COLOURS[1], lw=1.6)
