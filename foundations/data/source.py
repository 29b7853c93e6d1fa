"""What the table of data sets knows of each: its files, their addresses and their hashes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from foundations.data.dataset import Split


@dataclass(frozen=True)
class File:
    """One file of a data set.

    Args:
        path: Where it lies below the folder of the data; `.gz` may be added to it.
        sha256: Hash of its content: of what a gzip file holds, of the arrays in an .npz. Mirrors wrap the
            same bytes differently.
        size: Length of its content, bytes; of an .npz, that of the file.
        urls: Addresses that serve it, to be tried in turn; none for a file that is put in place by hand.
        member: Its name in the zip archive that the addresses serve; empty if they serve the file itself.
    """

    path: str
    sha256: str
    size: int
    urls: tuple[str, ...] = ()
    member: str = ""


@dataclass(frozen=True, kw_only=True)
class Source:
    """One data set of the table.

    Args:
        name: What `load` calls it.
        description: What it holds, in one sentence.
        licence: Under which terms it may be used.
        home: Address of the page that describes it.
        citation: Whom to cite.
        read: Turns the contents of the files, in their order, into splits.
        files: Its files; none for a data set that comes with a dependency.
        shipped: Whether it comes with this package.
        by_hand: How to get the files, where there is no address to fetch them from.
    """

    name: str
    description: str
    licence: str
    home: str
    citation: str
    read: Callable[..., Mapping[str, Split]]
    files: tuple[File, ...] = ()
    shipped: bool = False
    by_hand: str = ""

    @property
    def size(self) -> int:
        """Length of all contents together, bytes."""
        return sum(file.size for file in self.files)
