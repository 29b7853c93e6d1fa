"""What hostile, broken and unlucky downloads meet: bounds, turns, and one line that says what to do."""

import gzip
import hashlib
import io
import signal
import socket
import ssl
import subprocess
import sys
import threading
import tracemalloc
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import requests

from foundations.data import DataError, File, fetch, load
from foundations.data.download import WORK

TEXT = b"First paragraph.\n\nSecond paragraph.\n\nThird and last."
HASH = hashlib.sha256(TEXT).hexdigest()
LONG = bytes(range(256)) * 1024  # several pieces of a transfer
LONG_HASH = hashlib.sha256(LONG).hexdigest()

pytestmark = pytest.mark.usefixtures("cache")


def kept(cache: Path) -> list[str]:
    files = [path.relative_to(cache) for path in cache.rglob("*") if path.is_file()]
    return sorted(str(path) for path in files if path.suffix != ".lock")


def refused(match: str) -> str:
    with pytest.raises(DataError, match=match) as caught:
        fetch("tale")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_announces_too_much_is_not_read(server, register, cache):
    server.pages["tale.txt"] = 200, bytes(600_000)
    server.halves = {"tale.txt"}  # the body never comes whole: the announcement is enough
    register(urls=(server.url("tale.txt"),))
    refused("would send 600,000 bytes, expected 52 at most")
    assert kept(cache) == []


def test_what_sends_too_much_without_a_word_is_left(server, register, cache):
    sent = []
    server.pages["long.txt"] = 200, bytes(4 << 20)
    register(urls=(server.url("long.txt"),))
    with pytest.raises(DataError, match="sends more than the 52 bytes expected"):
        fetch("tale", progress=lambda _, done, total: sent.append(done))
    assert sent == []
    assert kept(cache) == []


def test_a_small_gzip_file_does_not_grow(server, register, cache):
    server.pages["tale.txt.gz"] = 200, gzip.compress(bytes(4_000_000), mtime=0)
    register(urls=(server.url("tale.txt.gz"),))
    tracemalloc.start()
    try:
        refused("unpacks to more than the 52 bytes expected")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000  # of four that it would unpack to
    assert kept(cache) == []


def test_a_small_npz_file_does_not_grow(server, register, cache):
    buffer = io.BytesIO()
    np.savez_compressed(buffer, x=np.zeros(500_000))
    server.pages["tale.npz"] = 200, buffer.getvalue()
    register(File("tale.npz", HASH, 9_000, (server.url("tale.npz"),)))
    refused(r"not the file it should be \(unpacks to 4,000,128 bytes, expected 9,000\)")
    assert kept(cache) == []


def test_content_encoding_does_not_let_it_grow(server, register, monkeypatch):
    server.pages["tale.txt"] = 200, gzip.compress(bytes(1 << 20), mtime=0)
    handler = server.RequestHandlerClass
    ends = handler.end_headers
    monkeypatch.setattr(
        handler, "end_headers", lambda self: (self.send_header("Content-Encoding", "gzip"), ends(self))
    )
    register(File("tale.bin", HASH, 5_000, (server.url("tale.txt"),)))
    refused("sends more than the 5,000 bytes expected")


def test_a_member_of_a_zip_does_not_grow(server, register, cache):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("one.txt", bytes(4_000_000))
    server.pages["tales.zip"] = 200, buffer.getvalue()
    register(File("tale.txt", HASH, len(TEXT), (server.url("tales.zip"),), "one.txt"))
    refused(r"one\.txt has 4,000,000 bytes, expected 52")
    assert kept(cache) == []


def test_a_file_of_yours_that_is_far_too_long_is_not_read(own, register, monkeypatch):
    register(urls=("http://127.0.0.1:9/never-asked",))
    (own / "text").mkdir()
    (own / "text/tale.txt").write_bytes(bytes(1000))
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail("it was read"))
    with pytest.raises(DataError, match="1,000 bytes, expected 52 at most"):
        load("tale")


CHILD = """
import sys
from pathlib import Path
from foundations.data import File, Source, fetch, registry, store
url, digest, size, cache = sys.argv[1:]
file = File("text/tale.txt", digest, int(size), (url,))
source = Source(name="tale", description="", licence="", home="", citation="", read=dict, files=(file,))
registry.SOURCES = (*registry.SOURCES, source)
store.cache_folder = lambda: Path(cache)
print("ready", flush=True)
sys.stdin.readline()
def told(url, done, total):
    print(done, flush=True)
print(*fetch("tale", progress=told), flush=True)
"""


