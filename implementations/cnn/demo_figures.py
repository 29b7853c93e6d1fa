"""The figures of the demo: the matrix of a convolution, and what a trained network sees and mistakes."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
from matplotlib.patches import Rectangle

from foundations import plotting
from foundations.autodiff import no_grad
from foundations.plotting import COLOURS, SOFT
from implementations.cnn.evaluation import confusion_matrix, probabilities, saliency
from implementations.cnn.networks import ConvNet, FullyConnected
from implementations.cnn.pictures import Pictures, Standard, pictures, standard
from implementations.cnn.receptive_field import receptive_field
from implementations.cnn.sliding import convolution_matrix
from implementations.cnn.training import Training, TrainingConfig
from implementations.cnn.variance import SCHEMES, measured, predicted, weight_variance

EXAMPLE = 3
"""Number of the test picture that returns in every figure."""


def draw_matrix(path: Path) -> None:
    """Draw the matrix of a 2 × 2 kernel on the 3 × 3 image of the notes, and that of a 3 × 3 kernel."""
    small = convolution_matrix(np.array([[[[1.0, 2.0], [3.0, 4.0]]]]), (1, 3, 3))
    sobel = np.array([[[[1.0, 0, -1], [2, 0, -2], [1, 0, -1]]]])
    large = convolution_matrix(sobel, (1, 7, 7))
    fig, axes = plotting.figure("wide", cols=2, height=3.4)
    x_labels = [f"$x_{{{i}{j}}}$" for i in range(3) for j in range(3)]
    y_labels = [f"$y_{{{i}{j}}}$" for i in range(2) for j in range(2)]
    plotting.heatmap(axes[0], small, values=".0f", y_labels=y_labels)
    axes[0].set_xticks(range(9), x_labels)
    axes[0].set_title("2 × 2 kernel, 3 × 3 image")
    plotting.heatmap(axes[1], large, kind="diverging")
    axes[1].set_title("3 × 3 edge kernel, 7 × 7 image")
    axes[1].set(xlabel="pixel of the image", ylabel="pixel of the output")
    plotting.save(fig, path)


def draw_field(model: ConvNet, test: Pictures, scale: Standard, path: Path) -> None:
    """Draw on a digit what the middle unit of every layer sees."""
    image = test.images[EXAMPLE]
    fields = receptive_field(model.windows())
    size = image.shape[1]
    fig, ax = plotting.figure(height=3.6)
    plotting.image_grid(ax, image[:1] if len(image) == 1 else image.transpose(1, 2, 0)[None])
    ax.set(xlim=(-0.5, size + 11), ylim=(size - 0.5, -0.5))
    for k, (field, window) in enumerate(zip(fields, model.windows(), strict=True)):
        units = (size - field.size - 2 * field.start) // field.step + 1
        first, _ = field.of(units // 2)
        colour = COLOURS[k % len(COLOURS)]
        ax.add_patch(
            Rectangle((first - 0.5, first - 0.5), field.size, field.size, fill=False, ec=colour, lw=1.6)
        )
        kind = "pooling" if window.stride > 1 else "convolution"
        ax.text(size + 0.5, 2.2 + 2.6 * k, f"{field.size} × {field.size} after {kind}", color=colour, size=9)
    plotting.save(fig, path)


def draw_variance(path: Path, seed: int, depth: int = 30, width: int = 200) -> None:
    """Draw the mean square of activations and gradients by layer, measured and as theory says."""
    widths = [width] * (depth + 1)
    fig, axes = plotting.figure("wide", cols=2, height=3.2, sharey=True)
    layers = np.arange(1, depth + 1)
    for scheme, colour in zip(SCHEMES[1:], COLOURS, strict=False):
        theory = predicted(scheme, widths)
        found = measured(scheme, widths, rng=np.random.default_rng(seed))
        name = {"lecun": "1/n", "glorot": "2/(n + n′)", "he": "2/n"}[scheme]
        for ax, line, dots in zip(axes, theory, found, strict=True):
            dashed = {"linestyle": "--"} if scheme == "glorot" else {}
            ax.semilogy(layers, line, color=colour, label=name if ax is axes[0] else "", **dashed)
            ax.semilogy(layers[::2], dots[::2], "o", color=colour, markersize=3)
    axes[0].set(xlabel="layer", ylabel="mean square", title="activations, forwards")
    axes[1].set(xlabel="layer", title="gradients, backwards")
    axes[0].text(2, 3e-8, "line: theory, dots: one network", color=SOFT, size=9)
    axes[0].legend(title="variance of a weight", loc="center left", bbox_to_anchor=(0.0, 0.45))
    plotting.save(fig, path)


def draw_starts(path: Path, seed: int) -> dict[str, float]:
    """Draw how 20 layers of ReLUs learn from three first weights, and return each one's last losses."""
    train, _ = pictures("mnist-small")
    scale, widths = standard(train.images), [784, *(32, 96) * 10]
    how = TrainingConfig(epochs=2, batch_size=50, learning_rate=0.02, seed=seed)
    fig, ax = plotting.figure(height=2.8)
    last = {}
    for scheme, colour in zip(SCHEMES[1:], COLOURS, strict=False):
        model = FullyConnected(widths=widths[1:], rng=np.random.default_rng(seed))
        hidden = (p for p in model.parameters()[:-2] if p.ndim == 2)  # drawn with variance 2 / n
        for weight, (into, out) in zip(hidden, pairwise(widths), strict=True):
            weight.data = weight.data * np.float32((weight_variance(scheme, into, out) * into / 2) ** 0.5)
        losses = np.array(Training(model, how, train, scale).run().losses)
        last[scheme] = float(losses[-20:].mean())
        smooth = losses.reshape(-1, 5).mean(axis=1)
        name = {"lecun": "1/n", "glorot": "2/(n + n′)", "he": "2/n"}[scheme]
        dashed = {"linestyle": "--"} if scheme == "glorot" else {}
        ax.plot(5 * np.arange(len(smooth)) + 3, smooth, color=colour, label=name, **dashed)
    ax.set(xlabel="step", ylabel="training loss, nats a picture", ylim=(0, None))
    ax.legend(title="variance of a weight", loc="lower left")
    plotting.save(fig, path)
    return last


