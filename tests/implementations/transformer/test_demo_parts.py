"""What the demo trains and counts, and its figures of the model that ships, where that is here."""

from __future__ import annotations

import numpy as np
import pytest

from implementations.transformer import Corpus, LanguageModel, attention_maps, next_probabilities
from implementations.transformer.demo_architecture import draw_architecture
from implementations.transformer.demo_lessons import count_losses, step_losses, trainer
from implementations.transformer.demo_live import (
    LOOKS,
    PROMPT,
    TEMPERATURE,
    draw_history,
    draw_writing,
    first_look,
)
from implementations.transformer.demo_weights import WEIGHTS, load_demo_model

shipped = pytest.mark.skipif(not WEIGHTS.exists(), reason="the model that ships has not been trained yet")


def test_the_quick_run_reads_the_novel_that_comes_with_the_package() -> None:
    run = trainer("quick", 0)
    assert isinstance(run.model, LanguageModel)
    assert run.model.config.vocab_size == run.corpus.tokenizer.vocab_size == 75
    assert run.corpus.tokenizer.decode(run.corpus.train[:19]) == "PRIDE AND PREJUDICE"
    other = trainer("quick", 1)
    assert not np.array_equal(
        other.model.state_dict()["embedding.weight"], run.model.state_dict()["embedding.weight"]
    )


def test_the_larger_runs_read_shakespeare(need_data) -> None:
    need_data("tinyshakespeare")
    assert trainer("standard", 0).corpus.tokenizer.vocab_size == 65


def test_counts_and_small_models_learn_a_text_of_two_letters() -> None:
    corpus = Corpus.of("ab" * 200, "ab" * 40)
    counted = count_losses(corpus, (1, 2))
    assert counted[1] == pytest.approx(np.log(2), abs=0.01)
    assert counted[2] < 0.05
    found = step_losses(corpus, 0, steps=30)
    assert list(found) == [
        "bigram", "average added", "position weights", "one head", "block", "average instead",
    ]  # fmt: skip
    assert found["bigram"] < 0.5
    assert step_losses(corpus, 0, steps=30) == found


def test_the_drawing_of_the_model(tmp_path) -> None:
    draw_architecture(tmp_path / "architecture.svg")
    text = (tmp_path / "architecture.svg").read_text(encoding="utf-8")
    assert text.startswith("<svg") or "<svg" in text[:300]


@shipped
def test_what_the_figure_shows_first_is_what_the_model_computes() -> None:
    model, tokenizer = load_demo_model()
    maps, p = first_look()
    tokens = tokenizer.encode(PROMPT)[None]
    assert maps.shape == (model.config.num_layers, model.config.num_heads, LOOKS)
    assert np.allclose(maps, attention_maps(model, tokens)[:, 0, :, len(PROMPT) - 1, len(PROMPT) - LOOKS :])
    logits = model(tokens).numpy()[0, -1]
    assert np.allclose(p, next_probabilities(logits, temperature=TEMPERATURE))


@shipped
def test_the_figures_of_the_model_that_ships(tmp_path) -> None:
    draw_history(tmp_path / "history.svg")
    draw_writing(tmp_path / "writing.svg")
    assert all((tmp_path / name).stat().st_size > 1000 for name in ("history.svg", "writing.svg"))
