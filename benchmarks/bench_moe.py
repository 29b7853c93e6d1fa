"""A layer of experts: its time against the number of experts, k fixed, and against PyTorch's.

Run from the repository root: python -m benchmarks.bench_moe
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
import torch

from foundations.runtime import set_num_threads
from papers.moe import MoE, MoEConfig
from papers.moe.timing import layer_of, run_sparsely

WIDTH, HIDDEN, TOKENS, K, ROUNDS = 256, 512, 4096, 2, 7
COUNTS = (4, 16, 64, 256)
GOAL = 1.5  # times PyTorch's, forward and backward


def in_turns(ways: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Return the median milliseconds of each, in turns, after one call to warm up."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(ROUNDS + 1):
        for name in list(ways)[:: 1 if turn % 2 else -1]:
            start = time.perf_counter()
            ways[name]()
            if turn:
                seconds[name].append(time.perf_counter() - start)
    return {name: 1e3 * statistics.median(values) for name, values in seconds.items()}


def ours(layer: MoE, x: np.ndarray) -> float:
    """Forward and backward of ours; the loss."""
    layer.zero_grad()
    y, _ = layer(x)
    loss = (y * y).mean()
    loss.backward()
    return loss.item()


def theirs(weights: dict[str, torch.Tensor], x: torch.Tensor) -> float:
    """The same in PyTorch: top-k, sort by expert, a product each, weigh and add."""
    for w in weights.values():
        w.grad = None
    best = (x @ weights["w_gate"]).topk(K, dim=1)
    gates = best.values.softmax(1).reshape(-1)
    order = best.indices.reshape(-1).argsort(stable=True)
    counts = best.indices.reshape(-1).bincount(minlength=len(weights["w1"])).tolist()
    tokens = order // K
    rows = x[tokens].split(counts)
    out = [
        (part @ w1).relu() @ w2
        for part, w1, w2 in zip(rows, weights["w1"].unbind(), weights["w2"].unbind(), strict=True)
        if len(part)
    ]
    weighed = torch.cat(out) * gates[order, None]
    y = torch.zeros_like(x).index_add(0, tokens, weighed)
    loss = (y * y).mean()
    loss.backward()
    return loss.item()


def main() -> None:
    """Print both tables, and fail if the goal is missed or the losses differ."""
    set_num_threads(1)
    torch.set_num_threads(1)
    x = np.random.default_rng(0).standard_normal((TOKENS, WIDTH), dtype=np.float32)
    layers = {n: layer_of(n, K, d_model=WIDTH, d_hidden=HIDDEN, seed=0) for n in COUNTS}
    print(f"{TOKENS:,} tokens, {WIDTH} → {HIDDEN} → {WIDTH}, k = {K}, one thread")
    times = in_turns({str(n): lambda n=n: run_sparsely(layers[n], x) for n in COUNTS})
    print("experts                 " + "".join(f"{n:>10}" for n in COUNTS))
    print("microseconds a token    " + "".join(f"{1e3 * times[str(n)] / TOKENS:10.1f}" for n in COUNTS))
    missed = False
    for n in (16, 64):
        layer = MoE(MoEConfig(WIDTH, HIDDEN, n, K), rng=np.random.default_rng(1)).eval()
        layer.w_gate.data = layers[n].w_gate.data.copy()
        arrays = {"w_gate": layer.w_gate, "w1": layer.experts.w1, "w2": layer.experts.w2}
        twin = {name: torch.tensor(p.data, requires_grad=True) for name, p in arrays.items()}
        given = torch.from_numpy(x)
        losses = ours(layer, x), theirs(twin, given)
        if abs(losses[0] - losses[1]) > 1e-4 * losses[0]:
            raise SystemExit(f"the losses differ: ours {losses[0]}, PyTorch's {losses[1]}")
        pair = in_turns(
            {
                "ours": lambda layer=layer: ours(layer, x),
                "torch": lambda twin=twin, given=given: theirs(twin, given),
            }
        )
        ratio = pair["ours"] / pair["torch"]
        missed |= ratio > GOAL
        print(
            f"{n} experts, forward and backward: ours {pair['ours']:.0f} ms, PyTorch {pair['torch']:.0f} ms, "
            f"{ratio:.2f} times"
        )
    if missed:
        print(f"the goal, at most {GOAL} times PyTorch's, is missed")
        raise SystemExit(1)


if __name__ == "__main__":
    main()
