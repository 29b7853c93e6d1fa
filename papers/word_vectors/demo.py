"""The demo: vectors trained on Wikipedia in seconds, a theorem seen in numbers, and GloVe's analogies."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from foundations.data import load
from foundations.demo_report import Report
from foundations.experiment import Budget, by_budget
from papers.word_vectors import demo_figures
from papers.word_vectors.demo_architecture import draw_architecture
from papers.word_vectors.demo_live import FRAMES, draw_live, pictures
from papers.word_vectors.experiments.shifted_pmi import WORDS, Drawn, fit, slope
from papers.word_vectors.experiments.text import words_of_text
from papers.word_vectors.phrases import find_phrases
from papers.word_vectors.vectors import WordVectors, analogy, most_similar
from papers.word_vectors.vocabulary import Vocabulary
from papers.word_vectors.word2vec import SkipGram, Word2VecConfig

GROUPS = (
    ("january", "march", "june", "july", "september", "october", "november", "december"),
    ("river", "lake", "sea", "mountains", "valley", "coast"),
    ("music", "album", "song", "band", "singer", "guitar"),
    ("physics", "chemistry", "mathematics", "biology", "theory"),
)
"""Words that should lie together on the map."""
COMMON = 2000
"""The most frequent words, among which neighbours are shown."""
QUESTIONS = (
    ("man", "woman", "king", "queen"),
    ("france", "paris", "italy", "rome"),
    ("germany", "berlin", "japan", "tokyo"),
    ("go", "went", "take", "took"),
    ("good", "better", "bad", "worse"),
    ("father", "mother", "brother", "sister"),
    ("big", "bigger", "small", "smaller"),
    ("spain", "spanish", "france", "french"),
    ("one", "two", "three", "four"),
    ("dog", "dogs", "car", "cars"),
)


def demo(budget: Budget, *, seed: int, out: Path) -> Report:
    """Train skip-gram on Wikipedia, check the theorem on a planted corpus, ask real vectors for analogies.

    Args:
        budget: "quick" for some passes over the text, in seconds; "standard" for more.
        seed: Seed of vectors and draws.
        out: Folder for the figures.

    Returns:
        Every number that is printed, by name, and which lines missed their expectation.
    """
    report = Report()
    draw_architecture(out / "architecture.svg")
    demo_figures.draw_weights(out / "weights.svg")
    draw_live(out / "live.svg")
    vectors = train(budget, seed)
    demo_figures.draw_groups(vectors, GROUPS, out / "groups.svg")
    neighbours(vectors, report)
    theorem(budget, seed, report)
    analogies(report)
    return report


def train(budget: Budget, seed: int) -> WordVectors:
    """Return the vectors that skip-gram makes of the opening paragraphs of Wikipedia."""
    rng = np.random.default_rng(seed)
    sentences = [words_of_text(text) for text in load("wiki-summaries")["all"]["texts"]]
    pairs = list(find_phrases(sentences, threshold=100).scores)[:4]
    print("Phrases, by their score:", ", ".join(" ".join(pair) for pair in pairs))
    vocabulary = Vocabulary.of(sentences)
    config = Word2VecConfig(dimension=by_budget(budget, quick=50, standard=100, full=300), sample=1e-4)
    model = SkipGram(vocabulary, config, rng=rng)
    epochs = by_budget(budget, quick=7, standard=30, full=60)
    model.train(vocabulary.encode(sentences), epochs=epochs, learning_rate=0.1, rng=rng)
    return model.word_vectors


def neighbours(vectors: WordVectors, report: Report) -> None:
    """Report how often the nearest word is of the same group, among the words of the map."""
    frequent = WordVectors(vectors.words[:COMMON], vectors.vectors[:COMMON])  # the rest was seen too seldom
    for word in ("river", "music", "physics"):
        print(f"Nearest to {word}:", ", ".join(other for other, _ in most_similar(frequent, word, 5)))
    group = {word: number for number, words in enumerate(GROUPS) for word in words}
    shown = WordVectors(list(group), [vectors[word] for word in group])
    same = [group[most_similar(shown, word, 1)[0][0]] == group[word] for word in group]
    chance = np.mean([(len(GROUPS[n]) - 1) / (len(group) - 1) for n in group.values()])
    report(
        f"{len(group)} words of four groups: the nearest of them is of the same group",
        f"80 % or more; {chance:.0%} by chance",
        f"{np.mean(same):.0%}",
        met=bool(np.mean(same) >= 0.8),
        same_group=float(np.mean(same)),
    )


def theorem(budget: Budget, seed: int, report: Report) -> None:
    """Report slope and shift of w·c on PMI, drawn and on average."""
    drawn, rng = Drawn(seed + 1000, 0.7, 30_000), np.random.default_rng(seed)
    config = Word2VecConfig(
        dimension=WORDS, window=1, negatives=5, noise_power=1, skip_positives=False, sample=math.inf, blocks=8
    )
    model = SkipGram(drawn.vocabulary, config, rng=rng)
    epochs = by_budget(budget, quick=8, standard=20, full=40)
    model.train(drawn.corpus, epochs=epochs, learning_rate=0.1, rng=rng)
    products, target = (model.vectors @ model.output_vectors.T)[drawn.often], drawn.pmi[drawn.often]
    found = slope(target, products), fit(target, products), float((products - target).mean())
    report(
        "w·c on PMI, planted corpus, 5 negatives: slope, R², mean difference",
        "slope 0.9 to 1.1, R² 0.9 or more, −ln 5 = −1.61 to within 0.1",
        f"{found[0]:.2f}, {found[1]:.2f}, {found[2]:.2f}",
        met=abs(found[0] - 1) <= 0.1 and found[1] >= 0.9 and abs(found[2] + math.log(5)) <= 0.1,
        slope=found[0],
        fit=found[1],
        shift=found[2],
    )
    line = pictures(1, 20)[FRAMES - 1]
    report(
        "The same without drawing, one negative, 600 steps: slope and mean difference",
        "1 and 0, to within 0.02",
        f"{line.slope:.3f} and {line.shift:.3f}",
        met=abs(line.slope - 1) < 0.02 and abs(line.shift) < 0.02,
        slope_on_average=line.slope,
        shift_on_average=line.shift,
    )


def analogies(report: Report) -> None:
    """Report how many of ten questions the shipped GloVe vectors answer."""
    data = load("glove-small")["all"]
    glove = WordVectors(data["words"], data["vectors"])
    right = 0
    for a, b, c, wanted in QUESTIONS:
        answer = analogy(glove, a, b, c)[0][0]
        right += answer == wanted
        print(f"{a} is to {b} as {c} is to {answer}{'' if answer == wanted else f', expected {wanted}'}")
    report(
        "Analogies answered by GloVe vectors of 50 numbers",
        "7 of 10 or more",
        f"{right} of {len(QUESTIONS)}",
        met=right >= 7,
        analogies=float(right),
    )
