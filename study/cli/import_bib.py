"""`study import FILE.bib`: start an entry for every paper of a bibliography."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from study.cli import options, terminal
from study.cli.terminal import literal


def import_bib(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A BibTeX file.", show_default=False)],
    keys: Annotated[
        list[str] | None,
        typer.Option("--key", help="Only this BibTeX key; may be repeated.", show_default=False),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be made, and make nothing.")
    ] = False,
) -> None:
    """Start an entry for every paper of a BibTeX file."""
    from study import bibliography
    from study.cli import scaffold
    from study.files.errors import UsageError
    from study.files.suggestion import hint

    catalogue = options.catalogue()
    references = bibliography.read(file)
    if not references:
        raise UsageError(f"{file} holds no BibTeX entry.")
    found = {reference.key: reference for reference in references}
    for key in keys or ():
        if key not in found:
            meant = hint(key, found, "choose one of these.")
            raise UsageError(f"{file} has no entry {key!r}: {meant}\nIt has: {', '.join(found)}.")
    known = {entry.bibkey: entry.slug for entry in catalogue if entry.bibkey}
    taken = [entry.slug for entry in catalogue]
    plans = []
    for reference in references:
        if keys and reference.key not in keys:
            continue
        if reference.key in known:
            terminal.note(f"[quiet]○ {literal(reference.key)}: is papers/{known[reference.key]} already[/]")
            continue
        for name in reference.unusable:
            terminal.note(f"[unsure]•[/] {literal(reference.complaint(name))}")
        slug = scaffold.slug_of(reference.title, taken)
        taken.append(slug)
        plans.append(
            (
                reference,
                scaffold.Plan(
                    "papers",
                    slug,
                    reference.title,
                    bibtex=scaffold.cited(reference, catalogue.root).bibtex,
                    skeletons=False,
                ),
            )
        )
    for reference, plan in plans:
        if not dry_run:
            scaffold.create(catalogue.root, plan)
        mark = "[quiet]would make[/]" if dry_run else "[done]✓[/]"
        terminal.show(
            f"{mark} papers/{plan.slug}  [quiet]{literal(reference.key)}[/]  {literal(reference.title)}"
        )
