"""What is known of each data set: its files, their addresses and their hashes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from foundations.data.dataset import Split


@dataclass(frozen=True)
class File:
    """One file of a data set.

    Args:
        path: Where it lies below the folder of the data; `.gz` may be added to it.
        sha256: Hash of its content: of what an added `.gz` holds, of the arrays in an .npz. Mirrors wrap the
            same bytes differently. Empty only for an original whose publisher names no hash.
        size: Length of what is hashed, bytes. Nothing longer is downloaded or unpacked.
        urls: Addresses that serve it, to be tried in turn.
        member: Its name in the zip archive that the addresses serve; empty if they serve the file itself.
        cut: Makes the content from the bytes that the addresses serve, as they come in; reading stops when
            it returns. None where the addresses serve the content.
        transfer: The most bytes that an address may send, where `size` does not say: of the file that is cut.
        recipes: For a file that ships, from what it can be made anew: the first whose originals are at hand.
    """

    path: str
    sha256: str
    size: int
    urls: tuple[str, ...] = ()
    member: str = ""
    cut: Callable[[Iterator[bytes]], bytes] | None = None
    transfer: int = 0
    recipes: tuple["Recipe", ...] = ()


@dataclass(frozen=True)
class Recipe:
    """How a file that ships is made from its originals.

    Args:
        originals: The files it is made from.
        make: Turns the contents of the originals, in their order, into the content of the file.
    """

    originals: tuple[File, ...]
    make: Callable[..., bytes]


@dataclass(frozen=True, kw_only=True)
class Source:
    """One data set.

    Args:
        name: What `load` calls it.
        description: What it holds, in one sentence.
        licence: Under which terms it may be used.
        home: Address of the page that describes it.
        citation: Whom to cite.
        read: Turns the contents of the files, in their order, into splits.
        files: Its files; none for a data set that comes with a dependency.
        shipped: Whether it comes with this package.
        stand_in: Name of the data set that `load` gives, under that name, where that one is at hand and this
            one is not.
        instead: What to use in its place, for a copy that serves development and that nobody serves.
    """

    name: str
    description: str
    licence: str
    home: str
    citation: str
    read: Callable[..., Mapping[str, Split]]
    files: tuple[File, ...] = ()
    shipped: bool = False
    stand_in: str = ""
    instead: str = ""

    @property
    def size(self) -> int:
        """Length of all contents together, bytes."""
        return sum(file.size for file in self.files)
