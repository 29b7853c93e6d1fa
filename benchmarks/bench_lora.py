"""A step of LoRA and of full fine-tuning of one encoder: ours against PyTorch's, forward to optimiser.

Run from the repository root: python -m benchmarks.bench_lora
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
import torch

from foundations.optimization import Adam
from foundations.runtime import set_num_threads
from implementations.transformer.bert import BertConfig, BertEncoder
from papers.lora import inject

SIZES = BertConfig(2000, 384, 6, 12, 1536)
BATCH, LENGTH, ROUNDS, RANK = 32, 16, 7, 8
GOAL = 2.0  # times PyTorch's


class Adapted(torch.nn.Module):
    """A linear map of PyTorch with both factors beside it."""

    def __init__(self, base: torch.nn.Linear) -> None:
        super().__init__()
        self.base = base.requires_grad_(False)
        self.a = torch.nn.Parameter(torch.randn(RANK, base.in_features) / base.in_features**0.5)
        self.b = torch.nn.Parameter(torch.zeros(base.out_features, RANK))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map the last axis."""
        return self.base(x) + x @ self.a.T @ self.b.T


class Attention(torch.nn.Module):
    """Self-attention with maps of their own for query, key and value."""

    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value, self.output = (
            torch.nn.Linear(SIZES.d_model, SIZES.d_model) for _ in range(4)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Mix (B, T, d)."""
        q, k, v = (
            m(x).unflatten(-1, (SIZES.num_heads, -1)).transpose(1, 2)
            for m in (self.query, self.key, self.value)
        )
        mixed = torch.nn.functional.scaled_dot_product_attention(q, k, v)
        return self.output(mixed.transpose(1, 2).flatten(-2))


class Layer(torch.nn.Module):
    """One layer of the encoder, the norms after the sums."""

    def __init__(self) -> None:
        super().__init__()
        self.attention = Attention()
        self.inner = torch.nn.Linear(SIZES.d_model, SIZES.d_ff)
        self.outer = torch.nn.Linear(SIZES.d_ff, SIZES.d_model)
        self.first, self.second = (torch.nn.LayerNorm(SIZES.d_model) for _ in range(2))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Transform (B, T, d)."""
        x = self.first(x + self.attention(x))
        return self.second(x + self.outer(torch.nn.functional.gelu(self.inner(x))))


def theirs(adapted: bool) -> Callable[[], object]:
    """Return a step of PyTorch's."""
    table = torch.nn.Embedding(SIZES.vocab_size, SIZES.d_model)
    model = torch.nn.Sequential(table, *(Layer() for _ in range(SIZES.num_layers)))
    if adapted:
        model.requires_grad_(False)
        for layer in list(model)[1:]:
            layer.attention.query = Adapted(layer.attention.query)
            layer.attention.value = Adapted(layer.attention.value)
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], 1e-6)
    pieces = torch.randint(0, SIZES.vocab_size, (BATCH, LENGTH))

    def step() -> None:
        optimizer.zero_grad()
        (model(pieces) ** 2).mean().backward()
        optimizer.step()

    return step


def ours(adapted: bool) -> Callable[[], object]:
    """Return a step of ours."""
    model = BertEncoder(SIZES, rng=np.random.default_rng(0)).eval()
    if adapted:
        inject(model, ["*.query", "*.value"], RANK, RANK, rng=np.random.default_rng(1))
    optimizer = Adam([p for p in model.parameters() if p.requires_grad], 1e-6)
    pieces = np.random.default_rng(2).integers(0, SIZES.vocab_size, (BATCH, LENGTH))

    def step() -> None:
        optimizer.zero_grad()
        (model(pieces) ** 2).mean().backward()
        optimizer.step()

    return step


def main() -> None:
    """Print the table, and fail if the goal is missed."""
    set_num_threads(1)
    torch.set_num_threads(1)
    torch.manual_seed(0)
    ways = {(who.__name__, adapted): who(adapted) for adapted in (False, True) for who in (ours, theirs)}
    seconds: dict[tuple[str, bool], list[float]] = {name: [] for name in ways}
    for turn in range(ROUNDS + 1):
        for name in list(ways)[:: 1 if turn % 2 else -1]:
            start = time.process_time()
            ways[name]()
            if turn:
                seconds[name].append(time.process_time() - start)
    ms = {name: 1e3 * statistics.median(values) for name, values in seconds.items()}
    print(f"{BATCH} sequences of {LENGTH}, six layers of {SIZES.d_model}, one thread, milliseconds a step")
    missed = False
    for adapted, words in ((False, "all weights"), (True, f"LoRA, r = {RANK}")):
        mine, other = ms["ours", adapted], ms["theirs", adapted]
        missed |= mine / other > GOAL
        print(f"{words:14} ours {mine:6.0f}   PyTorch {other:6.0f}   {mine / other:.2f} times")
    print(f"full over LoRA: ours {ms['ours', False] / ms['ours', True]:.2f} times")
    if missed:
        print(f"the goal, at most {GOAL} times PyTorch's, is missed")
        raise SystemExit(1)


if __name__ == "__main__":
    main()
