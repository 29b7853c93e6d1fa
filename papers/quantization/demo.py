"""The demo: a small network learns to read noisy digits, is rounded, and runs on integers."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from foundations.demo_report import Report
from foundations.experiment import Budget, by_budget
from papers.quantization import demo_figures
from papers.quantization.aware import train_on
from papers.quantization.demo_architecture import draw_architecture
from papers.quantization.demo_live import draw_live
from papers.quantization.digits import Rows
from papers.quantization.folded import FoldedNet, fold
from papers.quantization.model import QuantizedNet, quantize_model
from papers.quantization.networks import CONFIGS, Net
from papers.quantization.saving import save_net, save_quantized
from papers.quantization.training import accuracy, train

BITS = (8, 7, 6, 5, 4, 3, 2)


def demo(budget: Budget, *, seed: int, out: Path) -> Report:
    """Train and fold a network, round it, run it on integers, and draw the figures.

    Args:
        budget: "quick" for 5,000 digits and 300 steps, seconds; else MNIST and more steps.
        seed: Seed of weights, digits and order.
        out: Folder for the figures.

    Returns:
        Every number that is printed, by name, and which lines missed their expectation.
    """
    report = Report()
    steps = by_budget(budget, quick=300, standard=1500, full=6000)
    rows = Rows(seed % 100, budget, n_train=by_budget(budget, quick=4500, standard=50_000, full=50_000),
                n_validation=500, n_test=1000)  # fmt: skip
    print(f"A network of 18,058 weights learns to read digits under noise, in {steps} steps.")
    net = Net(CONFIGS["plain"], rng=np.random.default_rng(seed))
    train(net, rows.training, steps=steps, rate=0.01, rng=np.random.default_rng([seed, 1]))
    folded = fold(net)
    small = quantize_model(folded, rows.training.images[:500])
    size(report, folded, small)
    reads(report, folded, small, rows, out)
    units(report, small, rows)
    recovers(report, folded, rows, steps)
    demo_figures.draw_grid(out / "grid.svg")
    demo_figures.draw_channels(out / "channels.svg")
    demo_figures.draw_ties(out / "ties.svg")
    draw_architecture(out / "architecture.svg")
    draw_live(out / "live.svg")
    return report


def size(report: Report, folded: FoldedNet, small: QuantizedNet) -> None:
    """Report bytes on disk."""
    with tempfile.TemporaryDirectory() as folder:
        real = save_net(Path(folder) / "real.safetensors", folded)
        less = save_quantized(Path(folder) / "small.safetensors", small)
    report(
        "Bytes on disk in real numbers over bytes in integers",
        "between 3 and 4: biases and scales keep four bytes, and files have headers",
        f"{real:,} / {less:,} = {real / less:.2f}",
        met=3 < real / less < 4,
        bytes_real=real,
        bytes_small=less,
    )


def reads(report: Report, folded: FoldedNet, small: QuantizedNet, rows: Rows, out: Path) -> None:
    """Report what is lost at 8 bits and at 2, and draw all between."""
    test, images = rows.test, rows.training.images[:500]
    real = accuracy(folded(test.images), test.labels)
    lost: dict[str, list[float]] = {}
    for how, per_channel in (("a channel", True), ("a layer", False)):
        lost[how] = []
        for bits in BITS:
            kind = {"weight_bits": bits, "activation_bits": bits, "per_channel": per_channel}
            logits = quantize_model(folded, images, **kind).simulate(test.images)
            lost[how].append(100 * (real - accuracy(logits, test.labels)))
    demo_figures.draw_bits(BITS, lost, out / "bits.svg")
    report(
        "Points of accuracy lost at 8 bits and at 2, a scale a channel",
        "less than 1, and more than 20",
        f"{lost['a channel'][0]:.1f} of {100 * real:.1f}, and {lost['a channel'][-1]:.1f}",
        met=lost["a channel"][0] < 1 and lost["a channel"][-1] > 20,
        right=real,
        lost_8=lost["a channel"][0],
        lost_2=lost["a channel"][-1],
    )
    read = accuracy(small.integers(test.images), test.labels)
    report(
        "Digits read right on integers alone",
        "within 1 point of real numbers",
        f"{read:.1%}, beside {real:.1%}",
        met=abs(read - real) < 0.01,
        right_integers=read,
    )


def units(report: Report, small: QuantizedNet, rows: Rows) -> None:
    """Report how far integers are from reals that are rounded once."""
    steps = small.steps(rows.test.images[:200])
    off = np.concatenate([
        np.abs(small.layer_of_reals(i, steps[i]).astype(int) - steps[i + 1]).ravel()
        for i in range(len(small.layers) - 1)
    ])  # fmt: skip
    report(
        "Largest difference of a layer on integers from the same layer on reals, in units of its output",
        "1, seldom: two roundings against one",
        f"{off.max()}, in {100 * (off > 0).mean():.2f} % of {len(off):,} outputs",
        met=off.max() <= 1 and (off > 0).mean() < 0.01,
        units=off.max(),
        share_off=(off > 0).mean(),
    )


def recovers(report: Report, folded: FoldedNet, rows: Rows, steps: int) -> None:
    """Report what training aware of 2 bits recovers."""
    test = rows.test
    rng = np.random.default_rng(7)
    model = train_on(folded, rows.training, weight_bits=2, steps=steps, rate=0.003, rng=rng)
    real = accuracy(folded(test.images), test.labels)
    after = accuracy(
        quantize_model(folded, rows.training.images[:500], weight_bits=2).simulate(test.images), test.labels
    )
    aware = accuracy(model.quantized().simulate(test.images), test.labels)
    report(
        "Weights of -1, 0 and 1: digits read right when rounded afterwards, and when trained aware of it",
        "half of what rounding costs is recovered",
        f"{after:.1%} and {aware:.1%}, beside {real:.1%} in real numbers",
        met=aware - after > (real - after) / 2,
        right_after=after,
        right_aware=aware,
    )
