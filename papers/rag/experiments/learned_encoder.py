"""Table 6: the encoder of questions, trained through the probability of retrieval, answers better.

Not blind: before the design was fixed a trial on seed 100 showed 72.4 against 68.6 per cent; no threshold
moved. Hence pilot seeds that nobody has looked at: 101 and 102.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from foundations.experiment import (
    Budget,
    Claim,
    Contrast,
    Metrics,
    Verdict,
    at_least,
    at_most,
    between,
    by_budget,
    paired_interval,
)
from papers.rag.experiments.common import (
    RATES,
    SHARED,
    TRAINED,
    UNTRAINED,
    P,
    exact,
    moved,
    scale,
    setup,
    steps_of,
    stream,
    train,
    validation_loss,
)
from papers.rag.worlds import WORDS, ask

GAIN_AT_LEAST = 5.0
PLAIN_AT_MOST = 1.0
UNTRAINED_AT_MOST = GAIN_AT_LEAST / 3
FROZEN_FROM, FROZEN_TO = 40.0, 90.0
ARMS = ("frozen", "learned")
STEPS = 500
ASKED = {
    "mixed": (P, (0, WORDS)),
    "plain": (0.0, (0, WORDS)),
    "trained": (P, TRAINED),
    "untrained": (P, UNTRAINED),
}
"""Questions by name: the probability of a synonym, and the words that may have one."""


def pilot(arm: str, rate: float, seed: int, budget: Budget) -> float:
    """Return the validation loss of an arm at a rate, in nats an answer."""
    own = setup(seed, budget)
    trained = train(own, rate, steps=steps_of(budget, STEPS), learned=arm == "learned", seed=seed)
    return validation_loss(trained.model, own, seed)


def run(seed: int, budget: Budget, best: Mapping[str, float]) -> dict[str, float]:
    """Train with and without the encoder; take exact match and recall at 1 on four kinds of question."""
    own, metrics = setup(seed, budget), {}
    few = slice(by_budget(budget, quick=20, standard=500, full=5000))
    for arm in ARMS:
        steps = steps_of(budget, STEPS)
        model, losses = train(own, best[arm], steps=steps, learned=arm == "learned", seed=seed)
        metrics[f"moved_{arm}"] = moved(losses)
        for number, (kind, (p, synonyms)) in enumerate(ASKED.items()):
            asked = ask(own.test.facts, p, synonyms=synonyms, rng=stream(seed, 20 + number))[few]
            metrics[f"{kind}_{arm}"] = exact(model, asked, own.test.facts.values[few])
            first = model.retriever.retrieve(asked, 1).documents[:, 0]
            metrics[f"recall_{kind}_{arm}"] = 100 * float((first == own.test.rows[few]).mean())
    return metrics


def gain(m: Metrics, kind: str = "mixed") -> np.ndarray:
    """Return the exact match of the learned encoder minus that of the frozen one, in points."""
    return m[f"{kind}_learned"] - m[f"{kind}_frozen"]


def holds(m: Metrics) -> Verdict:
    """The learned encoder is ahead by at least 5 points."""
    return at_least(paired_interval(gain(m)), GAIN_AT_LEAST)


def regime(m: Metrics) -> Verdict:
    """With the frozen encoder 40 to 90 % are right: there is something to gain and something to build on."""
    return between(paired_interval(m["mixed_frozen"]), FROZEN_FROM, FROZEN_TO)


def control_plain(m: Metrics) -> Verdict:
    """Without synonyms, where the frozen encoder is trained for the questions, at most a point is gained."""
    return at_most(paired_interval(gain(m, "plain")), PLAIN_AT_MOST)


def control_untrained(m: Metrics) -> Verdict:
    """With synonyms that no training question has, at most a third of the effect asked for is gained."""
    return at_most(paired_interval(gain(m, "untrained")), UNTRAINED_AT_MOST)


CLAIM = Claim(
    id="learned-encoder",
    where="Table 6",
    says="Training the encoder of questions by the loss of the answer alone helps: on Natural Questions "
    "(development) RAG-Sequence has 44.0 with it and 41.2 with the retriever frozen.",
    estimand="Exact match in points of RAG-Sequence, learned minus frozen encoder, on questions of entities "
    "that no training question names. Half of the synonyms never occur in training questions. "
    f"{SHARED} Measured 27 seconds a seed.",
    predicts="At least 5 points (the paper's 2.8 of 41 are 7 %).",
    refuted="The whole interval lies below 5.",
    control="Questions without synonyms: at most 1 point. Questions with untrained synonyms only: at most a "
    "third of 5 points. And with the prior detached learning equals frozen, which a test shows exactly.",
    thresholds={
        "gain_at_least": GAIN_AT_LEAST,
        "plain_at_most": PLAIN_AT_MOST,
        "untrained_at_most": UNTRAINED_AT_MOST,
        "frozen_from": FROZEN_FROM,
        "frozen_to": FROZEN_TO,
    },
    run=run,
    holds=holds,
    gates={"regime": regime, "no synonyms": control_plain, "untrained synonyms": control_untrained},
    scale=scale,
    arms=ARMS,
    grid=RATES,
    pilot=pilot,
    pilot_seeds=(101, 102),
    plots={
        "gain": Contrast(
            values=gain,
            axis="points of exact match gained by learning the encoder",
            left="frozen is better",
            right="learned is better",
            thresholds=("gain_at_least",),
            supports="above",
        ),
        "untrained": Contrast(
            values=lambda m: gain(m, "untrained"),
            axis="the same, synonyms that training never showed",
            left="frozen is better",
            right="learned is better",
            thresholds=("untrained_at_most",),
            supports="below",
        ),
    },
)
