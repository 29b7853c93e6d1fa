"""Text as BM25 reads it: lower-case words without the commonest ones."""

from __future__ import annotations

import re

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?", re.UNICODE)
STOP_WORDS = frozenset(
    WORD.findall(
        "a an and are as at be been but by can could did do does for from had has have how if in into is "
        "it its may might no not of on or our ours s should so such than that the their them then there "
        "these they this those to was we were what when where which while who whom whose why will with "
        "would you your"
    )
)


def words(text: str) -> list[str]:
    """Return the words of a text in lower case, possessive endings and stop words left out.

    Example:
        >>> words("Why is the Normans' duchy called so?")
        ['normans', 'duchy', 'called']
        >>> words("Luther's theses")
        ['luther', 'theses']
    """
    found = (re.sub(r"['’]s?$", "", word.lower()) for word in WORD.findall(text))
    return [word for word in found if word not in STOP_WORDS]
