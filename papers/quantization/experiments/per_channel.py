"""Krishnamoorthi 2018, table 2: one scale a layer can ruin what one scale a channel keeps.

Here the failure is injected: channels are scaled apart by factors that the next layer undoes.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from foundations.experiment import (
    Budget,
    Claim,
    Contrast,
    Metrics,
    Verdict,
    all_of,
    at_least,
    at_most,
    between,
)
from papers.quantization.experiments.common import (
    ERROR_AT_LEAST,
    ERROR_AT_MOST,
    points,
    regime,
    rows_of,
    trained,
)
from papers.quantization.folded import FoldedNet
from papers.quantization.model import quantize_model

RANGES = (1, 10, 100, 1000)
LAYER_LOSES = 10.0
CHANNEL_CHANGES = 0.1
ALIKE = 0.3
DRIFT_AT_MOST = 1e-5


def stretched(net: FoldedNet, most: float, rng: np.random.Generator) -> FoldedNet:
    """Return a network of the same function with channels of pointwise layers scaled apart.

    Channel c of a pointwise layer is multiplied by s_c, weights and bias, and the depthwise kernel that reads
    it divided by s_c: a ReLU lets positive factors pass.

    Args:
        net: Separable.
        most: s_c are drawn log-uniform from 1 to this.
        rng: Source of the factors.
    """
    layers = list(net.layers)
    for i, (one, after) in enumerate(pairwise(layers)):
        pointwise = one.convolution is not None and one.convolution.kernel == 1
        if pointwise and after.convolution is not None and after.convolution.depthwise:
            s = (most ** rng.uniform(0, 1, len(one.bias))).astype(np.float32)
            across = s[:, None, None, None]
            layers[i] = replace(one, weight=one.weight * across, bias=one.bias * s)
            layers[i + 1] = replace(after, weight=after.weight / across)
    return replace(net, layers=tuple(layers))


def natural_range(net: FoldedNet) -> float:
    """Return how many times the largest weight of a channel exceeds another's, at most over the layers."""
    tops = [np.abs(layer.weight).reshape(len(layer.weight), -1).max(axis=1) for layer in net.layers]
    return float(max(top.max() / top[top > 0].min() for top in tops))


def run(seed: int, budget: Budget) -> dict[str, float]:
    """Quantise the weights to 8 bits, a layer and a channel, at every range of factors."""
    net, test = trained("separable", seed, budget), rows_of(seed, budget).test
    real = net(test.images)
    metrics = {"error_real": points(real, test), "natural_range": natural_range(net)}
    for most in RANGES:
        apart = stretched(net, most, np.random.default_rng([seed, 7]))
        few = slice(min(1000, len(test.labels)))
        drift = np.abs(apart(test.images[few]) - real[few]).max() / np.abs(real).max()
        metrics[f"drift_{most}"] = float(drift)
        for how, per_channel in (("layer", False), ("channel", True)):
            rounded = quantize_model(apart, activation_bits=None, per_channel=per_channel)
            metrics[f"loss_{how}_{most}"] = (
                points(rounded.simulate(test.images), test) - metrics["error_real"]
            )
        metrics[f"difference_{most}"] = metrics[f"loss_layer_{most}"] - metrics[f"loss_channel_{most}"]
    metrics["channel_change"] = metrics["loss_channel_1000"] - metrics["loss_channel_1"]
    return metrics


def holds(m: Metrics) -> Verdict:
    """At R = 1000 a scale a layer loses 10 points more, and a scale a channel changes by 0.1 at most."""
    return all_of(
        at_least(m["difference_1000"], LAYER_LOSES),
        between(m["channel_change"], -CHANNEL_CHANGES, CHANNEL_CHANGES),
    )


def control(m: Metrics) -> Verdict:
    """With factors of 1 the two differ by 0.3 points at most."""
    return between(m["difference_1"], -ALIKE, ALIKE)


def same_function(m: Metrics) -> Verdict:
    """In real numbers the factors change no logit by more than 1e-5 of the largest."""
    return all_of(*(at_most(m[f"drift_{most}"], DRIFT_AT_MOST) for most in RANGES))


CLAIM = Claim(
    id="per-channel",
    where="Section 3.1.1, table 2 (weights only: MobileNet-v1 .001 a layer, .591 and .704 a channel)",
    says="An injected failure: where channels of a layer differ in size, one scale a layer ruins a separable "
    "network that one scale a channel keeps.",
    estimand="Separable network, weights in 8 bits, activations real. Channel c of each pointwise layer is "
    "multiplied by $s_c$, log-uniform in [1, R], and its depthwise kernel divided by it, which changes "
    "nothing in real numbers. Points lost with a scale a layer minus those with a scale a channel, at R = "
    "1000; R = 1, 10 and 100 are drawn. The largest ratio of channels before that is reported.",
    predicts="At least 10 points; a scale a channel is indifferent to R in theory, and changes by 0.1 points "
    "at most. (At R = 100 the smallest channel keeps about one level of 127.)",
    refuted="The whole interval of the difference lies below 10, or that of the change outside ±0.1.",
    control="R = 1: the two differ by at most 0.3 points.",
    thresholds={
        "layer_loses": LAYER_LOSES,
        "channel_changes": CHANNEL_CHANGES,
        "alike": ALIKE,
        "drift_at_most": DRIFT_AT_MOST,
        "error_at_least": ERROR_AT_LEAST,
        "error_at_most": ERROR_AT_MOST,
    },
    run=run,
    holds=holds,
    gates={"regime": regime, "same function": same_function, "control": control},
    scale=lambda budget: {"parameters": (11_466, 4_231_976)},
    plots={
        "difference": Contrast(
            values="difference_1000",
            axis="points lost a layer minus a channel, factors of 1 to 1000",
            left="a layer is better",
            right="a channel is better",
            thresholds=("layer_loses",),
            supports="above",
        ),
        "hundred": Contrast(
            values="difference_100",
            axis="the same, factors of 1 to 100",
            left="a layer is better",
            right="a channel is better",
        ),
        "control": Contrast(
            values="difference_1",
            axis="the same, no factors",
            left="a layer is better",
            right="a channel is better",
            thresholds=("-alike", "alike"),
            supports="between",
        ),
    },
)
