"""One transfer: the bytes that an address sends, as they come, no more of them than expected."""

import os
from collections.abc import Callable, Generator
from urllib.parse import urlsplit

import requests

from foundations.errors import DataError

SECONDS = 30
"""How long a server may keep silent."""

CHUNK = 1 << 16

Progress = Callable[[str, int, int], object]
"""Called with the address, the bytes received and the bytes there are (0 if the server does not say)."""


def chunks(url: str, limit: int, progress: Progress | None = None) -> Generator[bytes, None, None]:
    """Read what an address sends.

    Args:
        url: The address.
        limit: The most bytes it may send.
        progress: Called as the bytes come in.

    Yields:
        The bytes, in pieces.

    Raises:
        DataError: If it cannot be reached, does not serve the file, stops in the middle, or announces or
            sends more than `limit`.
    """
    done = 0
    try:
        with requests.get(
            url, stream=True, timeout=SECONDS, headers={"Accept-Encoding": "identity"}
        ) as answer:
            answer.raise_for_status()
            announced = answer.headers.get("Content-Length", "")
            total = int(announced) if announced.isdecimal() else 0
            if total > limit:
                raise DataError(f"{url} would send {total:,} bytes, expected {limit:,} at most")
            for piece in answer.iter_content(CHUNK):
                done += len(piece)
                if done > limit:
                    raise DataError(f"{url} sends more than the {limit:,} bytes expected")
                if progress:
                    progress(url, done, total)
                yield piece
    except requests.RequestException as reason:
        raise DataError(_complaint(url, reason, done)) from None


def _complaint(url: str, reason: requests.RequestException, done: int) -> str:
    """Say what went wrong with a transfer and what to do."""
    host = urlsplit(url).hostname
    match reason:
        case requests.HTTPError():
            return f"{url} does not serve it ({reason})"
        case requests.Timeout():
            return f"{url} kept silent for {SECONDS} s"
        case requests.exceptions.SSLError():
            return f"{url} cannot be trusted: {_certificate(reason, host)}"
        case requests.exceptions.ProxyError():
            return f"{url} cannot be reached: check the network and the proxy {_proxies()}"
        case requests.exceptions.InvalidSchema() if "SOCKS" in str(reason):
            return f"{url} cannot be reached: the proxy {_proxies()} is SOCKS and needs `pip install pysocks`"
        case requests.ConnectionError() if not done:
            return f"{url} cannot be reached: check the network"
        case _:
            return f"{url} cannot be read: it ended after {done:,} bytes ({type(reason).__name__})"


def _certificate(reason: BaseException, host: str | None) -> str:
    """Name the certificate that was refused, and the way to trust one of your own."""
    text = str(reason)
    _, found, why = text.partition("certificate verify failed: ")
    if not found:
        return f"{host} speaks no TLS that this machine knows; check the address and the proxy {_proxies()}"
    return (
        f"the certificate of {host} was refused ({why.split(' (_ssl')[0]}). If your network puts its own in "
        "between, set REQUESTS_CA_BUNDLE to the file with its root certificate"
    )


def _proxies() -> str:
    """Name the proxies of the environment, without the passwords in their addresses."""
    found = {name: os.environ[name] for name in os.environ if name.lower() in _PROXIES and os.environ[name]}
    shown = [f"{name}={value.rpartition('@')[2]}" for name, value in sorted(found.items())]
    return ", ".join(shown) or "of this machine"


_PROXIES = ("http_proxy", "https_proxy", "all_proxy")
