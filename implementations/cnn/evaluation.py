"""What a trained network gets right, and what it looks at."""

from __future__ import annotations

import numpy as np

from foundations import nn
from foundations.autodiff import Tensor, gradients, no_grad
from foundations.data.batching import batches
from foundations.errors import ShapeError
from foundations.nn import functional as F
from implementations.cnn.checks import check_images
from implementations.cnn.pictures import Pictures, Standard


def probabilities(
    model: nn.Module, images: np.ndarray, standard: Standard, *, batch_size: int = 250
) -> np.ndarray:
    """Return the probability of every class for every image.

    Args:
        model: From images to scores; used in evaluation mode and left as it was.
        images: Pixels in [0, 1], shape (n, C, H, W).
        standard: Mean and deviation that the network was trained with.
        batch_size: Images at a time.

    Returns:
        Shape (n, classes).

    Raises:
        ShapeError: If the images have another size or number of channels than the network.
        ValueRangeError: If a pixel is not finite or lies outside [0, 1].
    """
    check_images(images, standard)
    was = model.training
    model.eval()
    found = []
    with no_grad():
        for chosen in batches(len(images), batch_size, rng=None):
            scores = model(standard.apply(images[chosen]))
            found.append(F.softmax(scores).numpy())
    model.train(was)
    return np.concatenate(found) if found else np.zeros((0, 0), dtype=np.float32)


def accuracy(model: nn.Module, pictures: Pictures, standard: Standard) -> float:
    """Return the share of pictures whose most probable class is the right one, in [0, 1]."""
    guessed = probabilities(model, pictures.images, standard).argmax(axis=1)
    return float((guessed == pictures.labels).mean())


def confusion_matrix(guessed: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """Count how often each class was taken for each.

    Args:
        guessed: Classes guessed, shape (n,).
        labels: True classes, shape (n,).
        classes: Number of classes.

    Returns:
        Counts, shape (classes, classes): row the true class, column the guess.

    Raises:
        ShapeError: If the shapes differ.

    Example:
        >>> confusion_matrix(np.array([0, 1, 1]), np.array([0, 1, 0]), 2).tolist()
        [[1, 1], [0, 1]]
    """
    if guessed.shape != labels.shape or guessed.ndim != 1:
        raise ShapeError(f"guesses and labels have one shape (n,), got {guessed.shape} and {labels.shape}")
    counts = np.bincount(labels * classes + guessed, minlength=classes * classes)
    return counts.reshape(classes, classes)


def saliency(
    model: nn.Module,
    image: np.ndarray,
    standard: Standard,
    label: int,
) -> np.ndarray:
    r"""Return how much the score of a class changes with every pixel: $|\partial s_c / \partial x|$.

    Args:
        model: In evaluation mode.
        image: Pixels in [0, 1], shape (C, H, W).
        standard: Mean and deviation that the network was trained with.
        label: The class c.

    Returns:
        The largest over the channels, shape (H, W), not negative.

    Source: Simonyan, Vedaldi & Zisserman 2013, arXiv:1312.6034, section 3.
    """
    x = Tensor(standard.apply(image[None]), requires_grad=True)
    (gradient,) = gradients(model(x)[0, label], [x])
    return np.abs(gradient.numpy()[0] / standard.std[:, None, None]).max(axis=0)
