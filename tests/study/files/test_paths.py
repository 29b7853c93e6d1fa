from __future__ import annotations

import pytest

from study.files import paths
from study.files.checkout import find_root
from study.files.errors import CheckoutError, FileError, StudyError, UsageError
from study.files.read import read_text


def test_root_is_found_from_anywhere_below(base, monkeypatch):
    assert find_root(base.root) == base.root
    assert find_root(base.path("papers/coin/figures")) == base.root
    monkeypatch.chdir(base.path("papers/coin"))
    assert find_root() == base.root


def test_outside_a_checkout_the_error_says_what_is_needed_and_how_to_get_it(tmp_path):
    with pytest.raises(CheckoutError) as caught:
        find_root(tmp_path)
    message = str(caught.value)
    assert "checkout of ML Foundations" in message
    assert str(tmp_path) in message
    assert "git clone" in message
    assert message.count("\n") == 1


def test_a_folder_that_is_gone(tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(CheckoutError, match="no longer exists"):
        find_root()


@pytest.mark.parametrize("missing", ["pyproject.toml", "papers", "foundations"])
def test_what_makes_a_root(tmp_path, missing):
    for name in {"papers", "foundations"} - {missing}:
        (tmp_path / name).mkdir()
    if missing != "pyproject.toml":
        (tmp_path / "pyproject.toml").write_text("")
    assert not paths.is_root(tmp_path)


def test_files_are_shown_relative_to_the_root(base, tmp_path, monkeypatch):
    assert paths.shown(base.path("papers/coin/notes.md")) == "papers/coin/notes.md"
    monkeypatch.chdir(base.path("papers"))
    assert paths.shown(paths.Path("coin/notes.md")) == "papers/coin/notes.md"
    assert paths.shown(tmp_path / "elsewhere.md") == str(tmp_path / "elsewhere.md")


def test_reading_keeps_line_endings(base):
    path = base.write("docs/a.md", b"one\r\ntwo\n\xe2\x80\xa8")
    assert read_text(path) == "one\r\ntwo\n\u2028"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no such file"),
        (b"fine\n\xff\n", r"docs/a\.md:2: not UTF-8 text: byte 0xff"),
        ("folder", "a folder"),
    ],
)
def test_what_cannot_be_read(base, content, message):
    path = base.path("docs/a.md")
    if content == "folder":
        path.mkdir()
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises(FileError, match=message):
        read_text(path)


def test_errors_carry_their_exit_code(base):
    assert StudyError("x").exit_code == 1
    assert UsageError("x").exit_code == 2
    assert StudyError("x", exit_code=3).exit_code == 3
    error = FileError(base.path("papers/coin/notes.md"), 4, "year: wrong", "Mend it.")
    assert str(error) == "papers/coin/notes.md:4: year: wrong\nMend it."
    assert error.message == str(error)
