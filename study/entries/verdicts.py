"""What held: the claims of an entry for the first pass, each with its verdict and a picture of its interval.

Markdown between the `verdicts` markers of the notes, and a drawing a plot in `figures/claims/`; both follow
from `experiments` and `results.json`. The designs and the tables stand in `results_table`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from study.entries import importing, interval_plot, results_table
from study.entries.catalogue import Entry
from study.entries.result_words import cost, flat, interval, plotted, scales, seeds, threshold, verdict
from study.files import foreign
from study.files.errors import FileError

if TYPE_CHECKING:
    from foundations.experiment import Claim, Plot, Result

FOLDER = "figures/claims"


def markdown(entry: Entry) -> str:
    """Return what stands between the verdicts markers of the entry's notes.

    Raises:
        StudyError: The entry has no claims, or its claims or results cannot be read.
    """
    claims = importing.claims(entry)
    if not claims:
        raise FileError(entry.path / "experiments.py", None, "no claims to show verdicts on")
    results = results_table.load(entry).claims
    parts = []
    for claim in claims:
        result = results.get(claim.id)
        head = f"**[{claim.id}](#{results_table.anchor(claim)})**"
        parts.append(f"{head} ({flat(claim.where)}): {verdict(result)}. {flat(claim.says)}")
        if result is not None and result.plots:
            plot = result.plots[0]
            parts.append(f"![{alt(plot)}]({file_of(result.claim, plot, main=True)})")
            parts.append(f"*{caption(result, plot)}*")
    shown = [results[claim.id] for claim in claims if claim.id in results]
    if compared := scales(shown):
        parts.append(f"Scale, ours to the paper’s: {foreign.markdown(compared)}.")
    return "\n\n".join(parts) + "\n"


def caption(result: Result, plot: Plot) -> str:
    """Return the words under the picture of a result: numbers, gates that failed, seeds and cost."""
    words = f"{_sentence(plotted(plot))}; {seeds(result)}, {cost(result.core_seconds)}."
    failed = [name for name, outcome in result.gates.items() if str(outcome) != "supported"]
    if failed:
        words += f" Not met: {', '.join(failed)}."
    return foreign.markdown(words)


def alt(plot: Plot) -> str:
    """Return what the picture of a plot shows, for those who do not see it."""
    estimate, ends = interval(plot.interval, plot.values)
    words = f"{len(plot.values)} seeds on an axis from “{plot.left}” to “{plot.right}”; "
    words += f"mean {estimate}, 95 % interval {ends}" if ends != "none" else f"mean {estimate}, no interval"
    for value in sorted(plot.thresholds.values()):
        words += f", a line at {threshold(value)}"
    return foreign.markdown(words)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def file_of(claim: str, plot: Plot, *, main: bool) -> str:
    """Return the name of a drawing within the folder of the entry."""
    return f"{FOLDER}/{claim}.svg" if main else f"{FOLDER}/{claim}-{plot.name}.svg"


def drawings(entry: Entry) -> dict[Path, str]:
    """Return the drawings of an entry's results: file to the text of its SVG.

    Raises:
        StudyError: The results cannot be read.
    """
    return {
        entry.path / file_of(result.claim, plot, main=index == 0): interval_plot.svg(plot)
        for result in results_table.load(entry).claims.values()
        for index, plot in enumerate(result.plots)
    }


def stale_drawings(entry: Entry) -> Iterator[tuple[Path, str | None]]:
    """Yield the drawings that are not what the results say, each with its text, None for one of no result.

    Raises:
        StudyError: The results cannot be read.
    """
    wanted = drawings(entry)
    for path, text in wanted.items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            yield path, text
    for path in sorted((entry.path / FOLDER).glob("*.svg")):
        if path not in wanted:
            yield path, None


def figures(claim: Claim, result: Result) -> list[str]:
    """Return the pictures of a result beyond the main one, as Markdown."""
    found = []
    for plot in result.plots[1:]:
        found.append(f"![{alt(plot)}]({file_of(claim.id, plot, main=False)})")
        found.append(f"*{foreign.markdown(_sentence(plotted(plot)))}.*")
    return found
