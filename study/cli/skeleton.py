"""What a new entry is made of: headings in the order of a note, each with its pass and what belongs there."""

from __future__ import annotations

from typing import NamedTuple


class Part(NamedTuple):
    """A section of a note that is still to be written.

    Attributes:
        reading: The pass in which it is read, 1 to 3.
        heading: Its heading.
        hint: What belongs there.
        papers: Whether only the notes of a paper have it.
        more: What stands there already.
    """

    reading: int
    heading: str
    hint: str
    papers: bool = False
    more: str = ""

    @property
    def text(self) -> str:
        """The section as it stands in a new page."""
        return f"## {self.heading}\n\n<!-- pass: {self.reading} -->\n<!-- {self.hint} -->\n{self.more}"


PARTS = (
    Part(1, "In one sentence", "What is claimed; nothing that the paper's own tables do not bear out.", True),
    Part(
        1, "Why it was needed", "The problem as it stood; what was there already and could not do it.", True
    ),
    Part(
        1, "The idea, with small numbers", "The running example: done by hand, printed by a fence that runs."
    ),
    Part(1, "The picture", "One figure of the data flow, a shape on every arrow, drawn by our code."),
    Part(
        1, "What the paper measured", "Its main table: numbers with their place, baselines, cost, data.", True
    ),
    Part(
        1, "What held here", "Between `verdicts` comments, once there are claims; what to make of it.", True
    ),
    Part(1, "What came after", "What lasted, what did not, in three to six sentences.", True),
    Part(
        2,
        "The method",
        "In the paper's order and numbering: motivate, show our lines, check by another route.",
    ),
    Part(2, "Symbols", "A table: the symbol, our name, shape. One letter, one meaning."),
    Part(2, "What the paper does not say", "What the authors' code does and what we do; errata.", True),
    Part(2, "What we changed or left out, and why", "A table; every reason checked."),
    Part(2, "Pitfalls", "How people get it wrong, each with the symptom."),
    Part(3, "Derivations", "Gradients and proofs too long for the method."),
    Part(3, "The claims in detail", "Between `results` comments, once there are claims.", True),
    Part(3, "Exercises", "Five or so, with folded answers; those that compute are checked by fences."),
    Part(3, "Questions to recall", "Eight or so, one line each, with folded answers."),
)

STEPS = (
    ("First pass: what is claimed", "what-came-after", True),
    ("First pass: the idea", "the-picture", False),
    ("Second pass: the method, pen in hand", "pitfalls", None),
    ("Derived every equation without looking", "derivations", None),
    ("Ran the demo and changed one thing", "", True),
    ("Did the exercises", "exercises", None),
    ("Answered the questions to recall from memory", "questions-to-recall", None),
    ("Explained it to someone", "", None),
)
"""Items of a checklist: the words, the section at whose end the item belongs, and whether it is one of papers
(True), of the other rooms (False) or of both (None)."""

QUESTIONS = """\
# What the search is held to: at least five questions as people ask them, and five that share no content word
# with the heading that answers. Best written by someone who has not just read the page. An answer is the
# anchor of a section of notes.md, without #:
#
#   - ask: why divide by sqrt d k
#     answer: the-method
asked:
paraphrased:
"""

INDEX = """\
# Other words for each section: names, symptoms, neighbouring ideas, under which one looks for it who does not
# know its words. As the index at the back of a book; the search goes by it. By the anchor of a section:
#
#   the-method:
#     - temperature of the softmax
"""

EXPERIMENTS = '''\
"""The claims of the paper, put to the test: one module a claim."""

from foundations.experiment import Claim

CLAIMS: tuple[Claim, ...] = ()  # TODO: list the claims; first_claim.py is the skeleton of one
'''