def draw_loss(losses: list[float], per_epoch: int, path: Path) -> None:
    """Draw the loss of every step, and its mean over each epoch."""
    fig, ax = plotting.figure(height=2.8)
    steps = np.arange(1, len(losses) + 1)
    ax.semilogy(steps, losses, color=SOFT, linewidth=0.7)
    means = np.array(losses).reshape(-1, per_epoch).mean(axis=1)
    middle = (np.arange(len(means)) + 0.5) * per_epoch
    ax.semilogy(middle, means, "o-", color=COLOURS[0], markersize=4)
    ax.set(xlabel="step", ylabel="training loss, nats a picture")
    plotting.save(fig, path)


def draw_filters(model: ConvNet, test: Pictures, scale: Standard, path: Path) -> None:
    """Draw the kernels of the first layer, and the maps that one digit leaves after each block."""
    kernels = model.blocks[0].layers[0].weight.numpy()[:16, 0]  # (16, 3, 3)
    with no_grad():
        maps = [one.numpy()[0] for one in model.features(scale.apply(test.images[EXAMPLE][None]))]
    fig, axes = plotting.figure("wide", cols=3, height=3.0)
    shown = [_scaled(kernels), _scaled(maps[0][:16]), _scaled(maps[-1][:16])]
    titles = ["kernels, layer 1", "after block 1", f"after block {len(maps)}"]
    for ax, images, title in zip(axes, shown, titles, strict=True):
        plotting.image_grid(ax, images, columns=4)
        ax.set_title(title)
    plotting.save(fig, path)


def draw_mistakes(model: ConvNet, test: Pictures, scale: Standard, path: Path) -> None:
    """Draw which class is taken for which, and the mistakes it was surest of."""
    found = probabilities(model, test.images, scale)
    guessed = found.argmax(axis=1)
    classes = found.shape[1]
    counts = confusion_matrix(guessed, test.labels, classes).astype(float)
    np.fill_diagonal(counts, np.nan)
    fig, axes = plotting.figure("wide", cols=2, height=3.4)
    names = [str(k) for k in range(classes)]
    plotting.heatmap(axes[0], counts, x_labels=names, y_labels=names, scale="pictures")
    axes[0].set(xlabel="taken for", ylabel="true class")
    wrong = np.flatnonzero(guessed != test.labels)
    worst = wrong[np.argsort(-found[wrong, guessed[wrong]])][:12]
    images = (
        test.images[worst][:, 0] if test.images.shape[1] == 1 else test.images[worst].transpose(0, 2, 3, 1)
    )
    side = test.images.shape[2]
    plotting.image_grid(axes[1], images, columns=4)
    for k, one in enumerate(worst):
        row, column = divmod(k, 4)
        words = f"{test.labels[one]} → {guessed[one]}"
        axes[1].text(column * (side + 1), row * (side + 1) + 4, words, size=8, color=COLOURS[1])
    axes[1].set_title("surest mistakes: true → guessed")
    plotting.save(fig, path)


def draw_saliency(model: ConvNet, test: Pictures, scale: Standard, path: Path) -> None:
    """Draw some digits and beneath each where its score would change most."""
    guessed = probabilities(model, test.images[:200], scale).argmax(axis=1)
    right = np.flatnonzero(guessed == test.labels[:200])
    chosen = [
        right[np.flatnonzero(test.labels[right] == k)[0]]
        for k in (0, 3, 5, 7, 9)
        if (test.labels[right] == k).any()
    ]
    seen = np.stack([saliency(model, test.images[i], scale, int(test.labels[i])) for i in chosen])
    grey = test.images[chosen].mean(axis=1)
    fig, ax = plotting.figure(height=2.4)
    plotting.image_grid(ax, np.concatenate([grey, _scaled(seen)]), columns=len(chosen))
    plotting.save(fig, path)


def _scaled(images: np.ndarray) -> np.ndarray:
    """Return images (n, H, W) with the values of each spread over [0, 1]."""
    low, high = images.min(axis=(1, 2), keepdims=True), images.max(axis=(1, 2), keepdims=True)
    return (images - low) / np.where(high > low, high - low, 1)
