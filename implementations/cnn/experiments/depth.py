"""He et al. 2015, section 2.2: a layer of ReLUs multiplies the second moment by half of n Var w.

Cost: 1 second a seed on one core; no pilot, for nothing is tuned.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from foundations.experiment import Budget, Claim, Contrast, Metrics, Verdict, all_of, between, by_budget
from implementations.cnn.experiments.rows import Rows
from implementations.cnn.variance import predicted, weight_variance

SCHEMES = ("lecun", "glorot", "he")
WITHIN = 0.05
"""How far a measured factor may lie from theory's, in log2 a layer: a twentieth of what the half makes.

Theory is of the mean of the factor; the mean of its logarithm lies lower by about 2.5 / n nats, 0.02 here.
"""
SPREAD_AT_MOST = 0.2
"""Standard deviation over the networks of a seed, log2 a layer: four times what a finite width makes."""

LAYERS, NARROW, WIDE = 21, 128, 384
"""Widths alternate, so that 1/n, 2/(n + n') and 2/n predict three different things."""


def widths(inputs: int) -> list[int]:
    """Return the widths of the input and of every layer."""
    return [inputs, *(NARROW if layer % 2 == 0 else WIDE for layer in range(LAYERS))]


def moments(x: np.ndarray, scheme: str, rng: np.random.Generator, *, rectified: bool) -> np.ndarray:
    """Send digits through a network at its start, and a random gradient back.

    Args:
        x: Standardised pixels, shape (n, inputs).
        scheme: Name of the variance of a weight.
        rng: Source of the weights and of the gradient at the end.
        rectified: Whether a ReLU follows each layer; without it all is linear.

    Returns:
        Mean square of every layer's sums, and of the gradients with respect to them, shape (2, LAYERS).
    """
    weights, sums = [], []
    for into, out in pairwise(widths(x.shape[1])):
        weights.append(rng.normal(0, weight_variance(scheme, into, out) ** 0.5, (into, out)))
        sums.append(x @ weights[-1])  # (n, out)
        x = np.maximum(sums[-1], 0) if rectified else sums[-1]
    g = rng.standard_normal(sums[-1].shape)
    back = [(g**2).mean()]
    for weight, before in zip(weights[:0:-1], sums[-2::-1], strict=False):
        g = g @ weight.T
        if rectified:
            g *= before > 0
        back.append((g**2).mean())
    return np.array([[(s**2).mean() for s in sums], back[::-1]])


def per_layer(moments_: np.ndarray) -> np.ndarray:
    """Return log2 of the factor of a layer, forwards and backwards, the mean over 20 layers: shape (2,)."""
    forward, backward = np.log2(moments_)
    return np.array([forward[-1] - forward[0], backward[0] - backward[-1]]) / (LAYERS - 1)


def theory(scheme: str, *, rectified: bool) -> np.ndarray:
    """Return what theory says of `per_layer`; a linear layer keeps what a ReLU halves."""
    said = per_layer(np.array(predicted(scheme, widths(NARROW))))
    return said + (0.0 if rectified else 1.0)


def run(seed: int, budget: Budget) -> Mapping[str, float]:
    """Draw networks of every scheme with and without ReLUs, and compare with theory."""
    n, networks = (
        by_budget(budget, quick=16, standard=64, full=256),
        by_budget(budget, quick=2, standard=8, full=64),
    )
    rows = Rows(seed, budget)
    x = rows.scale.apply(rows.training.images[:n]).reshape(n, -1).astype(np.float64)
    metrics = {}
    for kind, rectified in (("relu", True), ("linear", False)):
        for number, scheme in enumerate(SCHEMES):
            rng = np.random.default_rng([seed, number, int(rectified)])
            found = np.array(
                [per_layer(moments(x, scheme, rng, rectified=rectified)) for _ in range(networks)]
            )
            off = found.mean(axis=0) - theory(scheme, rectified=rectified)
            metrics[f"{kind}_{scheme}_forward"], metrics[f"{kind}_{scheme}_backward"] = off.tolist()
            metrics[f"factor_{kind}_{scheme}"] = float(found[:, 0].mean())
            metrics[f"spread_{kind}_{scheme}"] = float(found.std(axis=0, ddof=1).max())
    return metrics


def _all_close(m: Metrics, kind: str) -> Verdict:
    return all_of(
        *(
            between(m[f"{kind}_{scheme}_{way}"], -WITHIN, WITHIN)
            for scheme in SCHEMES
            for way in ("forward", "backward")
        )
    )


def holds(m: Metrics) -> Verdict:
    """All three schemes lie within 0.05 of theory, forwards and backwards."""
    return _all_close(m, "relu")


def control(m: Metrics) -> Verdict:
    """Linear networks lie within 0.05 of theory without the half, which is one power of two higher."""
    return _all_close(m, "linear")


def regime(m: Metrics) -> Verdict:
    """The networks of a seed differ by a standard deviation of less than 0.2."""
    spreads = (m[f"spread_{kind}_{scheme}"] for kind in ("relu", "linear") for scheme in SCHEMES)
    return all_of(*(between(one, 0.0, SPREAD_AT_MOST) for one in spreads))


CLAIM = Claim(
    id="depth",
    where="He et al. 2015, section 2.2",
    says="A layer of ReLUs multiplies the second moment by ½ n Var w, forwards with the inputs n and "
    "backwards with the outputs, so that only a variance of 2/n keeps a deep network's signal.",
    estimand="21 fully connected layers, alternately 128 and 384 wide, fed with digits: log2 of the factor "
    "of a layer on the mean square of the sums, the mean over 20 layers and 8 networks, minus theory's, for "
    "the variances 1/n, 2/(n + n′) and 2/n, forwards and backwards. (ReLUs pass a factor on, so the three "
    "variances test one number, the half, on three sets of networks.)",
    predicts="All six lie within ±0.05, a twentieth of what the half makes.",
    refuted="The whole interval of one lies outside.",
    control="The same networks without ReLUs, where the half vanishes: theory without it holds as closely.",
    thresholds={"within": WITHIN, "spread_at_most": SPREAD_AT_MOST},
    run=run,
    holds=holds,
    gates={"regime": regime, "control": control},
    plots={
        "forward": Contrast(
            values="relu_he_forward",
            axis="log2 of a layer's factor minus theory's, variance 2/n, forwards",
            left="smaller than theory",
            right="larger than theory",
            thresholds=("-within", "within"),
            supports="between",
        ),
        "backward": Contrast(
            values="relu_he_backward",
            axis="the same, backwards",
            left="smaller than theory",
            right="larger than theory",
            thresholds=("-within", "within"),
            supports="between",
        ),
    },
)