CLAIM = '''\
"""TODO: name this module by what the claim says; docs/guides/claims.md tells how one is designed."""

from collections.abc import Mapping

from foundations.experiment import Budget, Claim, Metrics, Verdict, at_least, at_most, by_budget

THRESHOLDS: dict[str, float] = {}  # TODO: numbers that can lose, each with its reason; none: it does not run


def train(arm: str, rate: float, seed: int, budget: Budget) -> float:
    """Return the validation loss of one arm, in nats; everything random is drawn from the seed."""
    steps = by_budget(budget, quick=20, standard=2_000, full=100_000)
    raise NotImplementedError(f"train {arm} with {rate} for {steps} steps from seed {seed}")


def run(seed: int, budget: Budget, best: Mapping[str, float]) -> dict[str, float]:
    """Return the metrics of one seed; its arms share the seed and all that is drawn from it."""
    loss = {arm: train(arm, best[arm], seed, budget) for arm in ("without", "with", "control")}
    return {"gain": loss["without"] - loss["with"], "control": loss["without"] - loss["control"]}


def holds(metrics: Metrics) -> Verdict:
    """The gain lies wholly above its threshold."""
    return at_least(metrics["gain"], THRESHOLDS["least"])


def nothing_where_nothing_should_be(metrics: Metrics) -> Verdict:
    """Where theory says that nothing changes, nothing changes."""
    return at_most(abs(metrics["control"]), THRESHOLDS["margin"])


CLAIM = Claim(
    id="first-claim",
    where="TODO: section, table or figure",
    says="TODO: what the paper says, in our words.",
    estimand="",  # TODO: the number that the sentence is about, in words and formula
    predicts="TODO: the outcome that would support it, with its threshold.",
    refuted="",  # TODO: the outcome that would refute it
    control="TODO: where the effect must vanish.",
    thresholds=THRESHOLDS,
    arms=("without", "with", "control"),
    grid=(1e-4, 3e-4, 1e-3, 3e-3, 1e-2),
    pilot=train,
    run=run,
    holds=holds,
    gates={"control": nothing_where_nothing_should_be},
)
'''


FIGURE = """\
// needs: figure/controls.js
// TODO: what there is to do, and what it is computed from; docs/guides/figures.md has the kit.
"use strict";

(() => {
  const { bar, range, status, values } = figure;

  figure.start((place) => {
    const said = status();
    const list = values({ square: "Its square" });
    const number = range("Number", { min: 0, max: 10, value: 3 }, changed);
    place.append(bar(number.label), list.list, said.element);
    changed();
    said.hush();

    function changed() {
      const square = Number(number.input.value) ** 2;
      list.set("square", String(square));
      said.tell(`The square is ${square}.`);
    }
  });
})();
"""

STILL = """\
<svg xmlns="http://www.w3.org/2000/svg" width="320px" height="80px" viewBox="0 0 320 80">
<rect width="320" height="80" style="fill: var(--figure-paper, #fdfcf9)"/>
<text x="160" y="45" text-anchor="middle" font-family="sans-serif" font-size="14" \
style="fill: var(--figure-soft, #565c68)">Still to be drawn by the demo</text>
</svg>
"""

EMBEDDED = """
<!-- interactive: figure.js -->
![TODO: what the still figure shows](figures/figure.svg)

*TODO: what there is to do, and what it is computed from.*
"""


def parts(room: str, skeletons: bool = True) -> tuple[Part, ...]:
    """Return the sections that the notes of a room have, with the place of the figure that moves or not."""
    chosen = (part for part in PARTS if room == "papers" or not part.papers)
    return tuple(
        part._replace(more=EMBEDDED) if skeletons and part.heading == "The picture" else part
        for part in chosen
    )


def files(room: str) -> dict[str, str]:
    """Return the skeletons that a new entry is given: an empty figure, and an experiment for a paper."""
    made = {"interactive/figure.js": FIGURE, "figures/figure.svg": STILL}
    if room == "papers":
        made |= {"experiments/__init__.py": EXPERIMENTS, "experiments/first_claim.py": CLAIM}
    return made


def checklist(room: str) -> str:
    """Return the checklist of a new entry; an item whose section has an end shows its box there too."""
    lines = ["# Checklist\n"]
    for words, anchor, of_papers in STEPS:
        if of_papers is None or of_papers == (room == "papers"):
            lines.append(f"- [ ] [{words}](notes.md#{anchor})" if anchor else f"- [ ] {words}")
    return "\n".join(lines) + "\n"
