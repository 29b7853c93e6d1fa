"""Vectors of texts, kept by the content of each text, so that nothing is encoded twice."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from foundations.errors import FoundationsError, ShapeError
from foundations.nn.serialization import SavedStateError, load_arrays, load_metadata, save_arrays

KIND = "papers.rag.embeddings"
Encode = Callable[[Sequence[str]], np.ndarray]


class RebuiltCache(UserWarning):
    """A cache of embeddings could not be used, and was made anew."""


class EmbeddingCache:
    """An encoder that remembers, in a file, what it has encoded.

    A text is known by its SHA-256. The file says which encoder it belongs to and has a checksum: a file that
    is cut short, changed or of another encoder is set aside with a warning, and rebuilt.

    Args:
        encode: Texts to vectors, shape (n, d), float32.
        path: The file, safetensors; made on the first use.
        name: Which encoder it is, for example "minilm".

    Attributes:
        encoded: How many texts were encoded so far, not counting those that were known.
    """

    def __init__(self, encode: Encode, path: str | Path, *, name: str) -> None:
        self._encode, self.path, self.name = encode, Path(path), name
        self._known: dict[str, np.ndarray] | None = None
        self.encoded = 0

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        """Return the vectors of texts, shape (n, d); those that are new are encoded and kept.

        Raises:
            ShapeError: If the encoder gives something other than a vector a text.
        """
        if self._known is None:
            self._known = self._read()
        keys = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        if new:
            vectors = np.asarray(self._encode(list(new.values())), dtype=np.float32)
            if vectors.ndim != 2 or len(vectors) != len(new):
                raise ShapeError(f"the encoder gives (n, d) for {len(new)} texts, got {vectors.shape}")
            self._known |= dict(zip(new, vectors, strict=True))
            self.encoded += len(new)
            self._write()
        return np.stack([self._known[key] for key in keys]) if keys else np.zeros((0, 0), np.float32)

    def _read(self) -> dict[str, np.ndarray]:
        if not self.path.exists():
            return {}
        try:
            said, arrays = load_metadata(self.path), load_arrays(self.path)
            if said.get("kind") != KIND or said.get("encoder") != self.name:
                raise SavedStateError(f"it is of {said.get('encoder', 'something else')!r}")
            keys, vectors = arrays["keys"], arrays["vectors"]
            if keys.shape != (len(vectors), 32) or _checksum(keys, vectors) != said.get("checksum"):
                raise SavedStateError("its content is not what was written")
            if not np.isfinite(vectors).all():
                raise SavedStateError("it holds numbers that are not finite")
        except (FoundationsError, KeyError, ValueError) as error:
            warnings.warn(
                f"the embeddings in {self.path} cannot be used ({error}): they are rebuilt",
                RebuiltCache,
                stacklevel=3,
            )
            return {}
        return {bytes(key).hex(): vector for key, vector in zip(keys, vectors, strict=True)}

    def _write(self) -> None:
        assert self._known is not None
        keys = np.array([list(bytes.fromhex(key)) for key in self._known], dtype=np.uint8)  # (n, 32)
        vectors = np.stack(list(self._known.values()))
        said = {"kind": KIND, "encoder": self.name, "checksum": _checksum(keys, vectors)}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        save_arrays(self.path, {"keys": keys, "vectors": vectors}, metadata=said)


def _checksum(keys: np.ndarray, vectors: np.ndarray) -> str:
    return hashlib.sha256(keys.tobytes() + vectors.tobytes()).hexdigest()
