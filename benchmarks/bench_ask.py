"""How often `study ask` cites the right section among its first, on the questions of all entries.

A citation is right where it is the section that `questions.yml` names, or one below it. Questions as people
ask them and paraphrases are reported apart: words alone, words with word vectors, and words with MiniLM.

Run from the repository root: python -m benchmarks.bench_ask [ENTRY …]
The first run encodes all notes, some minutes on one core; later runs take a minute.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from study.entries import catalogue
from study.notes import Section, parse
from study.search import Index, questions
from study.search.answers import ask
from study.search.meaning import Meaning, has_minilm
from study.search.related import related

ROOT = Path(__file__).parents[1]
DEPTH = 10
"""Citations that are looked at."""


class Asked(NamedTuple):
    """A question, its kind, and the addresses that answer it, relative to the site."""

    ask: str
    kind: str
    right: frozenset[str]


def below(sections: Sequence[Section], anchor: str) -> frozenset[str]:
    """Return the anchor of a section and those of the sections below it.

    Raises:
        KeyError: If there is no such section.
    """
    for number, section in enumerate(sections):
        if section.anchor == anchor:
            after = sections[number + 1 :]
            end = next((i for i, one in enumerate(after) if one.level <= section.level), len(after))
            return frozenset((anchor, *(one.anchor for one in after[:end])))
    raise KeyError(anchor)


def collect(root: Path, slugs: Iterable[str] = ()) -> list[Asked]:
    """Return the questions of the entries of a base, or of some of them."""
    wanted, found = set(slugs), []
    for entry in catalogue.load(root):
        if wanted and entry.slug not in wanted:
            continue
        sections, page = parse(entry.notes).sections, entry.path.relative_to(root).as_posix()
        for question in questions.load(entry.path / "questions.yml"):
            right = frozenset(f"{page}/#{anchor}" for anchor in below(sections, question.answer))
            found.append(Asked(question.ask, question.kind, right))
    return found


def ranks(index: Index, asked: Sequence[Asked], **ways: Any) -> np.ndarray:
    """Return the place of the first right citation of each question, from 1; infinite where there is none."""
    places = []
    for question in asked:
        urls = [hit.url for hit in ask(index, question.ask, limit=DEPTH, **ways).quotes]
        places.append(next((n for n, url in enumerate(urls, 1) if url in question.right), np.inf))
    return np.array(places)


def row(places: np.ndarray) -> str:
    """Return the shares among the first 1, 3 and 10, and the mean reciprocal rank."""
    shares = "  ".join(f"{np.mean(places <= k):5.3f}" for k in (1, 3, 10))
    return f"{shares}  {np.mean(1 / places):5.3f}"


def main(slugs: Sequence[str]) -> None:
    """Print the table."""
    asked = collect(ROOT, slugs)
    ways: dict[str, dict[str, Any]] = {"words": {}, "words, vectors": {"related": related}}
    if has_minilm():
        ways["words, MiniLM"] = {"meaning": Meaning.of_minilm(ROOT)}
    print(f"{len(asked)} questions{'':29}@1     @3    @10    MRR")
    with Index(ROOT) as index:
        for name, how in ways.items():
            places = ranks(index, asked, **how)
            for kind in questions.KINDS:
                of_kind = np.array([question.kind == kind for question in asked])
                print(f"{name:15}  {kind:11} {of_kind.sum():4}       {row(places[of_kind])}", flush=True)
    if not has_minilm():
        print("MiniLM is not on this machine: `study data fetch minilm` gets it.")


if __name__ == "__main__":
    main(sys.argv[1:])
