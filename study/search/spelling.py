"""The nearest known word to one that is found nowhere."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, known: Iterable[tuple[str, int]]) -> str | None:
    """Return the known word most like `word`, or None when none is near.

    Args:
        word: The word that was not found.
        known: Words with the number of sections that have them; of two equally near, the commoner wins.

    >>> nearest("atention", [("attention", 40), ("retention", 3), ("tension", 9)])
    'attention'
    """
    word = word.lower()
    reach = allowed(word)
    best: tuple[int, int, str] | None = None
    for other, count in known:
        if other == word or abs(len(other) - len(word)) > reach or other.isdigit():
            continue
        if len(set(word) ^ set(other)) > 2 * reach:
            continue
        steps = distance(word, other, reach) + (other[0] != word[0])
        if steps <= reach + (len(word) > 4) and (best is None or (steps, -count, other) < best):
            best = (steps, -count, other)
    return best[2] if best else None


def allowed(word: str) -> int:
    """Return how many slips of the finger a word of this length may have."""
    return 0 if len(word) < 3 else 1 if len(word) < 6 else 2


def distance(first: str, second: str, limit: int) -> int:
    """Return the edit distance with swaps of neighbours (optimal string alignment); `limit + 1` when beyond.

    >>> distance("gradeint", "gradient", 2)
    1
    """
    before, last = [], list(range(len(second) + 1))
    for i, a in enumerate(first, 1):
        row = [i]
        for j, b in enumerate(second, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == second[j - 2] and first[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
        before, last = last, row
    return min(last[-1], limit + 1)
