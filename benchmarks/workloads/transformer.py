"""A step of Adam on a causal Transformer that predicts the next token: pre-LN, GELU, as in GPT-2."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from benchmarks.workload import Step, Workload, training
from benchmarks.workloads.plain import autograd_step, cross_entropy, jax_step

VOCABULARY = 256
RATE = 1e-4
EPS = 1e-5

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Size:
    """Layers, width, heads, sequences a batch, tokens a sequence; the inner width is four times the width."""

    layers: int
    width: int
    heads: int
    batch: int
    length: int

    def multiply_adds(self) -> int:
        """Count those of one step: three times the forward pass's."""
        a_layer = 12 * self.width**2 + 2 * self.length * self.width
        return 3 * self.batch * self.length * (self.layers * a_layer + VOCABULARY * self.width)


def problem(size: Size) -> tuple[np.ndarray, np.ndarray, Arrays]:
    """Return tokens, the tokens that follow them, and the first weights by name, in our layout."""
    rng = np.random.default_rng(0)
    d = size.width
    arrays = {}

    def add(name: str, *shape: int) -> None:
        bias = {"bias": shape[-1:]} if name not in ("tokens", "positions") else {}
        for kind, lengths in ({"weight": shape} | bias).items():
            centre = 1.0 if "norm" in name and kind == "weight" else 0.0
            arrays[f"{name}.{kind}"] = rng.normal(centre, 0.1, lengths).astype(np.float32)

    add("tokens", VOCABULARY, d)
    add("positions", size.length, d)
    for i in range(size.layers):
        for name in ("query", "key", "value", "output"):
            add(f"blocks.{i}.attention.{name}", d, d)
        add(f"blocks.{i}.feed_forward.inner", d, 4 * d)
        add(f"blocks.{i}.feed_forward.outer", 4 * d, d)
        add(f"blocks.{i}.attention_norm", d)
        add(f"blocks.{i}.feed_forward_norm", d)
    add("norm", d)
    add("head", d, VOCABULARY)
    text = rng.integers(0, VOCABULARY, (size.batch, size.length + 1))
    return text[:, :-1].copy(), text[:, 1:].copy(), arrays


def ours(size: Size) -> Step:
    from foundations import nn
    from foundations.nn import functional as F
    from foundations.optimization import Adam

    tokens, following, arrays = problem(size)
    rng = np.random.default_rng(0)

    class Decoder(nn.Module):
        def __init__(self) -> None:
            self.tokens = nn.Embedding(VOCABULARY, size.width, rng=rng)
            self.positions = nn.Embedding(size.length, size.width, rng=rng)
            self.blocks = nn.ModuleList(
                nn.TransformerEncoderLayer(
                    size.width, size.heads, 4 * size.width, 0.0, "gelu", norm_first=True, rng=rng
                )
                for _ in range(size.layers)
            )
            self.norm = nn.LayerNorm(size.width)
            self.head = nn.Linear(size.width, VOCABULARY, rng=rng)

        def forward(self, tokens: Any) -> Any:
            x = self.tokens(tokens) + self.positions(np.arange(tokens.shape[1]))
            for block in self.blocks:
                x = block(x, causal=True)
            return self.head(self.norm(x))

    model = Decoder()
    model.load_state_dict(arrays)
    optimizer = Adam(model.parameters(), learning_rate=RATE)
    return training(lambda: F.cross_entropy(model(tokens), following), optimizer)


