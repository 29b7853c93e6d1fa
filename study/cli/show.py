"""`study show SLUG`: one entry on one screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from study.cli import options, terminal, views
from study.cli.terminal import literal
from study.entries import signs
from study.files.paths import ROOM_TITLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from foundations.experiment import Results
    from study.entries.catalogue import Catalogue, Entry
    from study.entries.claim_texts import ClaimText
    from study.entries.evidence import Evidence
    from study.entries.outcomes import Outcome
    from study.log.checklist import Checklist, Item
    from study.log.progress import Progress, Standing


def show(slug: options.Slug, as_json: options.Json = False) -> None:
    """Show one entry: claims, evidence, checklist, how to run it.

    With --json: {"entry": as in `list`, "passes": [{"pass", "minutes", "words", "formulas", "code_lines"}],
    none where the page names none, "evidence": [{"name", "state", "detail"}], "claims": [{"id", "where",
    "says", "predicts", "control", "verdict", "budget", "seeds", "seconds", "metrics"}], "checklist":
    [{"number", "text", "done", "state", "keeper", "date", "line"}], "unlocks": [slug]}; verdict and what
    follows it are null before the first run, "keeper" is whether the keeper ticked the item and not you.
    """
    from study.entries import evidence
    from study.entries.claim_texts import claim_texts
    from study.entries.outcomes import outcomes
    from study.log import checklist, reader
    from study.log.progress import summary

    catalogue = options.catalogue()
    entry = catalogue.get(slug)
    who = reader.load(catalogue.root)
    progress = summary(catalogue, who)

    def foreign(item: Item) -> bool:
        return not who.mine(entry.slug, item)

    items = checklist.load(entry.checklist) if entry.checklist.is_file() else None
    found = evidence.of(entry)
    claims = claim_texts(entry)
    if as_json:
        from study.entries import results_table

        results = results_table.load(entry) if claims else None
        terminal.emit(
            {
                "entry": views.entry_record(entry, progress.entries),
                "passes": views.pass_records(entry.reading),
                "evidence": [_evidence_record(one) for one in found],
                "claims": [_claim_record(claim, results) for claim in claims],
                "checklist": [views.item_record(item, foreign(item)) for item in items.items]
                if items
                else [],
                "unlocks": list(catalogue.unlocks[entry.slug]),
            }
        )
        return
    terminal.show(_head(entry))
    for heading, lines in (
        ("Claims", _claims(claims, outcomes(entry) if claims else {})),
        ("Evidence", map(_evidence, found)),
        (
            _checklist_heading(items, progress.entries[entry.slug]),
            (views.item_line(item, foreign(item)) for item in (items.items if items else ())),
        ),
        ("Builds on", (_neighbour(catalogue, progress, other) for other in entry.requires)),
        ("Leads to", (_neighbour(catalogue, progress, other) for other in catalogue.unlocks[entry.slug])),
        ("Run it", (f"[command]{command}[/]" for command in _commands(entry, items, foreign))),
    ):
        if listed := list(lines):
            terminal.show(f"\n[room]{heading}[/]")
            terminal.lines(listed)
    views.hint(who, sum(foreign(item) for item in items.items) if items else 0)


def _evidence_record(found: Evidence) -> dict[str, str]:
    return {"name": found.name, "state": str(found.state), "detail": found.detail}


def _claim_record(claim: ClaimText, results: Results | None) -> dict[str, Any]:
    result = results.claims.get(claim.id) if results else None
    words = {name: getattr(claim, name) for name in ("id", "where", "says", "predicts", "control")}
    if result is None:
        return words | dict.fromkeys(("verdict", "budget", "seeds", "seconds", "metrics"))
    metrics = {
        name: {"mean": measured.interval.mean, "interval": [measured.interval.low, measured.interval.high]}
        for name, measured in result.metrics.items()
    }
    return words | {
        "verdict": str(result.verdict),
        "budget": result.budget,
        "seeds": list(result.seeds),
        "seconds": result.core_seconds,
        "metrics": metrics,
    }


def _head(entry: Entry) -> Any:
    """Return the title with what stands below it, framed on a terminal."""
    from rich.padding import Padding
    from rich.panel import Panel
    from rich.text import Text

    facts = [_authors(entry), _time(entry), ", ".join(entry.tags)]
    byline = " · ".join(fact for fact in facts if fact)
    body = Text.assemble((entry.title, "title"), "\n", (byline, "quiet"), "\n\n", entry.summary)
    if not terminal.out().is_terminal:
        return body
    label = f"[room]{ROOM_TITLES[entry.room]}[/] › [slug]{entry.slug}[/]"
    width = min(terminal.out().width, 88)
    return Panel(Padding(body, (0, 1)), title=label, title_align="left", border_style="quiet", width=width)


def _time(entry: Entry) -> str:
    """Return how long the page takes, and each of its passes where it names them."""
    whole = terminal.minutes(entry.minutes)
    if not entry.reading.marked:
        return whole
    each = " + ".join(str(amount.minutes) for amount in entry.reading.passes)
    return f"{whole} ({each} in three passes)"


def _authors(entry: Entry) -> str:
    """Return who wrote the paper and when, and where to read it."""
    if not entry.bib.is_file():
        return ""
    from study import bibliography

    reference = next((one for one in bibliography.read(entry.bib) if one.key == entry.bibkey), None)
    if reference is None:
        return str(entry.year or "")
    return f"{reference.short} · arXiv {reference.arxiv}" if reference.arxiv else reference.short


def _claims(claims: Sequence[ClaimText], found: Mapping[str, Outcome]) -> Iterator[tuple[str, ...]]:
    """Yield a line a claim: verdict, name, what is claimed."""
    width = max((len(claim.id) for claim in claims), default=0)
    for claim in claims:
        one = found.get(claim.id)
        sign = signs.VERDICTS[one.verdict if one else signs.NOT_RUN]
        outcome = f"{one.verdict}, {one.budget}, {one.seeds} seeds" if one else signs.NOT_RUN
        says = views.words(claim.says)
        yield views.found(sign), f"[slug]{claim.id:<{width}}[/] ", f"{says} [quiet]({outcome})[/]"


def _evidence(found: Evidence) -> tuple[str, ...]:
    return views.found(signs.EVIDENCE[found.state]), f"{found.name}  [quiet]{literal(found.detail)}[/]"


def _checklist_heading(items: Checklist | None, count: Standing) -> str:
    if items is None:
        return ""
    return (
        f"Checklist[/]  {terminal.bar(count.done, count.total)}  [quiet]{count.done} of {count.total}[/]"
        f"  {views.sign(count.state)} [quiet]{count.state}"
    )


def _neighbour(catalogue: Catalogue, progress: Progress, slug: str) -> tuple[str, ...]:
    entry = catalogue.get(slug)
    mark = views.entry_sign(entry, progress.entries)
    time = terminal.minutes(entry.minutes)
    return mark, f"[slug]{slug}[/]  {literal(entry.title)} [quiet]{time}[/]"


def _commands(entry: Entry, items: Checklist | None, foreign: Callable[[Item], bool]) -> Iterator[str]:
    """Yield what the reader may type next."""
    if entry.has_demo:
        yield f"study demo {entry.slug}"
    if entry.has_claims:
        yield f"study reproduce {entry.slug} --budget quick"
    left = (item for item in items.items if item.state in ("open", "begun") or foreign(item)) if items else ()
    waiting = next(iter(left), None)
    if waiting:
        yield f"study check {entry.slug} {waiting.number}"
