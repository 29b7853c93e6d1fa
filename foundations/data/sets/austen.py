"""Jane Austen's six novels, and one of them alone."""

from foundations.data.readers import Splits, decoded, text, unchanged
from foundations.data.source import File, Recipe, Source
from foundations.errors import DataError

NOVELS = (
    ("EMMA", 158),
    ("MANSFIELD PARK", 141),
    ("NORTHANGER ABBEY", 121),
    ("PERSUASION", 105),
    ("PRIDE AND PREJUDICE", 1342),
    ("SENSE AND SENSIBILITY", 161),
)
"""Title, as its text starts with it in whatever case, and number at Project Gutenberg."""

_START, _END = "*** START OF", "*** END OF"


def six_novels(*texts: bytes) -> bytes:
    """Put the novels together out of the plain texts that Project Gutenberg serves.

    Args:
        texts: One text for each of `NOVELS`, in that order, with Gutenberg's header and footer.

    Returns:
        The six texts, each from its title to its last word, with a blank line between two; lines end in one
        character.

    Raises:
        DataError: If a text has no marks of where the book starts and ends, or is another book.
    """
    novels = []
    for (title, number), content in zip(NOVELS, texts, strict=True):
        try:
            whole = decoded(content.removeprefix(b"\xef\xbb\xbf"))
        except UnicodeDecodeError:
            raise DataError(
                f"{title}: not a text in UTF-8; get number {number} of Project Gutenberg"
            ) from None
        start, end = whole.find(_START), whole.find(_END)
        at = whole.lower().find(f"\n{title.lower()}", start)
        if not 0 <= start < end or not start < at < end:
            raise DataError(
                f"{title}: not Project Gutenberg's text of it: expected the title between lines that begin "
                f"with {_START!r} and {_END!r}; get number {number} again"
            )
        novels.append(whole[at:end].strip())
    return "\n\n".join(novels).encode()


def pride_and_prejudice(novels: bytes) -> Splits:
    """Read one of the six novels, from its title to its last word."""
    start = novels.index(b"PRIDE AND PREJUDICE")
    return text(novels[start : novels.index(b"SENSE AND SENSIBILITY", start)].strip() + b"\n")


SHA256 = "facb596af7431577a33f4ad1edb9d0662aeb31256347a40e6127bec500506971"

# Project Gutenberg names no hashes and improves its texts: what `six_novels` makes of the edition that is
# served on a given day is right only if it has the hash of the file that ships.
GUTENBERG = tuple(
    File(
        path=f"gutenberg/pg{number}.txt",
        sha256="",
        size=2_000_000,
        urls=(f"https://www.gutenberg.org/cache/epub/{number}/pg{number}.txt",),
    )
    for _, number in NOVELS
)

FILE = File(
    path="text/austen.txt",
    sha256=SHA256,
    size=4_024_958,
    recipes=(
        Recipe((File(path="text/austen.txt", sha256=SHA256, size=4_024_958),), unchanged),
        Recipe(GUTENBERG, six_novels),
    ),
)

SOURCES = (
    Source(
        name="austen",
        description="six novels by Jane Austen: 717,000 words",
        licence="public domain",
        home="https://www.gutenberg.org/ebooks/author/68",
        citation="Austen 1811 to 1818, six novels",
        read=text,
        files=(FILE,),
        shipped=True,
    ),
    Source(
        name="pride-and-prejudice",
        description="Jane Austen's novel, whole: 122,000 words",
        licence="public domain",
        home="https://www.gutenberg.org/ebooks/1342",
        citation="Austen 1813, Pride and Prejudice",
        read=pride_and_prejudice,
        files=(FILE,),
        shipped=True,
    ),
)
