"""Jacob et al. 2018, section 2: integers alone compute what the simulation of rounding computes."""

from __future__ import annotations

import numpy as np

from foundations.experiment import Budget, Claim, Contrast, Metrics, Verdict, all_of, at_least, at_most
from papers.quantization.experiments.common import quantised, rows_of, trained
from papers.quantization.model import QuantizedNet
from papers.quantization.training import predictions

NETS = ("plain", "separable")
UNITS_AT_MOST = 1.0
WRAPPED_AT_LEAST = 2.0
IMAGES, AT_ONCE = 2000, 250


def layers_apart(net: QuantizedNet, images: np.ndarray) -> tuple[int, float, int, float]:
    """Feed every layer the same integers and compare integers with reals.

    Returns:
        The largest difference in units, the share of outputs that differ, the largest difference with sums of
        16 bits, and the share of predictions that differ from end to end.
    """
    most, wrapped, apart, outputs, changed, last = 0, 0, 0, 0, 0, len(net.layers)
    for start in range(0, len(images), AT_ONCE):
        steps = net.steps(images[start : start + AT_ONCE])
        for number in range(last):
            x = steps[last] if number == last - 1 else steps[number]
            reals = net.layer_of_reals(number, x).astype(np.int32)
            ints = steps[number + 1] if number < last - 1 else steps[-1]
            off = np.abs(ints.astype(np.int32) - reals)
            most, apart, outputs = max(most, int(off.max())), apart + int((off > 0).sum()), outputs + off.size
            if start == 0:
                narrow = net.layer_of_integers(number, x, np.int16).astype(np.int32)
                wrapped = max(wrapped, int(np.abs(narrow - reals).max()))
        simulated = net.simulate(images[start : start + AT_ONCE])
        changed += int((predictions(steps[-1]) != predictions(simulated)).sum())
    return most, apart / outputs, wrapped, changed / len(images)


def run(seed: int, budget: Budget) -> dict[str, float]:
    """Compare integers and reals, layer by layer and from end to end, in both networks."""
    metrics = {}
    for name in NETS:
        net = quantised(trained(name, seed, budget), seed, budget)
        most, apart, wrapped, changed = layers_apart(net, rows_of(seed, budget).test.images[:IMAGES])
        metrics[f"most_{name}"], metrics[f"wrapped_{name}"] = float(most), float(wrapped)
        metrics[f"apart_{name}"], metrics[f"changed_{name}"] = 100 * apart, 100 * changed
    return metrics


def holds(m: Metrics) -> Verdict:
    """No output of any layer differs by more than one unit, at any seed."""
    return all_of(*(at_most(m[f"most_{name}"], UNITS_AT_MOST) for name in NETS))


def control(m: Metrics) -> Verdict:
    """With sums of 16 bits some output differs by more than one unit."""
    return all_of(*(at_least(m[f"wrapped_{name}"], WRAPPED_AT_LEAST) for name in NETS))


CLAIM = Claim(
    id="integer-only",
    where="Jacob et al. 2018, section 2 and appendix B",
    says="A network of 8 bits can be run on integers alone, and computes what its simulation in real numbers "
    "does.",
    estimand="2,000 test digits; every layer of both networks fed the same integers: the largest difference "
    "between integers alone and real numbers rounded once, in units of the output. Reported: how often they "
    "differ, and the share of predictions that differ from end to end (logits of 8 bits tie more often than "
    "reals).",
    predicts="At most one unit, at every seed: two roundings differ from one by that.",
    refuted="More than one unit.",
    control="Sums of 16 bits, which wrap around: differences of more than one unit.",
    thresholds={"units_at_most": UNITS_AT_MOST, "wrapped_at_least": WRAPPED_AT_LEAST},
    run=run,
    holds=holds,
    gates={"control": control},
    plots={
        "plain": Contrast(
            values="most_plain",
            axis="largest difference of a layer, units of the output, plain convolutions",
            left="none",
            right="more",
            thresholds=("units_at_most",),
            supports="below",
        ),
        "separable": Contrast(
            values="most_separable",
            axis="the same, separable convolutions",
            left="none",
            right="more",
            thresholds=("units_at_most",),
            supports="below",
        ),
        "apart": Contrast(
            values="apart_plain",
            axis="percent of outputs that differ by a unit, plain convolutions",
            left="few",
            right="many",
        ),
    },
)