def pytorch(size: Size) -> Step:
    import torch
    from torch import nn
    from torch.nn import functional as F

    tokens, following, arrays = problem(size)
    tokens, following = torch.tensor(tokens), torch.tensor(following)

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.attention_norm = nn.LayerNorm(size.width)
            self.projections = nn.Linear(size.width, 3 * size.width)
            self.output = nn.Linear(size.width, size.width)
            self.feed_forward_norm = nn.LayerNorm(size.width)
            self.inner = nn.Linear(size.width, 4 * size.width)
            self.outer = nn.Linear(4 * size.width, size.width)

        def forward(self, x: Any) -> Any:
            b, t, d = x.shape
            qkv = self.projections(self.attention_norm(x))
            q, k, v = qkv.view(b, t, 3, size.heads, d // size.heads).permute(2, 0, 3, 1, 4)
            heads = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + self.output(heads.transpose(1, 2).reshape(b, t, d))
            return x + self.outer(F.gelu(self.inner(self.feed_forward_norm(x))))

    class Decoder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.tokens = nn.Embedding(VOCABULARY, size.width)
            self.positions = nn.Embedding(size.length, size.width)
            self.blocks = nn.ModuleList(Block() for _ in range(size.layers))
            self.norm = nn.LayerNorm(size.width)
            self.head = nn.Linear(size.width, VOCABULARY)

        def forward(self, tokens: Any) -> Any:
            x = self.tokens(tokens) + self.positions(torch.arange(tokens.shape[1]))
            for block in self.blocks:
                x = block(x)
            return self.head(self.norm(x))

    model = Decoder()
    model.load_state_dict(_for_pytorch(arrays, size))
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
    return training(
        lambda: F.cross_entropy(model(tokens).view(-1, VOCABULARY), following.view(-1)), optimizer
    )


def _for_pytorch(arrays: Arrays, size: Size) -> dict[str, Any]:
    """Rename, join the three projections, and lay the weights of linear maps out as (out, in)."""
    import torch

    state = {}
    for name, array in arrays.items():
        table = name in ("tokens.weight", "positions.weight")
        state[name] = array.T if array.ndim == 2 and not table else array
    for i in range(size.layers):
        block = f"blocks.{i}."
        for kind in ("weight", "bias"):
            parts = [state.pop(f"{block}attention.{name}.{kind}") for name in ("query", "key", "value")]
            state[f"{block}projections.{kind}"] = np.concatenate(parts)
            state[f"{block}output.{kind}"] = state.pop(f"{block}attention.output.{kind}")
            for name in ("inner", "outer"):
                state[f"{block}{name}.{kind}"] = state.pop(f"{block}feed_forward.{name}.{kind}")
    return {name: torch.tensor(array) for name, array in state.items()}


def _loss(xp: Any, erf: Any, p: Arrays, tokens: np.ndarray, following: np.ndarray, size: Size) -> Any:
    """Compute the loss with `xp`, a module like NumPy."""
    hidden = np.where(np.tri(size.length, dtype=bool), 0, -np.inf).astype(np.float32)

    def linear(x: Any, name: str) -> Any:
        return x @ p[f"{name}.weight"] + p[f"{name}.bias"]

    def norm(x: Any, name: str) -> Any:
        centred = x - xp.mean(x, axis=-1, keepdims=True)
        root = xp.sqrt(xp.mean(centred * centred, axis=-1, keepdims=True) + EPS)
        return centred / root * p[f"{name}.weight"] + p[f"{name}.bias"]

    def split(x: Any) -> Any:
        return xp.swapaxes(xp.reshape(x, (size.batch, size.length, size.heads, -1)), 1, 2)

    x = p["tokens.weight"][tokens] + p["positions.weight"]
    for i in range(size.layers):
        h = norm(x, f"blocks.{i}.attention_norm")
        q, k, v = (split(linear(h, f"blocks.{i}.attention.{name}")) for name in ("query", "key", "value"))
        scores = q @ xp.swapaxes(k, -1, -2) * (size.width // size.heads) ** -0.5 + hidden
        e = xp.exp(scores - xp.max(scores, axis=-1, keepdims=True))
        heads = e / xp.sum(e, axis=-1, keepdims=True) @ v
        joined = xp.reshape(xp.swapaxes(heads, 1, 2), x.shape)
        x = x + linear(joined, f"blocks.{i}.attention.output")
        h = linear(norm(x, f"blocks.{i}.feed_forward_norm"), f"blocks.{i}.feed_forward.inner")
        x = x + linear(0.5 * h * (1 + erf(h * 0.5**0.5)), f"blocks.{i}.feed_forward.outer")
    logits = linear(norm(x, "norm"), "head")
    return cross_entropy(xp, xp.reshape(logits, (-1, VOCABULARY)), following.reshape(-1))


def autograd(size: Size) -> Step:
    from autograd.scipy.special import erf

    tokens, following, arrays = problem(size)
    loss = lambda xp, p: _loss(xp, erf, dict(zip(arrays, p, strict=True)), tokens, following, size)
    return autograd_step(loss, list(arrays.values()), RATE)


def jax(size: Size) -> Step:
    from jax.scipy.special import erf

    tokens, following, arrays = problem(size)
    loss = lambda xp, p: _loss(xp, erf, dict(zip(arrays, p, strict=True)), tokens, following, size)
    return jax_step(loss, list(arrays.values()), RATE)


def _workload(name: str, size: Size) -> Workload:
    return Workload(
        name=name,
        title=f"Transformer {size.layers} × d{size.width}, {size.batch} × {size.length} tokens, Adam",
        multiply_adds=size.multiply_adds(),
        steps={f.__name__: partial(f, size) for f in (ours, pytorch, autograd, jax)},
    )


WORKLOADS = (
    _workload("transformer-small", Size(layers=2, width=128, heads=4, batch=16, length=64)),
    _workload("transformer-medium", Size(layers=4, width=256, heads=4, batch=8, length=128)),
)