def child(url: str, cache: Path) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", CHILD, url, LONG_HASH, str(len(LONG)), str(cache)]
    return subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_processes_that_want_the_same_file_fetch_it_once(server, cache):
    server.pages["tale.txt"] = 200, LONG
    server.halves = {"tale.txt"}
    running = [child(server.url("tale.txt"), cache) for _ in range(4)]
    for process in running:
        assert process.stdout.readline() == "ready\n"
    for process in running:
        process.stdin.write("go\n")
        process.stdin.flush()
    first = {process: threading.Thread(target=process.stdout.readline) for process in running}
    for thread in first.values():
        thread.start()
    while all(thread.is_alive() for thread in first.values()):
        next(iter(first.values())).join(0.05)  # until one has half of it; the others are at the lock
    server.go_on.set()
    for process, thread in first.items():
        thread.join()
        process.communicate()
        assert process.returncode == 0
    assert server.asked == ["tale.txt"]
    assert kept(cache) == ["text/tale.txt"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_the_part_of_a_killed_download_goes_at_the_next_start(server, register, cache):
    server.pages |= {"tale.txt": (200, LONG), "other.txt": (200, TEXT)}
    server.halves = {"tale.txt"}
    process = child(server.url("tale.txt"), cache)
    process.stdin.write("go\n")
    process.stdin.flush()
    assert process.stdout.readline() == "ready\n"
    assert int(process.stdout.readline()) > 0
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert kept(cache) == [f"{WORK}/text-tale.txt.raw"]
    register(File("other.txt", HASH, len(TEXT), (server.url("other.txt"),)))
    fetch("tale")  # of another file: what is left of any goes
    assert kept(cache) == ["other.txt"]


def test_the_part_of_a_running_download_stays(server, register, cache):
    server.pages |= {"tale.txt": (200, LONG), "other.txt": (200, TEXT)}
    server.halves = {"tale.txt"}
    with child(server.url("tale.txt"), cache) as process:
        process.stdin.write("go\n")
        process.stdin.flush()
        process.stdout.readline()
        process.stdout.readline()
        register(File("other.txt", HASH, len(TEXT), (server.url("other.txt"),)))
        fetch("tale")
        assert kept(cache) == [f"{WORK}/text-tale.txt.raw", "other.txt"]
        server.go_on.set()
        process.communicate()
        assert process.returncode == 0
    assert kept(cache) == ["other.txt", "text/tale.txt"]


def test_an_interrupted_download_leaves_nothing(server, register, cache):
    def interrupt(*news: object) -> None:
        raise KeyboardInterrupt

    server.pages["tale.txt"] = 200, TEXT
    register(urls=(server.url("tale.txt"),))
    with pytest.raises(KeyboardInterrupt):
        fetch("tale", progress=interrupt)
    assert kept(cache) == []


def test_a_certificate_that_is_not_trusted_is_named_with_the_remedy(register, monkeypatch):
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(__file__).with_name("localhost.pem"))

    def greet() -> None:
        connection, _ = listening.accept()
        with connection, suppress(OSError):  # the client hangs up on the certificate
            context.wrap_socket(connection, server_side=True)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=greet)
        thread.start()
        register(urls=(f"https://127.0.0.1:{listening.getsockname()[1]}/tale.txt",))
        message = refused("the certificate of 127.0.0.1 was refused")
        thread.join()
    assert "self-signed certificate" in message or "self signed certificate" in message
    assert "REQUESTS_CA_BUNDLE" in message
    assert "check the network" not in message


def test_a_socks_proxy_without_its_package_names_it(server, register, monkeypatch):
    def without_package(*arguments: object, **words: object) -> None:
        raise requests.exceptions.InvalidSchema("Missing dependencies for SOCKS support.")

    monkeypatch.setattr(requests.adapters, "SOCKSProxyManager", without_package)
    monkeypatch.setenv("ALL_PROXY", "socks5://me:secret@127.0.0.1:9")
    register(urls=(server.url("tale.txt"),))
    message = refused("pip install pysocks")
    assert "ALL_PROXY=127.0.0.1:9" in message
    assert "secret" not in message


def test_a_proxy_that_does_not_answer_is_named(register, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://me:secret@127.0.0.1:9")
    register(urls=("https://localhost:9/tale.txt",))
    message = refused("cannot be reached: check the network and the proxy")
    assert "HTTPS_PROXY=127.0.0.1:9" in message
    assert "secret" not in message
