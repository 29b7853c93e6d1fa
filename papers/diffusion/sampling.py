"""From noise to images: DDPM, DDIM, and both guided by a classifier."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from foundations import nn
from foundations.errors import ShapeError, ValueRangeError
from papers.diffusion.gaussian import GaussianDiffusion, Spacing
from papers.diffusion.guidance import Classifier, class_gradient
from papers.diffusion.losses import Predictor
from papers.diffusion.stepping import Gradient, Place, ddim_step, ddpm_step, walk


def ddpm_sample(
    model: Predictor,
    diffusion: GaussianDiffusion,
    shape: tuple[int, ...],
    *,
    rng: np.random.Generator,
    steps: int | None = None,
    labels: np.ndarray | None = None,
    clip: bool = True,
    start: np.ndarray | None = None,
    batch_size: int = 250,
) -> np.ndarray:
    """Draw images by DDPM's steps.

    Args:
        model: The network; put into evaluation mode while it draws, where it has one.
        diffusion: The chain that it was trained with; its `variance` is that of the steps, unless learned.
        shape: (n, C, H, W).
        rng: Source of the noise.
        steps: Of the way back, both ends among them; all T by default.
        labels: Classes that the network is told, shape (n,).
        clip: Whether guesses of x_0 are cut to [-1, 1].
        start: x_T, of that shape; drawn by default.
        batch_size: Images at a time.

    Returns:
        Images, shape `shape`.

    Raises:
        ValueRangeError: If steps are not 1 to T, or there is no image to draw.
        ShapeError: If the shapes do not fit.

    Source: Ho et al. 2020, Algorithm 2; Nichol & Dhariwal 2021, section 4.
    """
    chain = diffusion if steps is None else diffusion.respaced(steps)
    how = {"clip": clip}
    return _drawn(ddpm_step, model, chain, shape, rng, start, labels, labels, None, batch_size, how)


def ddim_sample(
    model: Predictor,
    diffusion: GaussianDiffusion,
    shape: tuple[int, ...],
    *,
    rng: np.random.Generator,
    steps: int | None = None,
    eta: float = 0.0,
    labels: np.ndarray | None = None,
    clip: bool = False,
    spacing: Spacing = "ends",
    start: np.ndarray | None = None,
    batch_size: int = 250,
) -> np.ndarray:
    """Draw images by DDIM's steps.

    Args:
        model: The network; put into evaluation mode while it draws, where it has one.
        diffusion: The chain that it was trained with.
        shape: (n, C, H, W).
        rng: Source of the noise.
        steps: Of the way back; all T by default.
        eta: Share of DDPM's noise, 0 to 1; at 0 the images follow from x_T alone.
        labels: Classes that the network is told, shape (n,).
        clip: Whether guesses of x_0 are cut to [-1, 1].
        spacing: Of the times kept; see `GaussianDiffusion.respaced`.
        start: x_T, of that shape; drawn by default.
        batch_size: Images at a time.

    Returns:
        Images, shape `shape`.

    Raises:
        ValueRangeError: If eta lies outside [0, 1], steps are not 1 to T, or there is no image to draw.
        ShapeError: If the shapes do not fit.

    Source: Song et al. 2021, equation 12.
    """
    chain = diffusion if steps is None else diffusion.respaced(steps, spacing=spacing)
    how = {"eta": checked_eta(eta), "clip": clip}
    return _drawn(ddim_step, model, chain, shape, rng, start, labels, labels, None, batch_size, how)


def guided_sample(
    model: Predictor,
    classifier: Classifier,
    diffusion: GaussianDiffusion,
    shape: tuple[int, ...],
    *,
    classes: np.ndarray,
    scale: float,
    rng: np.random.Generator,
    steps: int | None = None,
    sampler: Literal["ddpm", "ddim"] = "ddpm",
    eta: float = 0.0,
    at: Place = "x",
    labels: np.ndarray | None = None,
    clip: bool | None = None,
    start: np.ndarray | None = None,
    batch_size: int = 250,
) -> np.ndarray:
    """Draw images of given classes, pulled there by a classifier.

    Args:
        model: The network; put into evaluation mode while it draws, where it has one.
        classifier: Read by its gradient; trained on noisy images.
        diffusion: The chain that both were trained with.
        shape: (n, C, H, W).
        classes: What it pulls towards, shape (n,).
        scale: s; 0 for no guidance.
        rng: Source of the noise.
        steps: Of the way back, both ends among them; all T by default.
        sampler: "ddpm" for Algorithm 1, "ddim" for Algorithm 2.
        eta: Of DDIM.
        at: Where the gradient is taken, "x" or "mean"; the second with DDPM alone.
        labels: Classes that the network itself is told: None for an unconditional one, which is what the
            paper means by the word; `classes` again for a conditional one.
        clip: Whether guesses of x_0 are cut to [-1, 1]; by default with DDPM.
        start: x_T, of that shape; drawn by default.
        batch_size: Images at a time.

    Returns:
        Images, shape `shape`.

    Raises:
        ValueRangeError: If the scale is not a finite number from 0, a class is out of range, or an option is
            none of those.
        ShapeError: If the shapes do not fit.

    Source: Dhariwal & Nichol 2021, Algorithms 1 and 2.
    """
    if sampler not in ("ddpm", "ddim") or at not in ("x", "mean"):
        raise ValueRangeError(f"sampler is 'ddpm' or 'ddim' and at 'x' or 'mean', got {sampler!r} and {at!r}")
    if at == "mean" and sampler == "ddim":
        raise ValueRangeError("DDIM's gradient is taken at x: it has no mean to take it at")
    how: dict[str, Any] = {"scale": checked_scale(scale), "clip": sampler == "ddpm" if clip is None else clip}
    how |= {"at": at} if sampler == "ddpm" else {"eta": checked_eta(eta)}
    chain = diffusion if steps is None else diffusion.respaced(steps)
    step = ddpm_step if sampler == "ddpm" else ddim_step
    given = np.asarray(classes), classifier
    return _drawn(step, model, chain, shape, rng, start, labels, given[0], given[1], batch_size, how)


def _drawn(
    step: Any,
    model: Predictor,
    chain: GaussianDiffusion,
    shape: tuple[int, ...],
    rng: np.random.Generator,
    start: np.ndarray | None,
    labels: np.ndarray | None,
    classes: np.ndarray | None,
    classifier: Classifier | None,
    batch_size: int,
    how: dict[str, Any],
) -> np.ndarray:
    """Walk back in batches."""
    if len(shape) != 4 or min(shape) < 1 or batch_size < 1:
        raise ShapeError(f"expected the shape of the images, (n, C, H, W), all from 1, got {shape}")
    n = shape[0]
    for name, given in (("labels", labels), ("classes", classes)):
        if given is not None and np.shape(given) != (n,):
            raise ShapeError(f"expected {name} of shape ({n},), one an image, got {np.shape(given)}")
    x = rng.standard_normal(shape, dtype=np.float32) if start is None else np.asarray(start)
    if x.shape != tuple(shape):
        raise ShapeError(f"expected a start of shape {shape}, got {x.shape}")
    was = {id(m): m.training for m in (model, classifier) if isinstance(m, nn.Module)}
    networks = [m for m in (model, classifier) if isinstance(m, nn.Module)]
    for network in networks:
        network.eval()
    drawn = []
    try:
        for part in (slice(first, first + batch_size) for first in range(0, n, batch_size)):
            own = how | {"rng": rng, "labels": None if labels is None else np.asarray(labels)[part]}
            if classifier is not None and classes is not None:
                own["gradient"] = _towards(classifier, classes[part])
            images = x[part]
            for found in walk(step, model, chain, images, **own):
                images = found.images
            drawn.append(images)
    finally:
        for network in networks:
            network.train(was[id(network)])
    return np.concatenate(drawn)


def _towards(classifier: Classifier, classes: np.ndarray) -> Gradient:
    """Return the gradient towards classes."""
    return lambda x, t: class_gradient(classifier, x, t, classes)


def checked_eta(eta: float) -> float:
    """Return eta, or say that it lies outside [0, 1]."""
    if not 0 <= eta <= 1:
        raise ValueRangeError(f"eta lies in [0, 1], got {eta}: 0 adds no noise, 1 as much as DDPM")
    return float(eta)


def checked_scale(scale: float) -> float:
    """Return the scale, or say that it is not a finite number from 0."""
    if not (math.isfinite(scale) and scale >= 0):
        raise ValueRangeError(f"the scale is a finite number from 0, got {scale}: 0 guides not at all")
    return float(scale)
