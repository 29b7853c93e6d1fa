"""The first steps of every claim's arms, which the tests take again."""

from __future__ import annotations

import numpy as np

from papers.quantization.aware import AwareNet
from papers.quantization.digits import Rows
from papers.quantization.experiments import minilm, per_channel
from papers.quantization.folded import fold
from papers.quantization.model import quantize_model
from papers.quantization.networks import CONFIGS, Net
from papers.quantization.training import train

STEPS = 20
Losses = dict[str, list[float]]


def _rows() -> Rows:
    return Rows(0, "quick", n_train=256, n_validation=1, n_test=1)


def _trained(name: str) -> tuple[Net, list[float]]:
    net = Net(CONFIGS[name], rng=np.random.default_rng(0))
    return net, train(net, _rows().training, steps=STEPS, rate=0.01, rng=np.random.default_rng(1))


def of_eight_bits() -> Losses:
    """Loss of 20 steps of both networks, and logits of one image in 8 bits."""
    found: Losses = {}
    images = _rows().training.images
    for name in CONFIGS:
        net, found[name] = _trained(name)
        found[f"{name}_8"] = quantize_model(fold(net), images).simulate(images[:1])[0].tolist()
    return found


def of_per_channel() -> Losses:
    """Logits of one image after stretching by 1000, rounded a layer and a channel."""
    apart = per_channel.stretched(fold(_trained("separable")[0]), 1000, np.random.default_rng(0))
    return {
        str(one): quantize_model(apart, activation_bits=None, per_channel=one)
        .simulate(_rows().training.images[:1])[0]
        .tolist()
        for one in (False, True)
    }


def of_aware() -> Losses:
    """Loss of 20 further steps of every arm."""
    net, rows, found = fold(_trained("plain")[0]), _rows(), {}
    for arm, bits in (("real", None), ("aware", 3), ("aware_8", 8)):
        model = AwareNet(net, bits, images=rows.training.images)
        found[arm] = train(model, rows.training, steps=STEPS, rate=0.001, rng=np.random.default_rng(2))
    return found


def of_integer_only() -> Losses:
    """Logits of two images in integers, hundredths of a unit."""
    images = _rows().training.images
    return {
        name: (quantize_model(fold(_trained(name)[0]), images).integers(images[:2]) / 100).ravel().tolist()
        for name in CONFIGS
    }


def of_minilm() -> Losses:
    """Cosines of three texts under every arm of the tiny encoder."""
    found = {}
    for arm in minilm.ARMS:
        x = minilm.encoder(arm, "quick").encode(["the first of all", "a second one", "what is third"])
        found[arm] = (x @ x.T).ravel().tolist()
    return found


FINGERPRINTS = {
    "eight-bits": of_eight_bits,
    "per-channel": of_per_channel,
    "aware": of_aware,
    "integer-only": of_integer_only,
    "minilm": of_minilm,
}
