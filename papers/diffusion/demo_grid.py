"""Digits by class and scale, drawn by the networks that ship.

`python -m papers.diffusion.demo_grid` writes `interactive/guided_digits.js`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np

from foundations.autodiff import no_grad
from foundations.autodiff.tensor import values
from foundations.nn import functional as F
from foundations.nn.shipping import ship
from implementations.cnn.demo_weights import load_model as load_judge
from implementations.cnn.evaluation import probabilities
from papers.diffusion.demo_weights import INNER, SIZE, load_model
from papers.diffusion.sampling import guided_sample

SCRIPT = Path(__file__).parent / "interactive" / "guided_digits.js"
WEIGHTS = Path(__file__).parent / "weights" / "grid.safetensors"
COMMAND = "python -m papers.diffusion.demo_grid"
SCALES, EACH, STEPS, SEED = (0, 1, 3, 10, 30), 6, 50, 0


class Grid(NamedTuple):
    """Digits by scale and class.

    Attributes:
        images: Shape (scales, 10, each, 14, 14), in [-1, 1].
        accuracy: Share in which the judge sees the class, a number a scale.
    """

    images: np.ndarray
    accuracy: list[float]


def draw_grid(
    scales: tuple[float, ...] = SCALES, each: int = EACH, steps: int = STEPS, seed: int = SEED
) -> Grid:
    """Draw digits of every class, from the same noise at every scale, by Algorithm 1.

    Args:
        scales: Of the guidance.
        each: Digits of a class.
        steps: Of the way back.
        seed: Of x_T and of all noise.
    """
    shipped = load_model()
    classes = np.repeat(np.arange(10), each)
    shape = (len(classes), 1, SIZE, SIZE)
    start = np.random.default_rng([seed, 0]).standard_normal(shape, dtype=np.float32)
    images, accuracy = [], []
    for scale in scales:
        drawn = guided_sample(
            shipped.model,
            shipped.guide,
            shipped.diffusion,
            shape,
            classes=classes,
            scale=scale,
            rng=np.random.default_rng([seed, 1]),
            steps=steps,
            start=start,
        )
        inner = np.clip(drawn[:, :, 1:-1, 1:-1], -1, 1)  # without the frame
        accuracy.append(float((read(inner) == classes).mean()))
        images.append(inner.reshape(10, each, INNER, INNER))
    return Grid(np.array(images), accuracy)


@no_grad()
def read(images: np.ndarray) -> np.ndarray:
    """Return the class that the network of `implementations/cnn` sees in digits of 14 × 14, from -1 to 1.

    It was trained on 28 × 28, and reads them enlarged.
    """
    model, standard, _ = load_judge()
    large = values(F.interpolate((images + 1) / 2, scale_factor=2, mode="bilinear"))
    return probabilities(model, np.clip(large, 0, 1).astype(np.float32), standard).argmax(axis=1)


def main() -> None:
    """Draw and write."""
    grid = draw_grid()
    about = {"scales": SCALES, "each": EACH, "side": INNER, "accuracy": grid.accuracy}
    rows = grid.images.reshape(-1, INNER * INNER)
    ship(
        {"digits": rows},
        weights=WEIGHTS,
        script=SCRIPT,
        metadata={"grid": json.dumps(about), "command": COMMAND},
        command=COMMAND,
    )
    print(about)


if __name__ == "__main__":
    main()
