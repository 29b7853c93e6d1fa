"""The claims of an entry and what came of them, as Markdown generated from `results.json`.

First one short table (claim, where, verdict), then a block for each claim, which reads well on a narrow
screen. The words come from `experiments`, the numbers from `results.json`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from foundations.errors import FoundationsError
from foundations.experiment import Claim, Measurement, Result, Results
from study.entries import importing, signs
from study.entries.catalogue import Entry
from study.files import foreign, paths
from study.files.errors import FileError, StudyError

_DIGITS = 6  # the most significant digits that a mean is shown with


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


def _verdict(result: Result | None) -> str:
    return f"{signs.VERDICTS[result.verdict]} {result.verdict}" if result else signs.NOT_RUN


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _overview(claims: Iterable[Claim], results: Mapping[str, Result]) -> str:
    rows = ["| Claim | Where | Verdict |", "|---|---|---|"]
    for claim in claims:
        result = results.get(claim.id)
        rows.append(f"| [{claim.id}](#{anchor(claim)}) | {_cell(claim.where)} | {_verdict(result)} |")
    return "\n".join(rows)


def _block(claim: Claim, result: Result | None, entry: Entry) -> str:
    words = [
        f"- **The paper** ({_flat(claim.where)}): {_flat(claim.says)}",
        f"- **We predicted:** {_flat(claim.predicts)}",
        f"- **Control:** {_flat(claim.control)}",
        f"- **Verdict:** {_verdict(result)}",
    ]
    if result is None:
        words.append(f"- **Command:** `study reproduce {entry.slug} --claim {claim.id}`")
        return f"### {_heading(claim)}\n\n" + "\n".join(words)
    words += [
        f"- **Time:** {duration(result.core_seconds)} of one core, all seeds together",
        f"- **Command:** {foreign.code(result.command)}",
    ]
    seeds = len(result.seeds)
    budget = foreign.markdown(result.budget)
    over = "one seed" if seeds == 1 else f"{seeds} seeds"
    rows = [
        f"| Measured over {over}, {budget} budget | Mean | 95 % interval |",
        "|---|---:|---:|",
    ]
    for name, measured in result.metrics.items():
        mean, interval = numbers(measured)
        rows.append(f"| {foreign.code(name)} | {mean} | {interval} |")
    return f"### {_heading(claim)}\n\n" + "\n".join(words) + "\n\n" + "\n".join(rows)


def _flat(text: str) -> str:
    return " ".join(text.split())


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


def duration(seconds: float) -> str:
    """Return a time as a reader says it.

    >>> [duration(seconds) for seconds in (0.04, 7.26, 200, 7300)]
    ['0.04 s', '7.3 s', '3 min 20 s', '2 h 1 min']
    """
    if seconds < 1:
        return f"{seconds:.2f} s"
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def numbers(measured: Measurement) -> tuple[str, str]:
    """Return mean and interval, rounded to what the interval lets one say: two digits of its half-width.

    >>> numbers(Measurement((0.91234, 0.92345, 0.93456, 0.94567, 0.95678, 0.96789)))
    ('0.940', '0.912 to 0.968')
    >>> numbers(Measurement((0.91234, 0.93345, 0.95456)))  # too few seeds for an interval
    ('0.9335', 'none')
    """
    mean, low, high = measured.interval
    if not math.isfinite(mean):
        return ("not a number" if math.isnan(mean) else _plain(mean, 0)), "none"
    half = (high - low) / 2
    same = len(measured.per_seed) > 1 and len(set(measured.per_seed)) == 1
    if not math.isfinite(half) and not same:
        return _number(mean, _decimals(abs(mean), 4), abs(mean)), "none"
    largest = abs(mean) if same else max(abs(mean), abs(low), abs(high))
    if same or half == 0:
        shown = _number(mean, _decimals(largest, 4), largest)
        return (shown.rstrip("0").rstrip(".") if "." in shown and "×" not in shown else shown), "no spread"
    decimals = min(_decimals(half, 2), _decimals(largest, _DIGITS))
    shown, from_, to = (_number(value, decimals, largest) for value in (mean, low, high))
    return shown, f"{from_} to {to}"


def _decimals(value: float, digits: int) -> int:
    """Return how many decimals show `value` with so many significant digits."""
    return digits - 1 - math.floor(math.log10(value)) if value else 0


def _number(value: float, decimals: int, largest: float) -> str:
    exponent = math.floor(math.log10(largest)) if largest else 0
    if -4 <= exponent < 9:
        return _plain(value, decimals)
    power = str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{_plain(value / 10.0**exponent, max(decimals + exponent, 0))} × 10{power}"


def _plain(value: float, decimals: int) -> str:
    rounded = round(value, decimals) + 0.0  # never minus zero
    return f"{rounded:,.{max(decimals, 0)}f}".replace("-", "−")
