"""What the figure that moves ships: `python -m papers.word_vectors.demo_weights` writes it.

A planted table of log probabilities with first vectors, and real GloVe vectors of the words of three
relations with their places in the plane of the relation's principal components.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from foundations.data import load
from foundations.matrix_decomposition import pca_svd
from foundations.nn.shipping import commit_of, ship
from papers.word_vectors.demo_live import SCRIPT, WEIGHTS
from papers.word_vectors.pmi import planted
from papers.word_vectors.vectors import WordVectors

COMMAND = "python -m papers.word_vectors.demo_weights"
SEED, SIZE, STRENGTH, START = 4, 20, 0.7, 0.3
RELATIONS = {
    "capital": (
        ("france", "paris"),
        ("italy", "rome"),
        ("germany", "berlin"),
        ("spain", "madrid"),
        ("japan", "tokyo"),
        ("russia", "moscow"),
        ("greece", "athens"),
        ("egypt", "cairo"),
    ),
    "gender": (
        ("man", "woman"),
        ("king", "queen"),
        ("father", "mother"),
        ("brother", "sister"),
        ("son", "daughter"),
        ("actor", "actress"),
        ("uncle", "aunt"),
        ("husband", "wife"),
    ),
    "past": (
        ("go", "went"),
        ("see", "saw"),
        ("take", "took"),
        ("come", "came"),
        ("give", "gave"),
        ("write", "wrote"),
        ("know", "knew"),
        ("begin", "began"),
    ),
}


def write(weights: Path = WEIGHTS, script: Path = SCRIPT) -> None:
    """Draw the planted table, place the words, and write both files."""
    rng = np.random.default_rng(SEED)
    real = load("glove-small")["all"]
    glove = WordVectors(real["words"], real["vectors"])
    words = [word for pairs in RELATIONS.values() for pair in pairs for word in pair]
    places = []
    for pairs in RELATIONS.values():
        vectors = np.array([glove[word] for pair in pairs for word in pair], dtype=float)
        places.append(pca_svd(vectors, 2).transform(vectors))
    arrays = {
        "logs": np.log(planted(SIZE, STRENGTH, rng=rng)),
        "first_w": rng.normal(0, START, (SIZE, SIZE)),
        "first_c": rng.normal(0, START, (SIZE, SIZE)),
        "vectors": np.array([glove[word] for word in words], dtype=float),
        "places": np.concatenate(places),
    }
    metadata = {
        "command": COMMAND,
        "seed": str(SEED),
        "budget": "none: the vectors are those of GloVe 6B, 50 numbers each",
        "commit": commit_of("foundations", "papers/word_vectors"),
        "map": json.dumps({"words": words, "relations": RELATIONS}),
    }
    weights.parent.mkdir(exist_ok=True)
    script.parent.mkdir(exist_ok=True)
    ship(arrays, weights=weights, script=script, metadata=metadata, command=COMMAND)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog=COMMAND, description="Write what the figure that moves shows.")
    parser.parse_args()
    write()
    print(f"written: {WEIGHTS.stat().st_size} and {SCRIPT.stat().st_size} bytes")
