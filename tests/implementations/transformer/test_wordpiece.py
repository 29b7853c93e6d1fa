"""WordPiece: held to the `tokenizers` library, and its rules one by one."""

import random

import numpy as np
import pytest
from tokenizers import BertWordPieceTokenizer

from foundations.data import load
from foundations.errors import DataError, DTypeError, ValueRangeError
from implementations.transformer.wordpiece import SPECIAL, WordPiece, words

SMALL = (*SPECIAL, "play", "##ing", "##s", "un", "##play", "##able", "a", "##b", ".", "東", "京", "[", "]")
TEXTS = [
    "The cat sat on the mat; it wasn't hers (not at all).",
    "Zürich, São Paulo und Łódź: naïve façades, Ångström & Þór.",
    "Быстрая коричневая лиса. Ёлка. Їжак.",
    "ΟΔΥΣΣΕΥΣ İstanbul IĞDIR ß ẞ ǅ",
    "我喜欢学习。東京タワーは高い。ひらがな カタカナ",
    "한국어 문장입니다. العربية لغة. हिन्दी भाषा है। ภาษาไทย",
    "x\u0301y\u200bz\u00adw \u00a0tab\tline\nend\r\n\ufffd\x00gone",
    "price: $5.00 ~ €4 + £3 = ¥2 ^ `code` <tag> | {set}",
    "🙂 emoji 👩‍👩‍👧 family ½ ² ﬁ ligature",
    "[CLS] typed [SEP] special [MASK] [mask] [UNK]x[PAD]",
    "word " * 300,
    "a" * 99 + " " + "b" * 100 + " " + "c" * 101,
    "",
    " \t\n",
]


@pytest.fixture(scope="module")
def both(need_data, tmp_path_factory):
    need_data("minilm")
    pieces = load("minilm")["vocabulary"]["pieces"]
    file = tmp_path_factory.mktemp("vocabulary") / "vocab.txt"
    file.write_text("".join(f"{piece}\n" for piece in pieces), encoding="utf-8")
    theirs = BertWordPieceTokenizer(str(file), lowercase=True)
    theirs.enable_truncation(256)
    return WordPiece.from_pretrained("minilm"), theirs


def differing(both, texts):
    ours, theirs = both
    return [text for text in texts if ours.encode(text) != theirs.encode(text).ids]


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: ascii(text[:20]))
def test_the_pieces_of_a_text_are_the_reference_s(both, text):
    assert differing(both, [text]) == []


def test_the_first_three_planes_character_by_character(both):
    points = [point for point in range(0x30000) if not 0xD800 <= point < 0xE000]
    lines = [
        " ".join(f"a{chr(point)}b" for point in points[start : start + 40])
        for start in range(0, len(points), 40)
    ]
    assert differing(both, lines) == []


def test_random_texts(both):
    rng = random.Random(0)

    def character() -> str:
        point = rng.choice([rng.randrange(0x20, 0x7F), rng.randrange(0x3000), rng.randrange(0x20000)])
        return "x" if 0xD800 <= point < 0xE000 else chr(point)

    texts = ["".join(character() for _ in range(rng.randrange(1, 60))) for _ in range(3000)]
    assert differing(both, texts) == []


def test_the_longest_piece_that_fits_comes_first():
    tokenizer = WordPiece(SMALL)
    assert tokenizer.tokens("unplayable playing") == ["un", "##play", "##able", "play", "##ing"]
    assert tokenizer.tokens("plays playx") == ["play", "##s", "[UNK]"]  # one part unknown: the whole word is


def test_ideographs_and_punctuation_are_words():
    assert list(words("東京.a")) == ["東", "京", ".", "a"]
    assert WordPiece(SMALL).tokens("東京.") == ["東", "京", "."]


def test_a_special_piece_typed_in_a_text_stays_whole():
    tokenizer = WordPiece(SMALL)
    assert tokenizer.tokens("a[SEP]a") == ["a", "[SEP]", "a"]
    assert tokenizer.tokens("[sep]") == ["[", "[UNK]", "]"]


def test_a_long_text_is_cut_and_its_rest_not_read():
    tokenizer = WordPiece(SMALL, max_tokens=5)
    assert tokenizer.encode("a " * 1_000_000) == [2, 11, 11, 11, 3]
    assert tokenizer._words.keys() == {"a"}
    read = []
    tokenizer._cut = lambda word: read.append(word) or (11,)
    tokenizer.encode(" ".join(f"w{i}" for i in range(1000)))
    assert read == ["w0", "w1", "w2"]


def test_a_text_without_words_is_its_two_ends():
    assert WordPiece(SMALL).encode(" \u200b\n") == [2, 3]
    assert WordPiece(SMALL).tokens("") == []


def test_a_batch_is_padded_and_says_where():
    numbers, visible = WordPiece(SMALL).encode_batch(["a", "a a b", ""])
    assert numbers.tolist() == [[2, 11, 3, 0, 0], [2, 11, 11, 1, 3], [2, 3, 0, 0, 0]]
    assert visible.sum(axis=1).tolist() == [3, 5, 2]
    numbers, visible = WordPiece(SMALL).encode_batch([])
    assert numbers.shape == visible.shape == (0, 0)
    assert numbers.dtype == np.int64


def test_decoding_joins_the_pieces():
    tokenizer = WordPiece(SMALL)
    assert tokenizer.decode(tokenizer.encode("Unplayable, PLAYS.")) == "unplayable plays ."
    with pytest.raises(ValueRangeError, match=r"numbered 0 to 17, got 18"):
        tokenizer.decode([18])


@pytest.mark.parametrize(
    ("pieces", "options", "error", "says"),
    [
        (["a"], {}, ValueRangeError, r"lacks \[PAD\], \[UNK\]"),
        ([*SMALL, "a"], {}, ValueRangeError, "'a' twice"),
        ([*SPECIAL, 7], {}, DTypeError, "sequence of text"),
        (SMALL, {"max_tokens": 2}, ValueRangeError, "3 or more, got 2"),
        (SMALL, {"max_tokens": True}, ValueRangeError, "got True"),
    ],
)
def test_a_vocabulary_that_is_none_is_refused(pieces, options, error, says):
    with pytest.raises(error, match=says):
        WordPiece(pieces, **options)


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        (b"a", DTypeError, "got bytes"),
        (None, DTypeError, "NoneType"),
        ("a\ud800", ValueRangeError, "surrogate"),
    ],
)
def test_what_is_no_text_is_refused(text, error, says):
    with pytest.raises(error, match=says):
        WordPiece(SMALL).encode(text)


def test_a_vocabulary_is_read_from_a_file(tmp_path):
    file = tmp_path / "vocab.txt"
    file.write_bytes("\r\n".join(SMALL).encode() + b"\r\n")
    assert WordPiece.from_file(file).pieces == SMALL
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(DataError, match="not UTF-8"):
        WordPiece.from_file(file)
    with pytest.raises(DataError, match="cannot read the vocabulary"):
        WordPiece.from_file(tmp_path / "missing.txt")
    with pytest.raises(DataError, match="no tokenizer 'maxilm'"):
        WordPiece.from_pretrained("maxilm")
