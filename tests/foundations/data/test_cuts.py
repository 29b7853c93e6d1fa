"""Cuts out of the canonical files: right, wrong, truncated and missing, on small ones of the same form."""

import io
import itertools
import json
import re
import zipfile
import zlib
from collections.abc import Iterator

import numpy as np
import pytest

from foundations.data import DataError, File, fetch, registry, store, zipstream
from foundations.data.content import check, sha256
from foundations.data.npz import pack_npz, parse_npz
from foundations.data.sets import austen, glove, xquad

VECTORS = b"the 0.5 -1 0.25\nof 2 3.25 1\n\xc3\xa9t\xc3\xa9 4 5 6\nrare 7 8 9\n"


def archive(members: dict[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", packing) as file:
        for name, content in members.items():
            dated = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))  # the same bytes in every test worker
            file.writestr(dated, content, packing)
    return buffer.getvalue()


def pieces(content: bytes, length: int = 7) -> Iterator[bytes]:
    return (content[i : i + length] for i in range(0, len(content), length))


GLOVE = archive({glove.MEMBER: VECTORS, "glove.6B.100d.txt": b"the 1 2 3 4\n"})


def test_glove_keeps_the_first_words():
    arrays = parse_npz(glove.top_words(pieces(GLOVE), 3))
    assert arrays["words"].tolist() == ["the", "of", "été"]
    np.testing.assert_array_equal(
        arrays["vectors"], np.array([[0.5, -1, 0.25], [2, 3.25, 1], [4, 5, 6]], np.float32)
    )


def test_glove_is_found_behind_other_members():
    behind = archive({"glove.6B.100d.txt": b"the 1 2 3 4\n" * 99, glove.MEMBER: VECTORS})
    assert glove.top_words(pieces(behind), 3) == glove.top_words(pieces(GLOVE), 3)


def test_the_rest_of_an_archive_is_not_read():
    lines = b"".join(b"%d %d 1\n" % (i, i) for i in range(200_000))
    packed = archive({glove.MEMBER: lines})
    taken = []

    def counted() -> Iterator[bytes]:
        for piece in pieces(packed, 4096):
            taken.append(len(piece))
            yield piece

    glove.top_words(counted(), 100)
    assert sum(taken) < len(packed) / 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "ends too early"),
        (b"<html>Sorry, this page has moved to another place</html>", "not a zip archive"),
        (GLOVE[:20], "ends too early"),
        (GLOVE[:70], "ends too early|damaged"),
        (archive({"other.txt": VECTORS}), "not a zip archive with|ends too early"),
        (archive({glove.MEMBER: VECTORS}, zipfile.ZIP_STORED), "packed by method 0, expected 8"),
        (archive({glove.MEMBER: b"the 1 2\n"}), "has 1 words, expected 3 at least"),
        (archive({glove.MEMBER: b"the 1 2\nof 1\nand 1 2\n"}), "line 2 .* has 1 numbers, not 2"),
        (archive({glove.MEMBER: b"the 1 2\nof one 2\nand 1 2\n"}), "line 2 .* no word and its vector"),
    ],
)
def test_another_glove_is_refused(content, message):
    with pytest.raises(DataError, match=message):
        glove.top_words(pieces(content), 3)


def test_damaged_bytes_of_an_archive_are_named():
    damaged = bytearray(GLOVE)
    damaged[30 + len(glove.MEMBER) : 50 + len(glove.MEMBER)] = b"\xff" * 20
    with pytest.raises(DataError, match="is damaged"):
        list(zipstream.member(pieces(bytes(damaged)), glove.MEMBER))


def test_a_member_that_would_grow_comes_in_small_pieces():
    bomb = archive({"bomb": bytes(8 << 20)})
    assert max(map(len, zipstream.member(iter([bomb]), "bomb"))) <= 1 << 20


@pytest.mark.usefixtures("cache")
def test_a_cut_is_fetched_checked_and_kept(server, register, cache):
    right = glove.top_words(pieces(GLOVE), 3)
    for page, content in (("right.zip", GLOVE), ("other.zip", GLOVE + b"other")):
        server.pages[page] = 200, content
        file = File(
            path=f"{page}.npz",
            sha256=sha256(right, "x.npz") if page == "right.zip" else "0" * 64,
            size=10_000,
            urls=(server.url(page),),
            cut=lambda stream: glove.top_words(stream, 3),
            transfer=len(content),
        )
        register(file, name=page)
    seen = []
    (path,) = fetch("right.zip", progress=lambda *news: seen.append(news))
    assert {total for _, _, total in seen} == {0}  # how much of it will be read is not known
    assert path.read_bytes() == right
    assert fetch("right.zip") == (path,)
    assert server.asked == ["right.zip"]
    with pytest.raises(DataError, match=r"other\.zip: not the file it should be"):
        fetch("other.zip")
    server.pages["right.zip"] = 200, GLOVE + bytes(1)
    path.unlink()
    with pytest.raises(DataError, match=r"would send .* bytes, expected .* at most"):
        fetch("right.zip")


def test_the_cut_of_the_real_words_has_the_recorded_hash(need_data):
    need_data("glove-50d")
    (content,) = store.contents(registry.find("glove-50d"))
    arrays = parse_npz(content)
    rows = (
        f"{word} " + " ".join(f"{number:.6g}" for number in vector)
        for word, vector in zip(arrays["words"], arrays["vectors"].tolist(), strict=True)
    )
    zipped = archive({glove.MEMBER: "\n".join([*rows, "rarer 1 2", ""]).encode()})
    check(glove.top_words(pieces(zipped, 1 << 16)), glove.LARGE, "the cut")


