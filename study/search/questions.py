"""The questions of an entry, each with the section that answers it: what the search is held to.

`questions.yml` has two lists. `asked` are questions as people type them; `paraphrased` share no content word
with the heading that answers, so that only the text, an alias or a meaning can find it. The two are reported
apart.

    asked:
      - ask: why divide by sqrt d_k
        answer: why-the-scores-are-divided
    paraphrased:
      - ask: softmax saturates for long vectors
        answer: why-the-scores-are-divided
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from study.files import yaml
from study.files.errors import FileError
from study.files.foreign import short
from study.files.read import read_text
from study.notes import Notes
from study.search.vocabulary import STOP_WORDS

Kind = Literal["asked", "paraphrased"]
LEAST = 5
"""Questions of each kind that an entry brings, at least."""
LONGEST = 200
"""Characters of a question, at most."""
KINDS: tuple[Kind, ...] = ("asked", "paraphrased")


@dataclass(frozen=True)
class Question:
    """One question and where its answer stands.

    Attributes:
        kind: `asked` as people ask it, or `paraphrased` without a content word of the heading that answers.
        ask: The question.
        answer: The anchor of the section of the notes that answers it, without `#`.
        line: Its line in the file.
    """

    kind: Kind
    ask: str
    answer: str
    line: int


def load(path: Path) -> tuple[Question, ...]:
    """Return the questions of a `questions.yml`, in its order.

    Args:
        path: The file.

    Raises:
        FileError: It is missing, no YAML, or not two lists of `ask` and `answer`; the line is named.
    """
    text = read_text(path)
    values, lines = yaml.fields(text, path)
    for name, line in lines.items():
        if name not in KINDS:
            raise FileError(path, line, f"{short(name)[1:-1]}: expected {KINDS[0]} or {KINDS[1]}")
    found: list[Question] = []
    for kind in KINDS:
        listed = values.get(kind)
        if listed is None:
            continue
        if not isinstance(listed, list):
            raise FileError(path, lines[kind], f"{kind}: expected a list of `- ask:` and `answer:`")
        starts = _starts(text, lines[kind], len(listed))
        found += [_question(kind, item, path, line) for item, line in zip(listed, starts, strict=True)]
    return tuple(found)


def _starts(text: str, first: int, count: int) -> list[int]:
    """Return the line of each of the `count` items of the list that stands after line `first`."""
    dashes = [
        number
        for number, line in enumerate(text.splitlines(), 1)
        if number > first and re.match(r"[ \t]*-[ \t]", line)
    ]
    return [*dashes[:count], *[first] * (count - len(dashes))]


def _question(kind: Kind, item: object, path: Path, line: int) -> Question:
    if not isinstance(item, dict) or set(item) != {"ask", "answer"}:
        raise FileError(path, line, "expected `ask:` and `answer:`, nothing else")
    for name, value in item.items():
        if not isinstance(value, str) or not value.strip():
            what = f"{name}: expected a text, got {short(str(value)) if value is not None else 'nothing'}"
            raise FileError(path, line, what, "Put quotes around what YAML reads as something else.")
    ask, answer = " ".join(item["ask"].split()), item["answer"].strip()
    if len(ask) > LONGEST:
        raise FileError(path, line, f"a question of {len(ask)} characters: at most {LONGEST}")
    return Question(kind, ask, answer.removeprefix("#"), line)


def faults(questions: tuple[Question, ...], notes: Notes, path: Path) -> Iterator[FileError]:
    """Yield what keeps questions from being a test of the search.

    Args:
        questions: Of one entry.
        notes: Its notes.
        path: The file of the questions, named in the errors.

    Yields:
        Too few of a kind, one asked twice, an answer that is no section, a paraphrase that names its heading.
    """
    for kind in KINDS:
        count = sum(question.kind == kind for question in questions)
        if count < LEAST:
            yield FileError(path, None, f"{count} questions {kind}: an entry brings at least {LEAST}")
    titles = {section.anchor: section.title for section in notes.sections}
    seen: dict[str, int] = {}
    for question in questions:
        folded = " ".join(re.findall(r"\w+", question.ask.casefold()))
        if folded in seen:
            yield FileError(
                path, question.line, f"asked already on line {seen[folded]}: {short(question.ask)}"
            )
        seen.setdefault(folded, question.line)
        if question.answer not in titles:
            near = difflib.get_close_matches(question.answer, titles, n=1)
            hint = f"Did you mean {near[0]}?" if near else ""
            yield FileError(path, question.line, f"the notes have no section #{question.answer}", hint)
        elif question.kind == "paraphrased" and (
            shared := shared_words(question.ask, titles[question.answer])
        ):
            what = f"{short(question.ask)} has {', '.join(shared)} in common with the heading that answers"
            yield FileError(path, question.line, what, "Word it otherwise, or list it under `asked`.")


def shared_words(question: str, heading: str) -> list[str]:
    """Return the content words of a question that stand in a heading too, whatever their endings.

    Two words count as one when they begin alike: at least four letters, and all but three of the shorter one.

    >>> shared_words("scaled attention scores", "Why the scores are divided by the scale")
    ['scaled', 'scores']
    >>> shared_words("what does the factor do", "What the scale does")
    []
    """
    known = content_words(heading)
    return [word for word in content_words(question) if any(_alike(word, other) for other in known)]


def content_words(text: str) -> list[str]:
    """Return the words of a text that say what it is about, each once, in lower case."""
    words = re.findall(r"[^\W_]+", text.casefold())
    return list(dict.fromkeys(word for word in words if word not in STOP_WORDS))


def _alike(one: str, other: str) -> bool:
    if one == other or one.rstrip("s") == other.rstrip("s"):
        return True
    alike = next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    return alike >= max(4, min(len(one), len(other)) - 3)
