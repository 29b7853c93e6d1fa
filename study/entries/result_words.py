"""Numbers, times, scales and verdicts of results, worded as the pages and the command line show them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from study.entries import signs

if TYPE_CHECKING:
    from foundations.experiment import Interval, Measurement, Plot, Result

_DIGITS = 6  # the most significant digits that a mean is shown with


def verdict(result: Result | None) -> str:
    """Return the sign and the word of a verdict, or that there is none."""
    word = str(result.verdict) if result else signs.NOT_RUN
    return f"{signs.VERDICTS[word]} {word}" if result else word


def flat(text: str) -> str:
    """Return a text on one line."""
    return " ".join(text.split())


def cell(text: str) -> str:
    """Return a text as it stands in a cell of a table."""
    return flat(text).replace("|", "\\|")


def seeds(result: Result) -> str:
    """Return how many seeds there were, and which where they do not count from 0.

    Examples: `8 seeds`, `one seed`, `10 seeds (5 to 14)`, `6 seeds (0, 1, 2, 3, 4, 9)`.
    """
    count = len(result.seeds)
    words = "one seed" if count == 1 else f"{count} seeds"
    if result.seeds == tuple(range(count)):
        return words
    first, last = result.seeds[0], result.seeds[-1]
    if count > 2 and result.seeds == tuple(range(first, last + 1)):
        return f"{words} ({first} to {last})"
    return f"{words} ({', '.join(map(str, result.seeds))})"


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


def cost(seconds: float) -> str:
    """Return computing time in core-hours.

    >>> cost(5400), cost(75), cost(3)
    ('1.5 core-hours', '0.02 core-hours', '3.0 core-seconds')
    """
    if seconds < 36:
        return f"{seconds:.1f} core-seconds"
    hours = seconds / 3600
    return f"{hours:.1f} core-hours" if hours >= 0.995 else f"{hours:.2f} core-hours"


def amount(value: float) -> str:
    """Return how many there are of something, in three digits.

    >>> amount(64), amount(35_200), amount(65_000_000), amount(2.5e9)
    ('64', '35.2 thousand', '65 million', '2.5 billion')
    """
    for power, word in ((1e9, " billion"), (1e6, " million"), (1e3, " thousand")):
        if abs(value) >= 0.9995 * power:
            return f"{value / power:.3g}{word}"
    return f"{value:.3g}"


def share(ours: float, theirs: float) -> str:
    """Return ours over the paper's, as one tells it.

    >>> share(34_000, 65_000_000), share(300, 100), share(50, 60)
    ('1/1,900', '3 ×', '0.83 ×')
    """
    ratio = ours / theirs
    if ratio >= 0.5:
        return f"{ratio:.2g} ×"
    return f"1/{_two(1 / ratio)}"


def _two(value: float) -> str:
    """Return a number above 1 in two digits.

    >>> _two(1912), _two(2.04), _two(31.6)
    ('1,900', '2', '32')
    """
    places = 1 - math.floor(math.log10(value))
    return f"{round(value, places):,.{max(places, 0)}f}".removesuffix(".0")


def scale(compared: Mapping[str, tuple[float, float | None]]) -> str:
    """Return what was compared with the paper, ours beside theirs.

    >>> scale({"parameters": (35_200, 65e6), "steps": (400, None)})
    '35.2 thousand parameters (the paper’s 65 million, 1/1,800); 400 steps'
    """
    words = []
    for name, (ours, theirs) in compared.items():
        known = f" (the paper’s {amount(theirs)}, {share(ours, theirs)})" if theirs and ours else ""
        words.append(f"{amount(ours)} {name}{known}")
    return "; ".join(words)


def scales(results: Iterable[Result]) -> str:
    """Return how much smaller than the paper's the experiments of an entry are, from the least to the most.

    Returns:
        Such as `parameters 1/1,900 to 1/520; steps 1/250`; empty if nothing is compared.
    """
    ratios: dict[str, list[float]] = {}
    for result in results:
        for name, (ours, theirs) in result.scale.items():
            if theirs and ours:
                ratios.setdefault(name, []).append(ours / theirs)
    words = []
    for name, found in ratios.items():
        ends = [share(ratio, 1.0) for ratio in sorted({min(found), max(found)})]
        words.append(f"{name} {' to '.join(dict.fromkeys(ends))}")
    return "; ".join(words)


def numbers(measured: Measurement) -> tuple[str, str]:
    """Return mean and interval of a metric, rounded to what the interval lets one say."""
    return interval(measured.interval, measured.per_seed)


def interval(found: Interval, values: Sequence[float]) -> tuple[str, str]:
    """Return estimate and ends of an interval, rounded to two digits of its half-width.

    Args:
        found: The interval.
        values: One a seed: where all are one number, the spread is none, however few they are.

    >>> from foundations.experiment import Interval
    >>> interval(Interval(0.93345, 0.88112, 0.98578), (0.9, 0.97))
    ('0.933', '0.881 to 0.986')
    >>> interval(Interval(0.5, -math.inf, math.inf), (0.4, 0.6))
    ('0.5000', 'none')
    """
    mean, low, high = found
    if not math.isfinite(mean):
        return ("not a number" if math.isnan(mean) else _plain(mean, 0)), "none"
    half = (high - low) / 2
    same = len(values) > 1 and len(set(values)) == 1
    if not math.isfinite(half) and not same:
        return _number(mean, _decimals(abs(mean), 4), abs(mean)), "none"
    largest = abs(mean) if same else max(abs(mean), abs(low), abs(high))
    if same or half == 0:
        shown = _number(mean, _decimals(largest, 4), largest)
        return (shown.rstrip("0").rstrip(".") if "." in shown and "×" not in shown else shown), "no spread"
    decimals = min(_decimals(half, 2), _decimals(largest, _DIGITS))
    shown, from_, to = (_number(value, decimals, largest) for value in (mean, low, high))
    return shown, f"{from_} to {to}"


def threshold(value: float) -> str:
    """Return a threshold as it was written.

    >>> threshold(-0.05), threshold(3)
    ('−0.05', '3')
    """
    return f"{value:.4g}".replace("-", "−")


def typeset(words: str) -> str:
    """Return words with the letter below where it belongs, and no equation broken across rows.

    >>> typeset("no scale at d_k = 128").replace("\N{NO-BREAK SPACE}", "~")
    'no scale at dₖ~=~128'
    """
    return words.replace("d_k", "dₖ").replace(" = ", "\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}")


def plotted(plot: Plot) -> str:
    """Return what a plot shows, in one line: axis, estimate, interval and threshold."""
    estimate, ends = interval(plot.interval, plot.values)
    words = f"{typeset(plot.axis)}: {estimate}"
    words += f" ({ends})" if ends not in ("none", "no spread") else f" ({ends} of seeds)" * (ends != "none")
    lines = sorted(plot.thresholds.items(), key=lambda line: line[1])
    if lines and plot.supports:
        words += f"; threshold{'s' * (len(lines) > 1)} {' and '.join(threshold(value) for _, value in lines)}"
    elif lines:  # reported beside a number that is no threshold of this plot
        words += f"; {', '.join(f'{name} {threshold(value)}' for name, value in lines)}"
    return words


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
