"""`study uncheck SLUG ITEM`: take the tick off an item of a checklist."""

from __future__ import annotations

from typing import Annotated

import typer

from study.cli import complete, options
from study.cli.check import tick


def uncheck(
    slug: options.Slug,
    item: Annotated[
        list[str],
        typer.Argument(
            metavar="ITEM", help=options.ITEM, autocompletion=complete.done_items, show_default=False
        ),
    ],
    as_json: options.Json = False,
) -> None:
    """Take the tick off an item of a checklist, or open one that was begun or dropped.

    With --json: as `study check`.
    """
    tick(slug, " ".join(item), False, as_json)
