"""Loading a data set by its name."""

from foundations.data import registry, store
from foundations.data.dataset import Dataset
from foundations.data.source import Source


def load(name: str) -> Dataset:
    r"""Load a data set; one that is not here is fetched from its home first.

    What ships with the package needs no network; `study data list` marks it.

    Args:
        name: Its name; `list_datasets()` has them all.

    Returns:
        The data set. Its name is the one asked for, or that of the stand-in that was at hand.

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
        if source.stand_in and store.status(source.stand_in) is store.Status.PRESENT:
            return load(source.stand_in)
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
    """Return the table of data sets, by name.

    Returns:
        One record a data set: name, description, licence, home, citation, files and their sizes.

    Examples:
        >>> [source.name for source in list_datasets() if source.name.startswith("mnist")]
        ['mnist', 'mnist-small']
    """
    return registry.SOURCES
