"""The table of data sets: what the modules in `foundations/data/sets` declare.

To add one, add a module there that sets `SOURCES`; there is no list to extend.
"""

import importlib
import pkgutil
from collections.abc import Iterable
from difflib import get_close_matches

from foundations.data import sets
from foundations.data.source import Source
from foundations.errors import DataError


def _table(found: Iterable[tuple[str, tuple[Source, ...]]]) -> tuple[Source, ...]:
    """Sort what the modules declare by name.

    Args:
        found: Name of a module and what it declares.

    Raises:
        DataError: If two modules declare the same name.
    """
    owners: dict[str, str] = {}
    table = []
    for module, sources in found:
        for source in sources:
            if source.name in owners:
                raise DataError(
                    f"two data sets are called {source.name!r}, in sets/{owners[source.name]}.py and "
                    f"sets/{module}.py: rename one"
                )
            owners[source.name] = module
            table.append(source)
    return tuple(sorted(table, key=lambda source: source.name))


SOURCES = _table(
    (module.name, importlib.import_module(f"{sets.__name__}.{module.name}").SOURCES)
    for module in pkgutil.iter_modules(sets.__path__)
)


def find(name: str) -> Source:
    """Look a data set up.

    Args:
        name: Its name in the table.

    Returns:
        Its record.

    Raises:
        DataError: If there is none; the message names the nearest.

    Examples:
        >>> find("mnist").licence
        'CC BY-SA 3.0'
    """
    for source in SOURCES:
        if source.name == name:
            return source
    names = [source.name for source in SOURCES]
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names)}"
    raise DataError(f"no data set is called {name!r}; {hint}")
