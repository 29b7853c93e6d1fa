"""The still twin of the figure with sliders: what three documents make of two tokens."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from foundations import plotting
from foundations.plotting import COLOURS
from papers.rag.toy import ANSWERS, DOCUMENTS, SCORES, distributions, log_priors


def draw_live(path: Path) -> None:
    """Draw what the page's figure shows at first."""
    found, prior = distributions(), np.exp(log_priors(SCORES))[0]
    fig, axes = plotting.figure("wide", cols=2, height=2.8)
    axes[0].barh(np.arange(3), prior, color=COLOURS[2])
    axes[0].set_yticks(np.arange(3), [f"z{i}: {' '.join(z)}" for i, z in enumerate(DOCUMENTS, 1)])
    axes[0].set(xlabel="p(z | x)", xlim=(0, 1), title="three documents")
    axes[0].invert_yaxis()
    place = np.arange(len(ANSWERS))
    for shift, (name, colour) in enumerate(zip(("sequence", "token"), COLOURS, strict=False)):
        axes[1].bar(place + 0.4 * shift - 0.2, found[name], 0.38, color=colour, label=f"RAG-{name.title()}")
    axes[1].set_xticks(place, [" ".join(y) for y in ANSWERS])
    axes[1].set(ylabel="p(y | x)", ylim=(0, 0.6), title="four answers")
    axes[1].legend()
    plotting.save(fig, path)