def test_float16_keeps_the_words_and_eleven_bits(monkeypatch):
    monkeypatch.setattr(glove, "SMALL", 2)
    vectors = np.array([[0.1, 2], [3, 4], [5, 6]], np.float32)
    arrays = parse_npz(glove.smaller(pack_npz({"words": np.array(["a", "b", "longer"]), "vectors": vectors})))
    assert arrays["words"].dtype == "<U1"
    np.testing.assert_array_equal(arrays["vectors"], vectors[:2].astype(np.float16))


def whole_xquad() -> dict:
    articles = []
    for title in xquad.ARTICLES:
        paragraphs = [{"context": f"In {title} é.", "qas": []}]
        articles += [
            {"title": title, "paragraphs": paragraphs},
            {"title": f"not {title}", "paragraphs": []},
        ]
    return {"data": articles, "version": "1.1"}


def test_half_of_xquad_is_its_articles_in_their_order():
    half = json.loads(xquad.half(json.dumps(whole_xquad(), indent=2).encode()))
    assert [article["title"] for article in half["data"]] == list(xquad.ARTICLES)
    assert half["data"][1]["paragraphs"][0]["context"] == "In Normans é."
    assert list(half) == ["version", "data"]


def test_another_xquad_is_refused():
    whole = whole_xquad()
    content = json.dumps(whole).encode()
    for wrong in (b"", content[:-9], b"[]", b'{"data": []}', b'{"data": [1], "version": 1}'):
        with pytest.raises(DataError, match="not XQuAD's English file"):
            xquad.half(wrong)
    del whole["data"][2]
    with pytest.raises(DataError, match="it has no article Normans"):
        xquad.half(json.dumps(whole).encode())


def test_the_real_half_comes_out_of_a_whole_with_the_recorded_hash():
    (content,) = store.contents(registry.find("xquad-en-half"))
    whole = json.loads(content)
    whole["data"] = [
        dict(
            reversed(article.items()), title=prefix + article["title"]
        )  # the whole has its own order of keys
        for article in whole["data"]
        for prefix in ("", "not ")
    ]
    half = xquad.half(json.dumps(whole, indent=1, ensure_ascii=False).encode())
    check(half, registry.find("xquad-en-half").files[0], "the half")


def gutenberg(title: str, text: str = "It is a truth.") -> bytes:
    lines = [
        "\ufeffThe Project Gutenberg eBook of " + title,
        "*** START OF THE PROJECT GUTENBERG EBOOK ***",
        "Produced by volunteers",
        "",
        title,
        "",
        text,
        "",
        "*** END OF THE PROJECT GUTENBERG EBOOK ***",
        "licence",
    ]
    return "\r\n".join(lines).encode()


BOOKS = [gutenberg(title if i % 2 else title.title()) for i, (title, _) in enumerate(austen.NOVELS)]


def test_six_texts_of_gutenberg_are_six_novels():
    novels = austen.six_novels(*BOOKS).decode()
    assert novels.startswith("Emma\n\nIt is a truth.\n\nMANSFIELD PARK\n\n")
    assert novels.endswith("SENSE AND SENSIBILITY\n\nIt is a truth.")
    assert novels.count("truth") == 6
    assert not re.search(r"gutenberg|produced|licence|\r|\ufeff", novels, re.IGNORECASE)


def test_the_real_novels_come_out_of_gutenbergs_frames_with_the_recorded_hash():
    (content,) = store.contents(registry.find("austen"))
    text = content.decode()
    starts = [re.search(f"^{title}\n\n", text, re.MULTILINE | re.IGNORECASE) for title, _ in austen.NOVELS]
    at = [*(start.start() for start in starts if start), len(text)]
    books = [gutenberg("x", "y\n\n" + text[a:b].strip()) for a, b in itertools.pairwise(at)]
    check(austen.six_novels(*books), austen.FILE, "the novels")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (b"", "not Project Gutenberg's text of it"),
        (BOOKS[0][:60], "not Project Gutenberg's text of it"),
        (BOOKS[0][: BOOKS[0].index(b"*** END")], "not Project Gutenberg's text of it"),
        (gutenberg("Lady Susan"), "not Project Gutenberg's text of it"),
        (b"\xff\xfe" * 30, "not a text in UTF-8"),
    ],
)
def test_another_text_of_gutenberg_is_refused(wrong, message):
    with pytest.raises(DataError, match=f"MANSFIELD PARK: {message}.*141"):
        austen.six_novels(BOOKS[0], wrong, *BOOKS[2:])
    with pytest.raises(DataError, match="EMMA"):
        austen.six_novels(BOOKS[1], *BOOKS[1:])


def test_packed_bytes_do_not_depend_on_the_time():
    assert zlib.crc32(pack_npz({"x": np.arange(3)})) == zlib.crc32(pack_npz({"x": np.arange(3)}))
    with zipfile.ZipFile(io.BytesIO(pack_npz({"x": np.arange(3)}))) as file:
        assert file.infolist()[0].date_time == (1980, 1, 1, 0, 0, 0)
