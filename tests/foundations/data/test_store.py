"""Finding, fetching and verifying: against a server of our own."""

import gzip
import hashlib
import io
import zipfile
from pathlib import Path

import pytest

from foundations.data import (
    DataError,
    File,
    Status,
    fetch,
    list_datasets,
    load,
    status,
    store,
    verify,
)

TEXT = b"First paragraph.\n\nSecond paragraph.\n\nThird and last."
HASH = hashlib.sha256(TEXT).hexdigest()

pytestmark = pytest.mark.usefixtures("cache")


def put(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def kept(cache: Path) -> list[str]:
    """Return what lies in the cache, but for the locks."""
    files = [path.relative_to(cache) for path in cache.rglob("*") if path.is_file()]
    return sorted(str(path) for path in files if path.suffix != ".lock")


def one_line(error: pytest.ExceptionInfo[DataError]) -> str:
    message = str(error.value)
    assert "\n" not in message
    assert len(message) < 400
    return message


def test_a_data_set_is_fetched_once_and_then_found(server, register, cache):
    server.pages["tale.txt"] = 200, TEXT
    register(urls=(server.url("tale.txt"),))
    assert status("tale") is Status.FETCHABLE
    seen = []
    assert fetch("tale", progress=lambda *news: seen.append(news)) == (cache / "text/tale.txt",)
    assert seen[-1] == (server.url("tale.txt"), len(TEXT), len(TEXT))
    assert fetch("tale") == verify("tale") == (cache / "text/tale.txt",)
    assert status("tale") is Status.PRESENT
    assert server.asked == ["tale.txt"]
    assert kept(cache) == ["text/tale.txt"]


def test_load_fetches_what_is_not_here(server, register):
    server.pages["tale.txt"] = 200, TEXT
    register(urls=(server.url("tale.txt"),))
    assert load("tale")["all"]["text"] == TEXT.decode()


def test_gzip_is_kept_and_its_wrapping_does_not_count(server, register, cache, own):
    server.pages["tale.txt.gz"] = 200, gzip.compress(TEXT, 1, mtime=1)
    register(urls=(server.url("tale.txt.gz"),))
    assert fetch("tale") == (cache / "text/tale.txt.gz",)
    assert load("tale")["all"]["text"] == TEXT.decode()
    mine = put(own, "text/tale.txt.gz", gzip.compress(TEXT, 9, mtime=2))
    assert verify("tale") == (mine,)


def test_the_second_home_serves_when_the_first_does_not(server, register, cache):
    server.pages |= {
        "moved": (404, b"gone"),
        "other": (200, b"a page that says sorry"),
        "tale.txt": (200, TEXT),
    }
    register(urls=tuple(map(server.url, ("moved", "other", "tale.txt"))))
    assert fetch("tale") == (cache / "text/tale.txt",)
    assert server.asked == ["moved", "other", "tale.txt"]


def test_members_of_a_zip_come_with_one_transfer(server, register, cache):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("tales/one.txt", TEXT)
        archive.writestr("tales/two.txt", TEXT[::-1])
    server.pages["tales.zip"] = 200, buffer.getvalue()
    urls = (server.url("tales.zip"),)
    two = hashlib.sha256(TEXT[::-1]).hexdigest()
    register(
        File("tale/one.txt", HASH, len(TEXT), urls, "tales/one.txt"),
        File("tale/two.txt", two, len(TEXT), urls, "tales/two.txt"),
    )
    assert load("tale")["all"]["text"] == (TEXT + TEXT[::-1]).decode()
    assert server.asked == ["tales.zip"]


@pytest.mark.parametrize(
    ("page", "answer", "message"),
    [
        (
            "tale.txt",
            (200, TEXT[:-1] + b"!"),
            r"not the file it should be \(sha256 [0-9a-f]{12}…, expected .*52 of 52 bytes",
        ),
        ("tale.txt", (404, b""), "does not serve it .*404"),
        ("tale.txt", (503, b""), "does not serve it .*503"),
        ("tale.txt.gz", (200, gzip.compress(TEXT, mtime=0)[:-9]), "ends too early"),
        ("tale.txt.gz", (200, TEXT), "damaged gzip file"),
        ("broken.txt", (200, TEXT[:-1]), "would send 151 bytes, expected 52 at most"),
        ("broken.txt.gz", (200, gzip.compress(TEXT, mtime=0)[:-9]), "cannot be read: it ended after"),
    ],
)
def test_what_is_not_right_is_not_kept(server, register, cache, page, answer, message):
    server.pages[page] = answer
    register(urls=(server.url(page),))
    with pytest.raises(DataError, match=message) as error:
        fetch("tale")
    assert server.url(page) in one_line(error)
    assert "nothing was kept" in str(error.value)
    assert kept(cache) == []


@pytest.mark.parametrize("body", [b"not a zip", b""])
def test_an_archive_that_is_none_is_named(server, register, body):
    server.pages["tales.zip"] = 200, body
    register(File("tale.txt", HASH, len(TEXT), (server.url("tales.zip"),), "tales/one.txt"))
    with pytest.raises(DataError, match=r"served no zip archive with tales/one\.txt"):
        fetch("tale")


def test_no_network_is_one_line(server, register):
    url = server.url("tale.txt")
    server.shutdown()
    server.server_close()
    register(urls=(url,))
    with pytest.raises(DataError, match="cannot be reached: check the network") as error:
        load("tale")
    assert "ML_FOUNDATIONS_DATA" in one_line(error)


def test_a_server_that_keeps_silent_is_one_line(server, register, monkeypatch):
    import requests

    def silent(*args, **kwargs):
        raise requests.ReadTimeout

    monkeypatch.setattr(requests, "get", silent)
    register(urls=(server.url("tale.txt"),))
    with pytest.raises(DataError, match="kept silent for 30 s"):
        fetch("tale")


def test_a_cache_that_cannot_be_written_is_one_line(server, register, tmp_path, monkeypatch):
    server.pages["tale.txt"] = 200, TEXT
    register(urls=(server.url("tale.txt"),))
    (tmp_path / "taken").touch()
    monkeypatch.setattr(store, "cache_folder", lambda: tmp_path / "taken" / "cache")
    with pytest.raises(DataError, match="cannot write to the cache") as error:
        fetch("tale")
    assert "make it writable, or put the files in a folder that ML_FOUNDATIONS_DATA points at" in one_line(
        error
    )


def test_a_folder_of_yours_comes_before_the_cache(own, cache, register):
    register(urls=("http://127.0.0.1:9/never-asked",))
    mine = put(own, "text/tale.txt", TEXT)
    put(cache, "text/tale.txt", TEXT)
    assert fetch("tale") == verify("tale") == (mine,)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("text/tale.txt", TEXT[:-1], "not the file it should be"),
        ("text/tale.txt.gz", gzip.compress(TEXT, mtime=0)[:30], "ends too early"),
        ("text/tale.txt.gz", b"\x1f\x8b\x08\x00" + b"\xff" * 40, "damaged gzip file"),
        ("text/tale.txt.gz", b"", "not the file it should be|ends too early"),
    ],
)
@pytest.mark.parametrize("act", [load, verify, fetch])
def test_a_damaged_file_of_yours_is_named_and_left_alone(own, register, name, content, message, act):
    register(urls=("http://127.0.0.1:9/never-asked",))
    path = put(own, name, content)
    with pytest.raises(DataError, match=message) as error:
        act("tale")
    assert str(path) in one_line(error)
    assert "delete it and run `study data fetch`" in str(error.value)
    assert path.read_bytes() == content


