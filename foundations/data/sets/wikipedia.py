"""Opening paragraphs of Wikipedia, collected for this project; they have no other home, so they ship."""

import json

from foundations.data.readers import Splits, lines, unchanged
from foundations.data.source import File, Recipe, Source

SHA256 = "a5a89dd07c3ad8772907ff99a136ea32af2c0de21a7952b3bf25de518f926623"
SIZE = 6_146_648


def summaries(content: bytes) -> Splits:
    """Read titles, opening paragraphs and topics."""
    rows = [json.loads(line) for line in lines(content)]
    names = {"titles": "title", "texts": "extract", "topics": "topic"}
    return {"all": {field: [row[name] for row in rows] for field, name in names.items()}}


SOURCES = (
    Source(
        name="wiki-summaries",
        description="10,033 opening paragraphs of Wikipedia articles, with title and topic",
        licence="CC BY-SA 4.0",
        home="https://en.wikipedia.org/",
        citation="Wikipedia contributors, article summaries",
        read=summaries,
        files=(
            File(
                path="text/wiki-summaries.jsonl",
                sha256=SHA256,
                size=SIZE,
                recipes=(
                    Recipe((File(path="text/wiki-summaries.jsonl", sha256=SHA256, size=SIZE),), unchanged),
                ),
            ),
        ),
        shipped=True,
    ),
)
