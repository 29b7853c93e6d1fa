"""How the data sets that are cut from larger ones were cut: run as `python -m foundations.data.cuts`.

```
python -m foundations.data.cuts mnist-small FOLDER               from the full MNIST, wherever `load` finds it
python -m foundations.data.cuts pride-and-prejudice FOLDER       from the six novels of `austen`
python -m foundations.data.cuts glove glove.6B.50d.txt FOLDER    from what Stanford serves
```
"""

import gzip
import io
import sys
from itertools import islice
from pathlib import Path

import numpy as np

from foundations.data import registry, store
from foundations.data.idx import parse_idx
from foundations.data.readers import stratified
from foundations.errors import DataError, FoundationsError
from foundations.files import write_atomically


def mnist_small() -> dict[str, np.ndarray]:
    """Choose 500 training and 100 test digits of each class from MNIST, with seed 0.

    Returns:
        `train_images` (5000, 28, 28), `train_labels` (5000,), `test_images` (1000, 28, 28) and `test_labels`
        (1000,), uint8.

    Raises:
        DataError: If the full MNIST is not here.
    """
    rng = np.random.default_rng(0)
    arrays = [parse_idx(content) for content in store.contents(registry.find("mnist"))]
    chosen = {}
    for split, images, labels, per_class in (("train", *arrays[:2], 500), ("test", *arrays[2:], 100)):
        index = stratified(labels, per_class, rng=rng)
        chosen[f"{split}_images"], chosen[f"{split}_labels"] = images[index], labels[index]
    return chosen


def pride_and_prejudice() -> bytes:
    """Take the one novel out of the six.

    Returns:
        The text, from its title to its last word.

    Raises:
        DataError: If the six novels are not here.
    """
    (novels,) = store.contents(registry.find("austen"))
    start = novels.index(b"PRIDE AND PREJUDICE")
    return novels[start : novels.index(b"SENSE AND SENSIBILITY", start)].strip() + b"\n"


def glove(path: Path, n: int = 50_000) -> dict[str, np.ndarray]:
    """Read the first words, which are the most frequent, of a file of GloVe vectors.

    Args:
        path: A text with a word and its vector in each line, separated by spaces.
        n: How many words.

    Returns:
        `words` (n,) and `vectors`, float32 of shape (n, dimensions).

    Raises:
        DataError: If the file cannot be read or is not of this form.
    """
    try:
        with path.open(encoding="utf-8") as lines:
            rows = [line.rstrip("\n").split(" ") for line in islice(lines, n)]
        vectors = np.array([row[1:] for row in rows], dtype=np.float32)
    except (OSError, ValueError) as reason:
        raise DataError(f"{path}: not a file of word vectors ({reason})") from None
    return {"words": np.array([row[0] for row in rows]), "vectors": vectors}


def _packed(arrays: dict[str, np.ndarray]) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def main(arguments: list[str]) -> int:
    """Write a cut.

    Args:
        arguments: Name of the cut, its input where it has one, and the folder to write to.

    Returns:
        Exit code: 0 done, 1 failed, 2 misused.
    """
    try:
        match arguments:
            case ["mnist-small", folder]:
                write_atomically(Path(folder) / "mnist-small.npz", _packed(mnist_small()), error=DataError)
            case ["pride-and-prejudice", folder]:
                packed = gzip.compress(pride_and_prejudice(), mtime=0)
                write_atomically(Path(folder) / "pride-and-prejudice.txt.gz", packed, error=DataError)
            case ["glove", source, folder]:
                name = registry.find("glove-50d").files[0].path
                write_atomically(Path(folder) / name, _packed(glove(Path(source))), error=DataError)
            case _:
                print(__doc__, file=sys.stderr)
                return 2
    except FoundationsError as reason:
        print(reason, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
