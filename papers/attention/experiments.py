"""The claims of Attention Is All You Need, put to the test on tasks whose answers are known.

Nothing here can speak of translation: WMT 2014 and eight GPUs are out of reach. What can be asked is whether
the mechanism each claim names shows in a small model, with thresholds written down before the runs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from foundations.experiment import Budget, Claim, Metrics, Verdict, all_of, at_least, at_most, by_budget
from foundations.nn import MultiHeadAttention
from foundations.nn.functional import softmax
from foundations.optimization import warmup_schedule
from papers.attention.tasks import Task, add, reverse
from papers.attention.training import evaluate, exact_match, train
from papers.attention.transformer import Transformer, TransformerConfig


@dataclass(frozen=True)
class Setup:
    """How a model is trained for a claim.

    Attributes:
        config: The model.
        steps: Training steps.
        learning_rate: Peak of the learning rate.
        warmup_steps: Steps of linear rise to the peak; 0 starts there. After it the rate falls linearly to 0.
        batch_size: Pairs a step.
        n_test: Held-out pairs to test on.
    """

    config: TransformerConfig
    steps: int
    learning_rate: float = 2e-3
    warmup_steps: int = 100
    batch_size: int = 64
    n_test: int = 500


def schedule(setup: Setup) -> Callable[[int], float]:
    """Return the learning rate by step: up to the peak, then linearly down to 0 at the last step."""
    falling = max(setup.steps - setup.warmup_steps, 1)
    return warmup_schedule(
        setup.learning_rate,
        setup.warmup_steps,
        after=lambda step: setup.learning_rate * max(1 - step / (falling + 1), 0.0),
    )


def learn(
    task: Task, setup: Setup, seed: int, change: Callable[[Transformer], None] | None = None
) -> dict[str, float]:
    """Train one model and test it on held-out sequences.

    Args:
        task: What to learn.
        setup: Model and training.
        seed: Seed of the weights and the data; the test set is the same for all.
        change: What to do to the model before training.

    Returns:
        `exact`: share of sequences written without an error; `accuracy` and `nll` a token, given the right
        prefix; `loss`: mean training loss of the last 20 steps, in nats a token.
    """
    rng = np.random.default_rng(seed)
    model = Transformer(setup.config, rng=rng)
    if change is not None:
        change(model)
    history = train(model, task, schedule(setup), steps=setup.steps, batch_size=setup.batch_size, rng=rng)
    source, target = task.sample(setup.n_test, held_out=True, rng=np.random.default_rng(0))
    return {
        "exact": exact_match(model, source, target),
        "loss": float(np.mean(history.losses[-20:])),
        **evaluate(model, source, target),
    }


def setup_for(budget: Budget, task: Task, **changes: object) -> Setup:
    """Return the sizes that a budget allows, for a task."""
    d_model, layers, steps = by_budget(budget, quick=(32, 1, 40), standard=(64, 2, 600), full=(256, 4, 5000))
    config = TransformerConfig(
        vocabulary=task.vocabulary,
        d_model=d_model,
        num_heads=4,
        d_ff=4 * d_model,
        num_layers=layers,
        dropout=0.0,
        label_smoothing=0.0,
        max_length=32,
    )
    setup = Setup(
        config, steps, warmup_steps=steps // 6, n_test=by_budget(budget, quick=50, standard=500, full=2000)
    )
    return replace(setup, **changes)  # type: ignore[arg-type]


# ---------------------------------------------------------------------- scaling (section 3.2.1)


def saturation(
    d_k: int, scaled: bool, rng: np.random.Generator, n: int = 2000, keys: int = 16
) -> dict[str, float]:
    """Measure how sharp the softmax of random dot products is, and how much gradient it lets through.

    Args:
        d_k: Width of queries and keys, whose components are standard normal.
        scaled: Whether the products are divided by sqrt(d_k).
        rng: Source of randomness.
        n: Number of queries.
        keys: Keys each query is compared with.

    Returns:
        `max_probability`: mean largest weight; `jacobian`: mean Frobenius norm of diag(p) - p p^T.
    """
    q = rng.standard_normal((n, 1, d_k))
    k = rng.standard_normal((n, keys, d_k))
    scores = (k * q).sum(-1) / (np.sqrt(d_k) if scaled else 1.0)  # (n, keys)
    p = softmax(scores)
    jacobian = np.eye(keys) * p[:, None, :] - p[:, :, None] * p[:, None, :]  # (n, keys, keys)
    return {
        "max_probability": float(p.max(-1).mean()),
        "jacobian": float(np.linalg.norm(jacobian, axis=(1, 2)).mean()),
    }


def without_scaling(model: Transformer) -> None:
    """Make every attention of a model use the plain dot product."""
    for module in model.modules():
        if isinstance(module, MultiHeadAttention):
            module.scale = 1.0


def run_scaling(seed: int, budget: Budget) -> dict[str, float]:
    """Saturation of random softmaxes over d_k, and reversal with one wide head or many narrow ones."""
    metrics: dict[str, float] = {}
    for d_k in (4, 64, 512):
        for scaled in (True, False):
            kind = "scaled" if scaled else "unscaled"
            measured = saturation(d_k, scaled, np.random.default_rng(seed))
            metrics |= {f"{name}_{kind}_{d_k}": value for name, value in measured.items()}
    task = reverse(longest=8)
    base = setup_for(budget, task)
    width = by_budget(budget, quick=32, standard=128, full=512)
    wide = replace(
        base, config=replace(base.config, d_model=width, num_heads=1, d_ff=2 * width, num_layers=1)
    )
    narrow = replace(wide, config=replace(wide.config, num_heads=width // 4))
    for name, setup in (("wide", wide), ("narrow", narrow)):
        metrics[f"exact_{name}_scaled"] = learn(task, setup, seed)["exact"]
        metrics[f"exact_{name}_unscaled"] = learn(task, setup, seed, without_scaling)["exact"]
        metrics[f"gain_{name}"] = metrics[f"exact_{name}_scaled"] - metrics[f"exact_{name}_unscaled"]
    return metrics


def holds_scaling(m: Metrics) -> Verdict:
    """Saturation without scaling, none with it, and a cost in accuracy only where heads are wide."""
    return all_of(
        at_least(m["max_probability_unscaled_512"], 0.8),
        at_most(m["jacobian_unscaled_512"] / m["jacobian_unscaled_4"], 0.5),
        at_most(np.abs(m["jacobian_scaled_512"] / m["jacobian_scaled_4"] - 1), 0.2),
        at_least(m["gain_wide"], 0.05),
        at_most(np.abs(m["gain_narrow"]), 0.05),
    )


# ---------------------------------------------------------------------- positions (section 3.5, Table 3 E)


def run_positions(seed: int, budget: Budget) -> dict[str, float]:
    """Reversal with sinusoidal, learned and no positions."""
    task = reverse(longest=8)
    setup = setup_for(budget, task)
    metrics: dict[str, float] = {}
    for positions in ("sinusoidal", "learned", "none"):
        result = learn(task, replace(setup, config=replace(setup.config, positions=positions)), seed)
        metrics |= {f"exact_{positions}": result["exact"], f"accuracy_{positions}": result["accuracy"]}
    return metrics


def holds_positions(m: Metrics) -> Verdict:
    """Near chance without positions; sinusoidal and learned alike."""
    return all_of(
        at_most(m["exact_none"], 0.05),
        at_least(m["exact_sinusoidal"], 0.9),
        at_most(np.abs(m["exact_sinusoidal"] - m["exact_learned"]), 0.05),
    )


# ---------------------------------------------------------------------- heads (Table 3 A)


def run_heads(seed: int, budget: Budget) -> dict[str, float]:
    """Addition with one head and with eight, at the same width and number of parameters."""
    task = add(2)
    setup = setup_for(budget, task)
    metrics: dict[str, float] = {}
    for heads in (1, 8):
        result = learn(task, replace(setup, config=replace(setup.config, num_heads=heads)), seed)
        metrics |= {f"exact_{heads}": result["exact"], f"nll_{heads}": result["nll"]}
    metrics["gain"] = metrics["exact_8"] - metrics["exact_1"]
    return metrics


def holds_heads(m: Metrics) -> Verdict:
    """Eight heads write more sums without an error than one."""
    return at_least(m["gain"], 0.02)


# ---------------------------------------------------------------------- smoothing (section 5.4)


def run_smoothing(seed: int, budget: Budget) -> dict[str, float]:
    """Addition with and without label smoothing of 0.1, judged on unsmoothed held-out likelihood."""
    task = add(2)
    setup = setup_for(budget, task)
    metrics: dict[str, float] = {}
    for name, eps in (("plain", 0.0), ("smoothed", 0.1)):
        result = learn(task, replace(setup, config=replace(setup.config, label_smoothing=eps)), seed)
        metrics |= {f"nll_{name}": result["nll"], f"accuracy_{name}": result["accuracy"]}
    metrics["nll_cost"] = metrics["nll_smoothed"] - metrics["nll_plain"]
    metrics["accuracy_gain"] = metrics["accuracy_smoothed"] - metrics["accuracy_plain"]
    return metrics


def holds_smoothing(m: Metrics) -> Verdict:
    """The likelihood suffers, the accuracy does not."""
    return all_of(
        at_least(m["nll_cost"], 0.02),
        at_least(m["accuracy_gain"], -0.01),
    )


# ---------------------------------------------------------------------- warmup (section 5.3)


def run_warmup(seed: int, budget: Budget) -> dict[str, float]:
    """Reversal at depth six, norms after or before the sublayers, with and without warmup."""
    task = reverse(longest=6)
    depth, steps = by_budget(budget, quick=(2, 20), standard=(6, 300), full=(6, 4000))
    base = setup_for(budget, task, steps=steps)
    metrics: dict[str, float] = {}
    for norm, norm_first in (("post", False), ("pre", True)):
        config = replace(base.config, num_layers=depth, norm_first=norm_first)
        for name, warmup in (("warmup", steps // 3), ("none", 0)):
            result = learn(task, replace(base, config=config, warmup_steps=warmup), seed)
            metrics |= {
                f"loss_{norm}_{name}": result["loss"],
                f"exact_{norm}_{name}": result["exact"],
            }
        metrics[f"cost_{norm}"] = metrics[f"loss_{norm}_none"] - metrics[f"loss_{norm}_warmup"]
    return metrics


def holds_warmup(m: Metrics) -> Verdict:
    """Post-LN ends at a clearly higher loss without warmup; pre-LN does not."""
    return all_of(
        at_least(m["cost_post"], 0.3),
        at_most(m["cost_pre"], 0.1),
    )


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="scaling",
        where="Section 3.2.1, footnote 4",
        says="Without the factor 1/sqrt(d_k), dot products grow with d_k and, the paper suspects, push the "
        "softmax to where its gradients are extremely small.",
        predicts="Over 16 random keys and without scaling, the largest weight averages at least 0.8 at "
        "d_k = 512 and the norm of the Jacobian at most half its value at d_k = 4; with scaling that norm "
        "changes by at most 20 %. One head of width 128 reverses at least 0.05 more sequences with scaling "
        "than without.",
        control="Where d_k is small there is little to divide by: with heads of width 4, scaled and unscaled "
        "models differ by at most 0.05 in exact match.",
        run=run_scaling,
        holds=holds_scaling,
    ),
    Claim(
        id="positions",
        where="Section 3.5 and Table 3, row E",
        says="Attention alone sees a set: order must be put into the input. Fixed sinusoids do as well as "
        "learned positions.",
        predicts="Reversing digits, exact match is at most 0.05 without positions and at least 0.9 with "
        "sinusoids; sinusoidal and learned differ by at most 0.05.",
        control="Learned positions, which carry the same information, close the gap.",
        run=run_positions,
        holds=holds_positions,
    ),
    Claim(
        id="heads",
        where="Table 3, row A",
        says="At equal width, several heads do better than one: 25.8 BLEU with eight, 24.9 with one.",
        predicts="Adding two-digit numbers, eight heads write at least 0.02 more sums without an error than "
        "one head. On a task this small a null result is likely.",
        control="Both models have the same number of parameters and see the same data.",
        run=run_heads,
        holds=holds_heads,
    ),
    Claim(
        id="smoothing",
        where="Section 5.4",
        says="Label smoothing of 0.1 makes the likelihood worse, and the output no worse, rather better.",
        predicts="Held-out loss, measured without smoothing, is at least 0.02 nats a token higher for the "
        "model trained with smoothing, while its token accuracy is at most 0.01 lower.",
        control="The same model, data and steps without smoothing.",
        run=run_smoothing,
        holds=holds_smoothing,
    ),
    Claim(
        id="warmup",
        where="Section 5.3; the reason: Xiong et al. 2020",
        says="The paper raises the rate over 4000 steps and gives no reason. Xiong et al.: with the norm "
        "after each sublayer training needs the warmup; with the norm before it, warmup can be left out.",
        predicts="Six layers deep and at the same peak rate, post-LN ends at a training loss at least 0.3 "
        "nats a token higher without warmup than with it; for pre-LN the difference is at most 0.1.",
        control="Pre-LN, whose gradients near the output start small where those of post-LN do not.",
        run=run_warmup,
        holds=holds_warmup,
    ),
)
