"""How the files that come with the package are made: run as `python -m foundations.data.shipping FOLDER`.

```
python -m foundations.data.shipping FOLDER          make every file whose originals lie in FOLDER
python -m foundations.data.shipping FOLDER austen   make those of one data set
```

FOLDER is laid out as the table of data sets says; the modules in `foundations/data/sets` name the originals
of each file and their homes. What was made has the recorded hash or is not written.
"""

import gzip
import sys
from pathlib import Path

from foundations.data import registry
from foundations.data.content import check, read_content
from foundations.data.source import File, Source
from foundations.data.store import SHIPPED
from foundations.errors import DataError, FoundationsError
from foundations.files import write_atomically


def make(file: File, folder: Path) -> bytes:
    """Make the content of a file that ships from its originals.

    Args:
        file: Its record.
        folder: Where the originals lie, compressed or not.

    Returns:
        The content; it has the hash of the record.

    Raises:
        DataError: If no recipe has all its originals there, an original is another file than the recipe
            names, or what comes out is not what ships.
    """
    for recipe in file.recipes:
        found = [(original, _find(original, folder)) for original in recipe.originals]
        if all(path for _, path in found):
            contents = [_read(original, path) for original, path in found if path]
            content = recipe.make(*contents)
            check(content, file, f"{file.path}, made from {found[0][1]}")
            return content
    wanted = "; or ".join(
        ", ".join(original.path for original in recipe.originals) for recipe in file.recipes
    )
    raise DataError(f"{folder} has not the originals of {file.path}: expected {wanted}")


def packed(file: File, content: bytes) -> tuple[str, bytes]:
    """Wrap a content as it ships: gzip at its best, without a time, unless it is an .npz.

    Returns:
        Its path in the folder of what ships, and its bytes.
    """
    if file.path.endswith(".npz"):
        return file.path, content
    return f"{file.path}.gz", gzip.compress(content, mtime=0)


def shipped(name: str = "") -> list[Source]:
    """Return the data sets with files that ship, or the one of that name."""
    found = [registry.find(name)] if name else registry.SOURCES
    return [source for source in found if any(file.recipes for file in source.files)]


def _find(original: File, folder: Path) -> Path | None:
    for path in (folder / original.path, folder / f"{original.path}.gz"):
        if path.is_file():
            return path
    return None


def _read(original: File, path: Path) -> bytes:
    content = read_content(path, original)
    if original.sha256:
        check(content, original, str(path))
    return content


def main(arguments: list[str], target: Path = SHIPPED) -> int:
    """Make the files that ship.

    Args:
        arguments: The folder of the originals and, to make only its files, the name of a data set.
        target: Folder to write to.

    Returns:
        Exit code: 0 done, 1 failed, 2 misused.
    """
    if len(arguments) not in (1, 2):
        print(__doc__, file=sys.stderr)
        return 2
    folder, *names = arguments
    try:
        files = {file.path: file for source in shipped(*names) for file in source.files}
        for file in files.values():
            path, content = packed(file, make(file, Path(folder)))
            write_atomically(target / path, content, error=DataError)
            print(f"{path}  {len(content):,} bytes")
    except FoundationsError as reason:
        print(reason, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
