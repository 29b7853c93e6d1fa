"""What the figure shows: `python -m papers.lora.demo_weights` fine-tunes MiniLM twice and writes the spectra.

Once with LoRA, r = 64 on W_q and W_v, once in full; the updates' singular values, the accuracy with updates
cut to a smaller rank, and the size of both gradients in the first three steps stand in
`weights/updates.safetensors` for NumPy and in `interactive/updates.js` for the page.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from foundations.files import write_atomically
from foundations.nn.serialization import SavedStateError, load_arrays, save_arrays
from papers.lora.classifier import Classifier, evaluate
from papers.lora.encoders import encoder
from papers.lora.frozen import fit_head
from papers.lora.lora import LoRALinear, adapters
from papers.lora.polarity import FOLD, FOLDS, Sentences, parts, sentences
from papers.lora.training import FULL, Arm, batches_of, build, fit, optimizer_of, step

WEIGHTS = Path(__file__).parent / "weights" / "updates.safetensors"
SCRIPT = Path(__file__).parent / "interactive" / "updates.js"
COMMAND = "python -m papers.lora.demo_weights"
SEED, RANK, RATE, FULL_RATE = 150, 64, 1e-2, 1e-4
"""The seed is none of the claims'."""
CUTS = (0, 1, 2, 4, 8, 16, 32, 64)
SHOWN = 64


def cut(layer: LoRALinear, rank: int) -> None:
    """Replace B A by its best approximation of a smaller rank, in place (Eckart and Young)."""
    u, s, vt = np.linalg.svd(layer.b.data @ layer.a.data, full_matrices=False)
    s[rank:] = 0
    r = len(layer.a)
    layer.b.data = (u[:, :r] * s[:r]).astype(np.float32)
    layer.a.data = vt[:r].astype(np.float32)


def unseen(seed: int) -> Sentences:
    """Return 400 sentences that no step of a pilot seed sees; half of them chose its best epoch."""
    known = sentences("standard")
    seen = {tuple(one) for one in parts(seed, "standard").train.pieces}
    rest = range(FOLDS * FOLD, len(known))
    return known.of(np.array([i for i in rest if tuple(known.pieces[i]) not in seen])[:400])


def gradient_sizes(model: Classifier, seed: int, steps: int = 3) -> np.ndarray:
    """Return the norms of the gradients of all A and of all B in the first steps, shape (2, steps)."""
    model.head = fit_head(0.01, seed, "standard").head  # one at zero would pass no gradient on
    optimizer = optimizer_of(model, RATE)
    found = np.zeros((2, steps))
    batches = next(batches_of(parts(seed, "standard"), "standard", seed))
    for t in range(steps):
        step(model, batches[t], optimizer)
        for i, part in enumerate("ab"):
            grads = [getattr(one, part).grad.numpy() for one in adapters(model).values()]
            found[i, t] = np.sqrt(sum(float(np.sum(g**2)) for g in grads))
    return found


def spectrum(m: np.ndarray) -> np.ndarray:
    """Return the largest 64 singular values, rounded to four digits."""
    s = np.linalg.svd(m.astype(np.float64), compute_uv=False)[:SHOWN]
    return np.array([float(f"{one:.4g}") for one in s])


def train() -> dict[str, np.ndarray]:
    """Fine-tune twice and return what is shown, by name."""
    found = parts(SEED, "standard")
    rng = np.random.default_rng([SEED, 3])
    gradients = gradient_sizes(build(Arm(r=8), "standard", rng=np.random.default_rng([SEED, 4])), SEED)
    lora = fit(build(Arm(r=RANK), "standard", rng=rng), found, rate=RATE, seed=SEED, budget="standard").model
    full = fit(build(FULL, "standard", rng=rng), found, rate=FULL_RATE, seed=SEED, budget="standard").model
    before, after = encoder("standard").encoder.state_dict(), full.encoder.state_dict()
    names = list(adapters(lora.encoder))
    ours = np.array([spectrum(one.delta()) for one in adapters(lora).values()])
    theirs = np.array([spectrum(after[f"{n}.weight"] - before[f"{n}.weight"]) for n in names])
    test = unseen(SEED)
    accuracy: dict[int, float] = {}
    whole = float(evaluate(full, test)[0].mean())
    for rank in reversed(CUTS):
        for one in adapters(lora).values():
            cut(one, rank)
        accuracy[rank] = evaluate(lora, test)[0].mean()
        print(f"rank {rank}: {accuracy[rank]:.4f}", flush=True)
    return {
        "lora": ours,
        "full": theirs,
        "accuracy": np.array([accuracy[rank] for rank in CUTS]),
        "accuracy_full": np.array([whole]),
        "gradients": gradients,
    }


def load_updates(weights: Path = WEIGHTS) -> dict[str, np.ndarray]:
    """Return what ships.

    Raises:
        SavedStateError: If the file is missing or broken.
    """
    arrays = load_arrays(weights)
    missing = {"lora", "full", "accuracy", "accuracy_full", "gradients"} - set(arrays)
    if missing:
        raise SavedStateError(f"{weights} lacks {', '.join(sorted(missing))}: run {COMMAND}")
    return arrays


def write(arrays: dict[str, np.ndarray]) -> None:
    """Write both files."""
    save_arrays(WEIGHTS, arrays, metadata={"command": COMMAND, "seed": str(SEED)})
    data = {"cuts": CUTS} | {
        name: [[float(f"{v:.7g}") for v in row] for row in np.atleast_2d(a)] for name, a in arrays.items()
    }
    text = json.dumps(data, separators=(",", ":"))
    write_atomically(
        SCRIPT,
        f"// Written by `{COMMAND}`: not by hand.\nfigure.give({text});\n".encode(),
        error=SavedStateError,
    )


if __name__ == "__main__":
    write(train())