def test_a_damaged_file_in_the_cache_is_fetched_again(server, register, cache):
    server.pages["tale.txt"] = 200, TEXT
    register(urls=(server.url("tale.txt"),))
    put(cache, "text/tale.txt", b"half")
    with pytest.raises(DataError, match="not the file it should be"):
        load("tale")
    fetch("tale")
    assert load("tale")["all"]["text"] == TEXT.decode()


def test_a_missing_file_says_how_to_get_it(register):
    register(urls=("http://127.0.0.1:9/tale.txt",))
    with pytest.raises(DataError, match=r"text/tale\.txt is missing; run `study data fetch tale`"):
        verify("tale")


@pytest.mark.parametrize("act", [load, verify, fetch])
def test_what_nobody_serves_says_what_to_use(register, act):
    register()
    assert status("tale") is Status.ABSENT
    with pytest.raises(DataError, match="and nobody serves it: write it yourself"):
        act("tale")


def test_a_stand_in_is_loaded_under_its_own_name_and_only_where_it_lies(own, server, register):
    stand_in = File("text/other.txt", HASH, len(TEXT))
    register(stand_in, name="other", description="a tale retold")
    register(urls=(server.url("tale.txt"),), stand_in="other")
    with pytest.raises(DataError, match="does not serve it"):
        load("tale")
    put(own, "text/other.txt", TEXT)
    assert (load("tale").name, load("tale").description) == ("other", "a tale retold")
    assert status("tale") is Status.FETCHABLE
    put(own, "text/tale.txt", TEXT)
    assert load("tale").name == "tale"


def test_a_variable_that_points_nowhere_is_an_error(register, monkeypatch, tmp_path):
    register()
    monkeypatch.setenv("ML_FOUNDATIONS_DATA", str(tmp_path / "nowhere"))
    for act in (load, verify, fetch, status):
        with pytest.raises(DataError, match=r"which is no folder; correct it or unset it"):
            act("tale")


def test_a_file_that_cannot_be_read_is_one_line(own, register, monkeypatch):
    def forbidden(path):
        raise PermissionError(13, "Permission denied")

    register()
    path = put(own, "text/tale.txt", TEXT)
    monkeypatch.setattr(Path, "read_bytes", forbidden)  # chmod does not stop a superuser
    with pytest.raises(
        DataError, match="cannot be read \\(Permission denied\\); check its permissions"
    ) as error:
        load("tale")
    assert str(path) in one_line(error)


@pytest.mark.parametrize(
    ("name", "near"), [("mnits", "mnist"), ("digit", "digits"), ("tinyshakespear", "tinyshakespeare")]
)
def test_an_unknown_name_gets_the_nearest(name, near):
    for act in (load, verify, fetch, status):
        with pytest.raises(DataError, match=f"no data set is called '{name}'; did you mean '{near}'"):
            act(name)


def test_a_name_like_no_other_gets_the_list():
    with pytest.raises(DataError, match="there are analogies, austen"):
        load("zzz")


def test_the_table_is_complete():
    names = [source.name for source in list_datasets()]
    assert len(set(names)) == len(names)
    for source in list_datasets():
        for field in ("description", "licence", "home", "citation"):
            assert getattr(source, field), f"{source.name} has no {field}"
        assert source.home.startswith("https://")
        for file in source.files:
            assert len(file.sha256) == 64
            assert int(file.sha256, 16) >= 0
            assert file.size > 0
            assert all(url.startswith("https://") for url in file.urls)
            assert file.urls or source.shipped or source.instead
            assert bool(file.cut) <= bool(file.transfer)
        if source.stand_in:
            assert source.stand_in in names


def test_what_a_reader_cannot_get_is_named_as_a_copy_for_development():
    absent = [source for source in list_datasets() if not source.shipped and source.instead]
    assert [source.name for source in absent] == ["cifar10-jpeg"]
    assert absent[0].description.startswith("CIFAR-10 as JPEG")
