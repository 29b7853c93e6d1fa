"""Loading a data set by its name."""

from foundations.data import registry, store
from foundations.data.dataset import Dataset
from foundations.data.source import Source


def load(name: str) -> Dataset:
    r"""Load a data set; one that is not here is fetched from its home first.

    `digits`, `mnist-small` and `pride-and-prejudice` come with the package and need no network.

    Args:
        name: Its name; `list_datasets()` has them all.

    Returns:
        The data set.

    Raises:
        DataError: If there is no such data set (the message names the nearest), it cannot be had, or a
            file is not the one it should be.

    Examples:
        >>> mnist = load("mnist-small")
        >>> mnist["train"]["images"].shape
        (5000, 28, 28)
        >>> load("pride-and-prejudice")["train"]["text"][:20]
        'PRIDE AND PREJUDICE\n'
    """
    source = registry.find(name)
    if store.status(name) is store.Status.FETCHABLE:
        store.fetch(name)
    return Dataset(
        name=source.name,
        description=source.description,
        licence=source.licence,
        source=source.home,
        citation=source.citation,
        splits=source.read(*store.contents(source)),
    )


def list_datasets() -> tuple[Source, ...]:
    """Return the table of data sets.

    Returns:
        One record a data set: name, description, licence, home, citation, files and their sizes.

    Examples:
        >>> [source.name for source in list_datasets()][:3]
        ['digits', 'mnist-small', 'mnist']
    """
    return registry.SOURCES
