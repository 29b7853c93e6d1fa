"""The start of a zip archive while it still comes in: one member, without the rest of it.

Source:
    PKWARE, APPNOTE.TXT, section 4.3.7: the local header of a member stands before its bytes.
"""

import struct
import zlib
from collections.abc import Iterator

from foundations.errors import DataError

_HEADER = struct.Struct("<4sHHHHHLLLHH")
_STREAMED = 0x08  # flag: the sizes follow the bytes


def member(stream: Iterator[bytes], name: str) -> Iterator[bytes]:
    """Unpack one member of an archive as it comes in; members before it are passed over.

    Args:
        stream: The archive, from its first byte.
        name: Name of the member.

    Yields:
        Its bytes, in pieces of a megabyte at most.

    Raises:
        DataError: If what comes is no zip archive, has no such member, is damaged or stops.
    """
    source = _Source(stream)
    while True:
        sign, _, flags, method, _, _, _, packed, _, name_length, extra_length = _HEADER.unpack(
            source.read(_HEADER.size)
        )
        if sign != b"PK\x03\x04":
            raise DataError(f"not a zip archive with {name}: it has no header where one should be")
        found = source.read(name_length).decode("utf-8", "replace")
        source.read(extra_length)
        if found == name:
            break
        if flags & _STREAMED or packed == 0xFFFFFFFF:
            raise DataError(f"{name} is not the first member of the archive, and {found!r} has no size")
        source.skip(packed)
    if method != zlib.DEFLATED:
        raise DataError(f"{name} is packed by method {method}, expected {zlib.DEFLATED}")
    unpacking = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        while not unpacking.eof:
            yield unpacking.decompress(unpacking.unconsumed_tail or source.any(), 1 << 20)
    except zlib.error as reason:
        raise DataError(f"{name} is damaged ({reason})") from None


class _Source:
    """A stream that gives as many bytes as are asked for."""

    def __init__(self, stream: Iterator[bytes]) -> None:
        self._stream, self._held = stream, b""

    def any(self) -> bytes:
        """Return some bytes, those at hand first."""
        held, self._held = self._held, b""
        return held or self._next()

    def read(self, count: int) -> bytes:
        """Return so many bytes."""
        parts = []
        while count:
            piece = self.any()
            parts.append(piece[:count])
            self._held = piece[count:]
            count -= len(parts[-1])
        return b"".join(parts)

    def skip(self, count: int) -> None:
        """Pass over so many bytes."""
        while count:
            count -= len(self.read(min(count, 1 << 20)))

    def _next(self) -> bytes:
        for piece in self._stream:
            if piece:
                return piece
        raise DataError("the archive ends too early")
