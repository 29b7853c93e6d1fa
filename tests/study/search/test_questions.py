"""Questions of an entry: what is read, what is refused, what makes one no test of the search."""

from __future__ import annotations

import pytest

from study.files.errors import FileError
from study.notes import parse
from study.search import questions
from study.search.questions import Question, shared_words

ASKED = "".join(f"  - ask: how is coin {word} tossed\n    answer: the-method\n" for word in "abcde")
WORDED = "".join(f"  - ask: {word} heads fairly\n    answer: the-method\n" for word in ("one", "ten", "six"))
WORDED += '  - ask: "is it 50:50"\n    answer: in-one-sentence\n  - ask: unbiased\n    answer: "#exercises"\n'
WHOLE = f"asked:\n{ASKED}paraphrased:\n{WORDED}"
PLACE = "papers/coin/questions.yml"


def faults(base, text: str) -> list[str]:
    path = base.write(PLACE, text)
    notes = parse(base.path("papers/coin/notes.md"))
    return [f"{fault.line}: {fault.what} {fault.fix}".strip() for fault in questions.faults(
        questions.load(path), notes, path
    )]  # fmt: skip


def test_they_are_read_with_kind_answer_and_line(base):
    listed = questions.load(base.write(PLACE, WHOLE))
    assert listed[0] == Question("asked", "how is coin a tossed", "the-method", 2)
    assert listed[-1] == Question("paraphrased", "unbiased", "exercises", 21)
    assert [question.line for question in listed] == [2, 4, 6, 8, 10, 13, 15, 17, 19, 21]
    assert faults(base, WHOLE) == []


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("asked: [", 1, "not YAML"),
        ("- ask: x\n", 1, "expected `field: value` lines"),
        ("answered: []\n", 1, "answered: expected asked or paraphrased"),
        ("asked: yes\n", 1, "asked: expected a list of `- ask:` and `answer:`"),
        ("asked:\n  - why\n", 2, "expected `ask:` and `answer:`, nothing else"),
        ("asked:\n  - ask: why\n", 2, "expected `ask:` and `answer:`, nothing else"),
        ("asked:\n  - {ask: a, answer: b, score: 1}\n", 2, "nothing else"),
        ("asked:\n  - ask: why\n    answer: #the-method\n", 2, "answer: expected a text, got nothing"),
        ("asked:\n  - ask: 5\n    answer: x\n", 2, "ask: expected a text, got '5'"),
        ("asked:\n  - ask: ' '\n    answer: x\n", 2, "ask: expected a text, got ' '"),
        (f"asked:\n  - ask: {'x' * 201}\n    answer: x\n", 2, "a question of 201 characters: at most 200"),
    ],
)
def test_what_is_no_question_is_refused_with_its_line(base, text, line, told):
    with pytest.raises(FileError) as refused:
        questions.load(base.write(PLACE, text))
    assert refused.value.line == line
    assert told in refused.value.what


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("how is coin e tossed", "How is coin  A tossed?",
         "10: asked already on line 2: 'How is coin A tossed?'"),
        ("answer: in-one-sentence", "answer: in-one-sentense",
         "19: the notes have no section #in-one-sentense Did you mean in-one-sentence?"),
        ("one heads fairly", "which methods",
         "13: 'which methods' has methods in common with the heading that"),
    ],
)  # fmt: skip
def test_what_is_no_test_of_the_search_is_told(base, old, new, told):
    (found,) = faults(base, WHOLE.replace(old, new))
    assert found.startswith(told)


def test_too_few_are_told_for_each_kind(base):
    told = [fault.split(": ", 1)[1] for fault in faults(base, "asked:\n")]
    assert told == [f"0 questions {kind}: an entry brings at least 5" for kind in questions.KINDS]


@pytest.mark.parametrize(
    ("question", "heading", "shared"),
    [
        ("why divide by sqrt d k", "Why the scores are divided by the scale", ["divide"]),
        ("scaling logits", "The scale", ["scaling"]),
        ("position of heads", "Possible headers", ["heads"]),
        ("what does it do", "What it does", []),
        ("keys", "The key", ["keys"]),
        ("a map", "A mat", []),
        ("ten", "tensor", []),
    ],
)
def test_words_are_shared_whatever_their_endings(question, heading, shared):
    assert shared_words(question, heading) == shared
