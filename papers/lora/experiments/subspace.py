"""Hu et al. 2021, section 7.2 and Figure 3: small and large ranks learn the same first direction."""

from __future__ import annotations

import numpy as np

from foundations.experiment import Budget, Claim, Contrast, Metrics, Verdict, at_least, at_most, by_budget
from papers.lora.experiments.common import fitted
from papers.lora.lora import LoRALinear, adapters
from papers.lora.similarity import product, subspace_similarity
from papers.lora.training import Arm, build

RATE = 2e-3
SIMILAR = 0.25
RANDOM = 0.01


def arms(budget: Budget) -> tuple[Arm, Arm]:
    """Return the small and the large rank; the tiny encoder of the quick budget is 16 wide."""
    return Arm(r=8), Arm(r=by_budget(budget, quick=16, standard=64, full=64))


Layers = dict[str, LoRALinear]


def mean_similarity(pair: list[Layers], part: str, j: int = 1, *, of: str = "a") -> float:
    """Return φ(·, ·, 1, j), the mean over the layers, of one of their maps.

    Args:
        pair: The adapters of the small rank, and those of the large one.
        part: "query" or "value".
        j: Directions of the large one.
        of: "a", or "ba" for the product.
    """
    small, large = pair
    take = product if of == "ba" else lambda layer: layer.a.data
    names = [name for name in small if name.endswith(part)]
    return float(np.mean([subspace_similarity(take(small[n]), take(large[n]), 1, j) for n in names]))


def run(seed: int, budget: Budget) -> dict[str, float]:
    """Train with both ranks, from starts of their own, and compare the first directions."""
    m: dict[str, float] = {}
    before = [
        adapters(build(arm, budget, rng=np.random.default_rng([seed, 3, arm.r]))) for arm in arms(budget)
    ]
    after = [adapters(fitted(arm, RATE, seed, budget).model) for arm in arms(budget)]
    for part in ("value", "query"):
        m[f"start_{part}"] = mean_similarity(before, part)
        m[f"similarity_{part}"] = mean_similarity(after, part)
        m[f"similarity_8_{part}"] = mean_similarity(after, part, 8)
        m[f"product_{part}"] = mean_similarity(after, part, of="ba")
        moved = [
            np.linalg.norm(after[0][n].a.data - before[0][n].a.data) / np.linalg.norm(before[0][n].a.data)
            for n in before[0]
            if n.endswith(part)
        ]
        m[f"moved_{part}"] = float(np.mean(moved))
    width = next(iter(before[0].values())).a.shape[1]
    rng = np.random.default_rng([seed, 6])
    pairs = [rng.standard_normal((2, 8, width)) for _ in range(24)]
    m["random"] = float(np.mean([subspace_similarity(one, other, 1, 1) for one, other in pairs]))
    return m


def holds(m: Metrics) -> Verdict:
    """The first directions of W_v have a similarity of 0.25 at least."""
    return at_least(m["similarity_value"], SIMILAR)


def start(m: Metrics) -> Verdict:
    """Before training the similarity is at most 0.01; 1/384 = 0.0026 is expected."""
    return at_most(m["start_value"], RANDOM)


def gaussian(m: Metrics) -> Verdict:
    """That of Gaussian matrices is at most 0.01 too."""
    return at_most(m["random"], RANDOM)


CLAIM = Claim(
    id="subspace",
    where="Section 7.2, Figure 3 (one direction is shared by r = 8 and r = 64, with a similarity above 0.5)",
    says="The first direction that a small rank learns is also the first of a large rank.",
    estimand="MiniLM-L6 and sentence polarity as in `real-model`: $\\phi(A_8, A_{64}, 1, 1)$ of W_v, the "
    "mean over the six layers. Both A start from draws of their own, or a shared start would count as "
    "agreement. The rate is .002 in both, not tuned: the claim is about directions. W_q, and the same of B "
    "A, are reported, for after a short training A may still be mostly its start.",
    predicts="At least 0.25 for W_v, half of the paper's bound; of random directions it is a hundredth.",
    refuted="The upper end is below 0.25.",
    control="Negative: the same A before training, and Gaussian matrices: at most 0.01 (expected 1/384).",
    thresholds={"similar": SIMILAR, "random": RANDOM},
    run=run,
    holds=holds,
    gates={"start": start, "gaussian": gaussian},
    scale=lambda budget: {"parameters": (22_713_216, 175_255_800_000)},
    plots={
        "value": Contrast(
            values="similarity_value",
            axis="similarity of the first directions of A, r = 8 and 64, W_v",
            left="unrelated",
            right="shared",
            thresholds=("similar",),
            supports="above",
        ),
        "product": Contrast(
            values="product_value",
            axis="the same of B A",
            left="unrelated",
            right="shared",
        ),
        "query": Contrast(
            values="similarity_query",
            axis="similarity of the first directions of A, W_q",
            left="unrelated",
            right="shared",
        ),
        "start": Contrast(
            values="start_value",
            axis="the same of W_v before training",
            left="unrelated",
            right="shared",
            thresholds=("random",),
            supports="below",
        ),
    },
)
