"""XQuAD in English: the half of its articles that serves development."""

import json

import numpy as np

from foundations.data.readers import Splits, unchanged
from foundations.data.source import File, Recipe, Source
from foundations.errors import DataError

ARTICLES = (
    "Super_Bowl_50",
    "Normans",
    "Computational_complexity_theory",
    "Martin_Luther",
    "Sky_(United_Kingdom)",
    "Huguenot",
    "Oxygen",
    "Apollo_program",
    "Amazon_rainforest",
    "Fresno,_California",
    "Black_Death",
    "Newcastle_upon_Tyne",
    "American_Broadcasting_Company",
    "Pharmacy",
    "Civil_disobedience",
    "Private_school",
    "Jacksonville,_Florida",
    "Doctor_Who",
    "Yuan_dynasty",
    "Intergovernmental_Panel_on_Climate_Change",
    "Prime_number",
    "Scottish_Parliament",
    "Imperialism",
    "French_and_Indian_War",
)
"""The half that serves development, in the order of the whole."""


def questions(content: bytes) -> Splits:
    """Read questions with the paragraph and the span, in characters, that answers them."""
    rows = [
        (paragraph["context"], item["question"], answer["text"], answer["answer_start"])
        for article in json.loads(content)["data"]
        for paragraph in article["paragraphs"]
        for item in paragraph["qas"]
        for answer in item["answers"][:1]
    ]
    contexts, asked, answers, starts = zip(*rows, strict=True)
    return {
        "test": {
            "contexts": list(contexts),
            "questions": list(asked),
            "answers": list(answers),
            "starts": np.array(starts, dtype=np.int64),
        }
    }


def half(content: bytes) -> bytes:
    """Take the 24 articles of `ARTICLES` out of XQuAD: every other one, from the first on.

    Args:
        content: `xquad.en.json`, whole: 48 articles.

    Returns:
        24 articles, in the same form.

    Raises:
        DataError: If it is another file, ends too early, or lacks one of the articles.
    """
    try:
        whole = json.loads(content)
        articles = {article["title"]: article["paragraphs"] for article in whole["data"]}
        version = whole["version"]
    except (ValueError, KeyError, TypeError):
        raise DataError(
            "not XQuAD's English file: expected JSON with version and data; get it again"
        ) from None
    absent = [title for title in ARTICLES if title not in articles]
    if absent:
        raise DataError(f"not XQuAD's English file: it has no article {absent[0]}; get it again")
    kept = {
        "version": version,
        "data": [{"paragraphs": articles[title], "title": title} for title in ARTICLES],
    }
    return json.dumps(kept).encode()


SHA256 = "725264ec38cca13aa684644aef1d55f1ace0c8c2c9c0d5e87e5025642b309c35"
SIZE = 208_495
# The hash that Hugging Face's `datasets` records for the file in google-deepmind/xquad.
WHOLE = File(
    path="xquad.en.json",
    sha256="e4c57d1c9143aaa1c5d265ba5987a65f4e69528d2a98f29d6e75019b10344f29",
    size=609_383,
    urls=("https://raw.githubusercontent.com/google-deepmind/xquad/master/xquad.en.json",),
)

SOURCES = (
    Source(
        name="xquad-en-half",
        description="612 questions on Wikipedia paragraphs with the spans that answer them",
        licence="CC BY-SA 4.0",
        home="https://github.com/google-deepmind/xquad",
        citation="Artetxe, Ruder and Yogatama 2020, On the Cross-lingual Transferability of Representations",
        read=questions,
        files=(
            File(
                path="qa/xquad-en-half.json",
                sha256=SHA256,
                size=SIZE,
                recipes=(
                    Recipe((File(path="qa/xquad-en-half.json", sha256=SHA256, size=SIZE),), unchanged),
                    Recipe((WHOLE,), half),
                ),
            ),
        ),
        shipped=True,
    ),
)
