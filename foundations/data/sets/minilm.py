"""A sentence encoder that others trained."""

import json

from foundations.data.readers import Splits, decoded
from foundations.data.safetensors import parse_safetensors
from foundations.data.source import File, Source

HOME = "https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2/"
FILES = f"{HOME}resolve/1110a243fdf4706b3f48f1d95db1a4f5529b4d41/"


def encoder(weights: bytes, vocabulary: bytes, config: bytes) -> Splits:
    """Read the weights of an encoder by name, its word pieces by number, and its configuration."""
    return {
        "weights": parse_safetensors(weights, name="model.safetensors"),
        "vocabulary": {"pieces": decoded(vocabulary).split("\n")[:-1]},
        "config": json.loads(config),
    }


SOURCES = (
    Source(
        name="minilm",
        description="weights and vocabulary of all-MiniLM-L6-v2, a sentence encoder of 6 layers",
        licence="Apache-2.0",
        home=HOME,
        citation="Reimers and Gurevych 2019, Sentence-BERT; Wang et al. 2020, MiniLM",
        read=encoder,
        files=(
            File(
                path="minilm/model.safetensors",
                sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
                size=90_868_376,
                urls=(f"{FILES}model.safetensors",),
            ),
            File(
                path="minilm/vocab.txt",
                sha256="07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
                size=231_508,
                urls=(f"{FILES}vocab.txt",),
            ),
            File(
                path="minilm/config.json",
                sha256="953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
                size=612,
                urls=(f"{FILES}config.json",),
            ),
        ),
    ),
)
