"""What readers of several data sets share: from bytes to arrays and texts, without touching a disk."""

from collections.abc import Mapping

import numpy as np

from foundations.data.dataset import Split
from foundations.errors import DataError

Splits = Mapping[str, Split]


def pixels(images: np.ndarray, *, white: int = 255) -> np.ndarray:
    """Scale whole-number pixels to [0, 1].

    Args:
        images: Shape (n, height, width), whole numbers from 0 to `white`.
        white: The brightest value.

    Returns:
        Float32 pixels in [0, 1], the same shape.
    """
    return images.astype(np.float32) / np.float32(white)


def stratified(labels: np.ndarray, per_class: int, *, rng: np.random.Generator) -> np.ndarray:
    """Choose as many of each class, at random, in the order in which they stand.

    Args:
        labels: Shape (n,), whole numbers.
        per_class: How many of each class.
        rng: Source of randomness.

    Returns:
        Increasing indices, shape (classes · per_class,).

    Raises:
        DataError: If a class has fewer.

    Examples:
        >>> stratified(np.array([0, 1, 0, 1, 1]), 1, rng=np.random.default_rng(0)).shape
        (2,)
    """
    chosen = []
    for label in np.unique(labels):
        of_class = np.flatnonzero(labels == label)
        if len(of_class) < per_class:
            raise DataError(f"class {label} has {len(of_class)} items, {per_class} were asked for")
        chosen.append(rng.choice(of_class, per_class, replace=False))
    return np.sort(np.concatenate(chosen))


def text(content: bytes) -> Splits:
    """Read a text; the test split is the last tenth, from the start of a paragraph."""
    whole = decoded(content)
    cut = whole.rfind("\n\n", 0, len(whole) * 9 // 10) + 2
    return {"train": {"text": whole[:cut]}, "test": {"text": whole[cut:]}}


def decoded(content: bytes) -> str:
    """Read UTF-8; a line ends in one character."""
    return content.decode().replace("\r\n", "\n")


def lines(content: bytes) -> list[str]:
    """Split at line ends only: other separators of Unicode are part of the texts."""
    return [line for line in decoded(content).split("\n") if line]


def unchanged(content: bytes) -> bytes:
    """Return a content as it is: the recipe of a file that ships whole."""
    return content
