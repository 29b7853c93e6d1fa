"""The claims of an entry in detail: design, gates, verdict, tables and earlier results, for the third pass.

Markdown generated from `experiments` and `results.json`, a block a claim; it reads well on a narrow screen,
and the tables are folded. The words come from the claims, the numbers from the results.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from foundations.errors import FoundationsError
from foundations.experiment import Results
from study.entries import importing
from study.entries.catalogue import Entry
from study.entries.result_words import (
    cell,
    cost,
    duration,
    flat,
    numbers,
    scale,
    seeds,
    threshold,
    verdict,
)
from study.files import foreign, paths
from study.files.errors import FileError, StudyError

if TYPE_CHECKING:
    from foundations.experiment import Claim, Pilot, Result


def load(entry: Entry) -> Results:
    """Return the results of an entry; empty if it has no `results.json` yet.

    Raises:
        StudyError: The file is damaged, of another version or of another entry.
    """
    if not entry.results.exists():
        return Results(entry.slug)
    try:
        return Results.load(entry.results, entry=entry.slug, shown=paths.shown(entry.results))
    except FoundationsError as error:
        raise StudyError(str(error)) from None


def markdown(entry: Entry) -> str:
    """Return what stands between the results markers of the entry's notes.

    Raises:
        StudyError: The entry has no claims, or its claims or results cannot be read.
    """
    claims = importing.claims(entry)
    if not claims:
        raise FileError(entry.experiments, None, "no claims to show results of")
    results = load(entry).claims
    parts = [_overview(claims, results)]
    parts += [_block(claim, results.get(claim.id), entry) for claim in claims]
    shown = [results[claim.id] for claim in claims if claim.id in results]
    if shown:
        parts.append("*" + " ".join(_origins(shown)) + "*")
    return "\n\n".join(parts) + "\n"


def anchor(claim: Claim) -> str:
    """Return the anchor of a claim's block: the same on GitHub and on the site."""
    from study.notes.markdown import slug

    return slug(_heading(claim))


def _heading(claim: Claim) -> str:
    return f"Claim: {claim.id}"


def _overview(claims: Iterable[Claim], results: Mapping[str, Result]) -> str:
    rows = ["| Claim | Where | Verdict |", "|---|---|---|"]
    for claim in claims:
        result = results.get(claim.id)
        rows.append(f"| [{claim.id}](#{anchor(claim)}) | {cell(claim.where)} | {verdict(result)} |")
    return "\n".join(rows)


def _block(claim: Claim, result: Result | None, entry: Entry) -> str:
    from study.entries.verdicts import figures

    parts = [f"### {_heading(claim)}", "\n".join(f"- {line}" for line in _lines(claim, result, entry))]
    if result is not None:
        parts += figures(claim, result)
        parts.append(_folded(f"Every metric, over {seeds(result)}", _metrics(result)))
        if result.pilot is not None:
            parts.append(_folded("How every arm was tuned", _pilot(result.pilot)))
        parts += [_superseded(one.reason, one.result) for one in result.superseded]
    return "\n\n".join(parts)


def _lines(claim: Claim, result: Result | None, entry: Entry) -> Iterator[str]:
    yield f"**The paper** ({flat(claim.where)}): {flat(claim.says)}"
    if claim.estimand:
        yield f"**Measured:** {flat(claim.estimand)}"
    yield f"**We predicted:** {flat(claim.predicts)}"
    if claim.refuted:
        yield f"**Refuted if:** {flat(claim.refuted)}"
    if claim.thresholds:
        named = (f"{foreign.code(name)} {threshold(value)}" for name, value in claim.thresholds.items())
        yield f"**Thresholds:** {', '.join(named)}"
    yield f"**Control:** {flat(claim.control)}"
    gates = claim.design.gates
    for name, words in gates.items():
        found = f": {result.gates[name]}" if result is not None and name in result.gates else ""
        yield f"**Condition** *{name}*{found}. {flat(words)}"
    yield f"**Verdict:** {verdict(result)}"
    if result is None:
        yield f"**Command:** `study reproduce {entry.slug} --claim {claim.id}`"
        return
    if result.horizon is not None:
        yield f"**Trained twice as long:** {result.horizon}"
    if result.best:
        best = (f"{foreign.code(arm)} {value:g}" for arm, value in result.best.items())
        yield f"**Tuned:** {', '.join(best)}"
    if result.scale:
        yield f"**Scale:** {foreign.markdown(scale(result.scale))}"
    tuning = f"; tuning {duration(result.pilot.core_seconds)}" if result.pilot is not None else ""
    yield f"**Cost:** {cost(result.core_seconds)}, all seeds together{tuning}"
    yield f"**Command:** {foreign.code(result.command)}"


def _folded(title: str, table: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{table}\n\n</details>"


def _metrics(result: Result) -> str:
    """Return every metric as a table: the values over seeds, their mean and interval."""
    budget = foreign.markdown(result.budget)
    rows = [f"| {budget} budget | Mean | 95 % interval | Seed by seed |", "|---|---:|---:|---|"]
    for name, measured in result.metrics.items():
        mean, ends = numbers(measured)
        each = ", ".join(f"{value:.3g}".replace("-", "−") for value in measured.per_seed)
        items = f" (mean of {measured.items} items)" if measured.items else ""
        rows.append(f"| {foreign.code(name)}{items} | {mean} | {ends} | {each} |")
    return "\n".join(rows)


def _pilot(pilot: Pilot) -> str:
    """Return the tuning of every arm as a table: the score at each value, the best in bold."""
    over = ", ".join(map(str, pilot.seeds))
    rows = [f"| Arm | Value | Score, mean over seeds {over} |", "|---|---:|---:|"]
    for arm, tried in pilot.tuning.table.items():
        for value, score in tried:
            best = value == pilot.best[arm]
            words = [f"{value:g}", f"{score:.4g}".replace("-", "−")]
            first, second = (f"**{word}**" if best else word for word in words)
            rows.append(f"| {foreign.code(arm)} | {first} | {second} |")
    accepted = f"\n\nUsed all the same: {foreign.markdown(flat(pilot.accepted))}" if pilot.accepted else ""
    return "\n".join(rows) + accepted


def _superseded(reason: str, result: Result) -> str:
    head = f"Earlier result: {result.verdict}, {seeds(result)}"
    return _folded(head, f"{foreign.markdown(flat(reason))}\n\n{_metrics(result)}")


def _origins(results: Iterable[Result]) -> list[str]:
    """Say on what the results were obtained, once for each machine and set of versions."""
    lines = []
    for result in results:
        versions = ", ".join(f"{name} {number}" for name, number in result.versions.items())
        machine = result.machine
        place = f"{machine.get('system', '')} {machine.get('machine', '')}".strip()
        cores = machine.get("cores", "?")
        lines.append(foreign.markdown(f"Measured on {place} with {cores} cores: {versions}."))
    return list(dict.fromkeys(lines))
