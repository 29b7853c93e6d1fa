"""Layers for images: convolution and pooling."""

import math

import numpy as np
from numpy import einsum, flip
from numpy.lib.stride_tricks import sliding_window_view

from foundations.matrix_calculus.row import Row
from foundations.matrix_calculus.samples import normal, sizes
from foundations.nn import functional as F


def windows(X: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return every window of every image: (N, C, H, W) -> (N, C, H', W', height, width), without a copy."""
    return sliding_window_view(X, (height, width), axis=(2, 3))  # type: ignore[call-overload]


def convolution(X: np.ndarray, W: np.ndarray) -> np.ndarray:
    """Return the correlation of images (N, C, H, W) with kernels (O, C, h, w): (N, O, H', W')."""
    return einsum("ncyxij,ocij->noyx", windows(X, *W.shape[2:]), W)


def convolution_vjp(
    g: np.ndarray, Y: np.ndarray, X: np.ndarray, W: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the gradients of the images and of the kernels.

    Of the images: the correlation of g, with a rim of zeros, with the kernels turned by half a circle and
    their channels swapped. Of the kernels: the correlation of the images with g.
    """
    h, w = W.shape[2:]
    rim = np.pad(g, ((0, 0), (0, 0), (h - 1, h - 1), (w - 1, w - 1)))
    turned = flip(W, (2, 3)).swapaxes(0, 1)  # (C, O, h, w)
    return convolution(rim, turned), einsum("ncyxij,noyx->ocij", windows(X, h, w), g)


def tiles(X: np.ndarray) -> np.ndarray:
    """Return images as tiles of 2 by 2: (N, C, H, W) -> (N, C, H / 2, 2, W / 2, 2)."""
    n, c, h, w = X.shape
    return X.reshape(n, c, h // 2, 2, w // 2, 2)


def spread_out(G: np.ndarray) -> np.ndarray:
    """Return images in which every pixel is a tile of 2 by 2 equal ones."""
    return G.repeat(2, 2).repeat(2, 3)


def is_largest(X: np.ndarray) -> np.ndarray:
    """Return 1 where a pixel is the largest of its tile, else 0; shape of X."""
    return spread_out(tiles(X).max((3, 5))) == X


def _images(rng: np.random.Generator) -> tuple[np.ndarray]:
    n, c, h, w = sizes(rng, 4)
    return (normal(rng, n, c, 2 * h, 2 * w),)


def _distinct_images(rng: np.random.Generator) -> tuple[np.ndarray]:
    n, c, h, w = sizes(rng, 4)
    shape = (n, c, 2 * h, 2 * w)
    return (rng.permutation(math.prod(shape)).reshape(shape) / 20,)


def _convolution(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    n, c, o, h = sizes(rng, 4)
    return normal(rng, n, c, h + 2, h + 3), normal(rng, o, c, 3, 4)


ROWS = (
    Row(
        name="Convolution",
        about=(
            r"Images $X$ ($N,C,H,W$), kernels $W$ ($O,C,h,w$), stride 1, not flipped. $\star$ is the "
            r"correlation over both axes of a picture, $\overset{\circ}{Y}$ has a rim of $h-1$ and $w-1$ "
            r"zeros, $W^\circlearrowleft$ is turned by half a circle."
        ),
        formulas=(
            r"Y_o=\textstyle\sum_cX_c\star W_{oc}",
            r"\dd Y_o=\textstyle\sum_c\bigl(\dd X_c\star W_{oc}+X_c\star\dd W_{oc}\bigr)",
            r"\bar X_c=\textstyle\sum_o\overset{\circ}{\bar Y_o}\star W_{oc}^{\circlearrowleft}",
            r"\bar W_{oc}=X_c\star\bar Y_o",
        ),
        value=convolution,
        differential=lambda X, W, dX, dW: convolution(dX, W) + convolution(X, dW),
        vjp=convolution_vjp,
        engine=F.conv2d,
        sample=_convolution,
        sources=("dumoulin2016guide",),
        derived="convolutions",
    ),
    Row(
        name="Average pooling",
        about=(
            r"Tiles of $2\times2$, $a$ and $b$ are 0 or 1: a linear map, and every pixel of a tile gets a "
            "quarter."
        ),
        formulas=(
            r"Y_{ij}=\tfrac14\textstyle\sum_{ab}X_{2i+a,2j+b}",
            r"\dd Y_{ij}=\tfrac14\textstyle\sum_{ab}\dd X_{2i+a,2j+b}",
            r"\bar X_{2i+a,2j+b}=\tfrac14\bar Y_{ij}",
        ),
        value=lambda X: tiles(X).mean((3, 5)),
        differential=lambda X, dX: tiles(dX).mean((3, 5)),
        vjp=lambda g, Y, X: spread_out(g) / 4,
        engine=lambda X: F.avg_pool2d(X, 2),
        sample=_images,
        derived="convolutions",
    ),
    Row(
        name="Max pooling",
        about=(
            r"Tiles of $2\times2$ without ties, $a$ and $b$ are 0 or 1: the gradient goes to the largest "
            r"pixel alone, $M_{2i+a,2j+b}=[X_{2i+a,2j+b}=Y_{ij}]$."
        ),
        formulas=(
            r"Y_{ij}=\max_{ab}X_{2i+a,2j+b}",
            r"\dd Y_{ij}=\textstyle\sum_{ab}M_{2i+a,2j+b}\odot\dd X_{2i+a,2j+b}",
            r"\bar X_{2i+a,2j+b}=M_{2i+a,2j+b}\odot\bar Y_{ij}",
        ),
        value=lambda X: tiles(X).max((3, 5)),
        differential=lambda X, dX: tiles(is_largest(X) * dX).sum((3, 5)),
        vjp=lambda g, Y, X: is_largest(X) * spread_out(g),
        engine=lambda X: F.max_pool2d(X, 2),
        sample=_distinct_images,
        derived="convolutions",
    ),
)
