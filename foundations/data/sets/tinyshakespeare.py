"""Karpathy's megabyte of Shakespeare."""

from foundations.data.readers import text
from foundations.data.source import File, Source

SOURCES = (
    Source(
        name="tinyshakespeare",
        description="a megabyte of Shakespeare's plays, the usual corpus of small character models",
        licence="public domain",
        home="https://github.com/karpathy/char-rnn",
        citation="Karpathy 2015, The Unreasonable Effectiveness of Recurrent Neural Networks",
        read=text,
        files=(
            File(
                path="text/tinyshakespeare.txt",
                sha256="86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
                size=1_115_394,
                urls=(
                    "https://raw.githubusercontent.com/karpathy/char-rnn/"
                    "6f9487a6fe5b420b7ca9afb0d7c078e37c1d1b4e/data/tinyshakespeare/input.txt",
                ),
            ),
        ),
    ),
)
