"""The networks of the page's figure as they ship: `python -m papers.resnet.demo_weights` writes them.

Twelve networks of 8, 20 and 32 layers, plain and residual, with batch normalisation and without, each trained
for 400 steps on the digits of the experiments, seed 100. Those with normalisation stand in
`weights/resnet.safetensors`, folded into their kernels, as bytes with a scale a row. What the figure shows of
all twelve stands there too, and in `interactive/resnet_runs.js` for the page.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from foundations.errors import FoundationsError
from foundations.files import write_atomically
from foundations.nn.serialization import SavedStateError, load_metadata
from foundations.nn.shipping import commit_of, dequantise_rows, load_shipped, quantise_rows, ship
from papers.resnet.configs import ResNetConfig
from papers.resnet.experiments.learning import descend, network, rows, steps
from papers.resnet.experiments.rows import Digits
from papers.resnet.looking import gradient_norms, responses
from papers.resnet.resnet import ResNet
from papers.resnet.training import error_rate

WEIGHTS = Path(__file__).parent / "weights" / "resnet.safetensors"
SCRIPT = Path(__file__).parent / "interactive" / "resnet_runs.js"
COMMAND = "python -m papers.resnet.demo_weights"
SEED, DEPTHS, IMAGES = 100, (8, 20, 32), 1000
RATE = {True: 0.1, False: 0.01}
"""With batch normalisation the paper's rate, without it a tenth."""
EVERY = 10
"""Steps whose mean loss is one point of a curve."""


def folded(model: ResNet) -> ResNet:
    """Return the network that computes the same in evaluation mode, normalisation put into kernels.

    γ (w ∗ x − μ) / √(σ² + ε) + β is a convolution with w γ / √(σ² + ε) and the bias β − μ γ / √(σ² + ε).
    """
    config = replace(model.config, batch_norm=False)
    plain = ResNet(config, rng=np.random.default_rng(0))
    modules: dict[str, Any] = dict(plain.named_modules())
    norms: dict[str, Any] = dict(model.named_modules())
    for name, layer in norms.items():
        own = modules[name]
        if not hasattr(layer, "weight"):
            continue
        if name == "linear":
            own.weight.data, own.bias.data = layer.weight.data.copy(), layer.bias.data.copy()
        elif layer.weight.ndim == 4:
            head, _, last = name.rpartition(".")
            norm = f"{head}.{last.replace('conv', 'bn')}".strip(".") if "conv" in last else f"{head}.1"
            by = norms[norm].weight.data / np.sqrt(norms[norm].running_var.data + norms[norm].eps)
            own.weight.data = layer.weight.data * by[:, None, None, None]
            own.bias.data = norms[norm].bias.data - norms[norm].running_mean.data * by
    return plain.eval()


def as_shipped(model: ResNet) -> ResNet:
    """Return the network with its arrays rounded as they ship."""
    state = {name: dequantise_rows(*quantise_rows(value)) for name, value in model.state_dict().items()}
    model.load_state_dict(state)
    return model


def images(seed: int = SEED) -> Digits:
    """Return the images from which errors and responses are read: digits that no network learned from."""
    digits = rows(seed, "standard").validation
    return Digits(digits.images[:IMAGES], digits.labels[:IMAGES])


def left_out(model: ResNet, digits: Digits) -> list[float | None]:
    """Return the error without each block's branch; None where nothing would fit."""
    found: list[float | None] = []
    for name, block in model.blocks():
        n_out, n_in, *_ = dict(block.named_parameters())["conv1.weight"].shape
        fits = block.shortcut is not None or n_out == n_in
        found.append(error_rate(model, *digits, without=(name,)) if fits else None)
    return found


def record(kind: str, depth: int, norm: bool, digits: Digits) -> tuple[dict[str, Any], ResNet]:
    """Train one network; return what the figure shows of it, and the network as it ships."""
    arm = f"{kind}-{depth}"
    given, total = rows(SEED, "standard"), steps("standard")
    model = ResNet(replace(network(arm, SEED).config, batch_norm=norm), rng=np.random.default_rng([SEED, 6]))
    start = gradient_norms(model, *Digits(given.fresh.images[:500], given.fresh.labels[:500]))
    losses = descend(model, given, RATE[norm], total, total)
    end = gradient_norms(model, *Digits(given.fresh.images[:500], given.fresh.labels[:500]))
    shipped = as_shipped(folded(model.eval())) if norm else model.eval()
    said = {
        "kind": kind,
        "depth": depth,
        "norm": norm,
        "rate": RATE[norm],
        "curve": _short(np.array(losses[: len(losses) // EVERY * EVERY]).reshape(-1, EVERY).mean(axis=1)),
        "responses": _short(responses(shipped, digits.images).values()),
        "start": _short(start.values()),
        "end": _short(end.values()),
        "error": error_rate(shipped, *digits),
        "without": left_out(shipped, digits),
    }
    return said, shipped


def _short(numbers: Any) -> list[float]:
    return [float(f"{number:.5g}") for number in numbers]


def read(weights: Path = WEIGHTS) -> tuple[dict[str, ResNet], list[dict[str, Any]]]:
    """Return the networks with normalisation folded in, by name such as `plain-32`, and all twelve records.

    Raises:
        SavedStateError: If the file is missing, damaged, or holds something else.
    """
    said, arrays = load_metadata(weights), load_shipped(weights)
    try:
        models = {}
        for name, config in json.loads(said["networks"]).items():
            sizes = {"blocks": tuple(config["blocks"]), "widths": tuple(config["widths"])}
            models[name] = ResNet(ResNetConfig(**config | sizes), rng=np.random.default_rng(0)).eval()
            own = {k.removeprefix(f"{name}/"): v for k, v in arrays.items() if k.startswith(f"{name}/")}
            models[name].load_state_dict(own)
        return models, json.loads(said["runs"])
    except (FoundationsError, KeyError, TypeError, ValueError) as error:
        raise SavedStateError(
            f"{weights} does not hold these networks ({error}): restore it, or write it with `{COMMAND}`"
        ) from None


load = cache(read)
"""`read`, read once."""


def write(weights: Path = WEIGHTS, script: Path = SCRIPT) -> list[dict[str, Any]]:
    """Train the twelve networks and write both files; return the records."""
    commit, digits = commit_of("foundations", "papers/resnet"), images()
    runs, arrays, networks = [], {}, {}
    for norm in (True, False):
        for depth in DEPTHS:
            for kind in ("plain", "residual"):
                said, model = record(kind, depth, norm, digits)
                runs.append(said)
                print(f"{kind}-{depth}{'' if norm else ' without normalisation'}: error {said['error']:.3f}")
                if norm:
                    networks[f"{kind}-{depth}"] = asdict(model.config)
                    arrays |= {f"{kind}-{depth}/{name}": one for name, one in model.state_dict().items()}
    about = {"command": COMMAND, "seed": str(SEED), "budget": "standard", "commit": commit}
    about["runs"] = json.dumps(runs, separators=(",", ":"))
    weights.parent.mkdir(exist_ok=True)
    script.parent.mkdir(exist_ok=True)
    ship(arrays, weights=weights, metadata=about | {"networks": json.dumps(networks)}, command=COMMAND)
    text = json.dumps({"metadata": about, "arrays": {}}, separators=(",", ":"))
    said = f"// Written by `{COMMAND}`: not by hand.\nfigure.give({text});\n"
    write_atomically(script, said, error=SavedStateError)
    return runs


if __name__ == "__main__":
    argparse.ArgumentParser(prog=COMMAND, description=__doc__).parse_args()  # it takes none
    write()
