"""The command that writes the model that ships; the shipped file is held to what it says of itself."""

import base64
import json
import re

import numpy as np
import pytest

from foundations.errors import ValueRangeError
from foundations.nn import save_arrays
from foundations.nn.serialization import SavedStateError, load_arrays, load_metadata
from implementations.transformer import (
    Characters,
    Corpus,
    LanguageModel,
    LanguageModelConfig,
    Trainer,
    TrainingConfig,
    demo_weights,
    evaluate,
)
from implementations.transformer.demo_weights import SCRIPT, WEIGHTS, excerpt_loss, losses, read_model, write

CORPUS = Corpus.of("to be, or not to be: that is the question. " * 6, "to be or not to be, that is. " * 3)
SIZES = LanguageModelConfig(CORPUS.tokenizer.vocab_size, 8, 12, num_layers=2, num_heads=2, dropout=0.1)


def run(steps=12):
    how = TrainingConfig(steps, 4, 8, learning_rate=1e-2, warmup=3, evaluate_every=5)
    rng = np.random.default_rng(0)
    return Trainer(LanguageModel(SIZES, rng=rng), CORPUS, how, rng=rng)


def given(text):
    """Return what the script hands to the figure."""
    return json.loads(re.search(r"^figure\.give\((.*)\);$", text, re.MULTILINE)[1])


@pytest.fixture
def written(tmp_path):
    """Write a small model; return its run, its file, and the losses that `write` returned."""
    trainer, weights = run().run(), tmp_path / "weights" / "small.safetensors"
    return trainer, weights, write(trainer, weights, tmp_path / "interactive" / "small.js")


# ---------------------------------------------------------------------- written and read again


def test_what_is_written_is_the_model_to_a_byte_a_weight(written):
    trainer, weights, found = written
    model, characters = read_model(weights)
    assert model.config == SIZES
    assert not model.training
    assert isinstance(characters, Characters)
    assert characters.characters == CORPUS.tokenizer.characters
    for name, array in trainer.model.state_dict().items():
        rows = np.abs(array).reshape(len(array), -1) if array.ndim > 1 else np.abs(array)[None]
        step = rows.max(axis=1) / 127  # half of it is the most that rounding takes
        off = np.abs(model.state_dict()[name] - array).reshape(rows.shape)
        assert (off <= 0.501 * step[:, None] + 1e-7).all(), name
    assert found == losses(model, CORPUS)
    exact = losses(trainer.model, CORPUS)
    assert found == pytest.approx(exact, abs=0.02)
    assert json.loads(load_metadata(weights)["network"])["losses"] == exact


def test_the_page_gets_the_same_bytes(written):
    _, weights, _ = written
    arrays = load_arrays(weights)
    script = given((weights.parent.parent / "interactive" / "small.js").read_text(encoding="utf-8"))
    assert script["metadata"] == load_metadata(weights)
    assert set(arrays) == {name + end for name in script["arrays"] for end in ("", ".scales")}
    for name, one in script["arrays"].items():
        assert base64.b64decode(one["values"]) == arrays[name].tobytes()
        assert base64.b64decode(one["scales"]) == arrays[f"{name}.scales"].tobytes()


def test_losses_are_those_of_windows_side_by_side_and_half_over_one_another():
    model = LanguageModel(SIZES, rng=np.random.default_rng(1)).train()
    found = losses(model, CORPUS)
    tokens = CORPUS.validation
    assert found["side by side"] == evaluate(model, tokens, context=8).nats
    assert found["half overlapping"] == evaluate(model, tokens, context=8, stride=4).nats
    assert found["side by side"] != found["half overlapping"]
    assert model.training  # as it was


def test_the_excerpt_is_the_beginning_of_the_text(monkeypatch):
    monkeypatch.setattr(demo_weights, "EXCERPT", 20)
    model = LanguageModel(SIZES, rng=np.random.default_rng(1))
    assert excerpt_loss(model, CORPUS) == evaluate(model, CORPUS.validation[:21], context=8).nats


def test_training_goes_on_from_its_checkpoint_to_the_same_end(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(demo_weights, "shakespeare_trainer", lambda budget, *, rng: run())
    monkeypatch.setattr(demo_weights, "SAVE_EVERY", 4)
    checkpoint = tmp_path / "runs" / "small.safetensors"
    whole, seconds = demo_weights.train(checkpoint)
    assert whole.steps == 12
    assert seconds >= 0
    assert checkpoint.exists()
    checkpoint.unlink()

    each = demo_weights._each

    def killed(trainer, *args):
        each(trainer, *args)
        if trainer.steps == 10:
            raise KeyboardInterrupt

    monkeypatch.setattr(demo_weights, "_each", killed)
    with pytest.raises(KeyboardInterrupt):
        demo_weights.train(checkpoint)
    monkeypatch.setattr(demo_weights, "_each", each)
    again, _ = demo_weights.train(checkpoint)
    assert "going on at step 8" in capsys.readouterr().err
    assert again.history == whole.history
    for name, array in whole.model.state_dict().items():
        np.testing.assert_array_equal(again.model.state_dict()[name], array)


# ---------------------------------------------------------------------- files of something else


def respoiled(weights, change):
    """Write a file again after a change to its arrays or what it says."""
    arrays, about = load_arrays(weights), load_metadata(weights)
    network = json.loads(about["network"])
    change(arrays, about, network)
    if "network" in about:
        about["network"] = about["network"] if about["network"] == "no" else json.dumps(network)
    save_arrays(weights, arrays, metadata=about)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda arrays, about, network: about.pop("network"), "holds no language model that python -m"),
        (lambda arrays, about, network: about.update(network="no"), "holds no language model"),
        (lambda arrays, about, network: network.pop("config"), "'config'"),
        (lambda arrays, about, network: network.pop("characters"), "'characters'"),
        (lambda arrays, about, network: network["config"].update(depth=3), "depth"),
        (lambda arrays, about, network: network["config"].update(num_heads=5), "num_heads divides d_model"),
        (lambda arrays, about, network: network["config"].update(num_layers=3), r"blocks\.2"),
        (lambda arrays, about, network: network["config"].update(context=9), r"positions\.weight"),
        (
            lambda arrays, about, network: network.update(characters="abc"),
            "names 3 characters for a",
        ),
        (lambda arrays, about, network: arrays.pop("norm.weight"), r"norm\.weight"),
        (lambda arrays, about, network: arrays.pop("norm.weight.scales"), "bytes with a scale a row"),
    ],
    ids=[
        "no network",
        "no JSON",
        "no sizes",
        "no characters",
        "unknown size",
        "impossible size",
        "more layers",
        "longer context",
        "fewer characters",
        "a missing array",
        "a missing scale",
    ],
)
def test_a_file_of_something_else_is_refused(written, change, says):
    _, weights, _ = written
    respoiled(weights, change)
    with pytest.raises(SavedStateError, match=says):
        read_model(weights)


def test_a_damaged_or_missing_file_is_refused(written, tmp_path):
    _, weights, _ = written
    content = weights.read_bytes()
    for end in (0, 5, 100, len(content) // 2, len(content) - 1):
        weights.write_bytes(content[:end])
        with pytest.raises(SavedStateError, match=r"small\.safetensors"):
            read_model(weights)
    weights.write_bytes(b"figure.give({})" * 100)
    with pytest.raises(SavedStateError, match=r"small\.safetensors"):
        read_model(weights)
    with pytest.raises(SavedStateError, match="cannot read"):
        read_model(tmp_path / "none.safetensors")


# ---------------------------------------------------------------------- the file that ships


def test_the_shipped_model_predicts_what_it_says(need_data):
    need_data("tinyshakespeare")
    model, characters = read_model()
    corpus = Corpus.shakespeare(characters)
    said = json.loads(load_metadata(WEIGHTS)["network"])
    # what the file says is of the weights before they were rounded to bytes
    assert excerpt_loss(model, corpus) == pytest.approx(said["excerpt"], abs=0.01)
    assert said["losses"]["half overlapping"] < said["losses"]["side by side"] < 1.55


def test_the_shipped_model_says_how_it_came_about_and_ships_in_5_mb():
    said = load_metadata(WEIGHTS)
    assert (said["command"], said["seed"], said["budget"]) == (demo_weights.COMMAND, "0", "standard")
    assert re.match(r"[0-9a-f]{40}", said["commit"])
    config, how = demo_weights.BUDGET_CONFIGS["standard"]
    model, characters = read_model()
    assert model.config == config
    assert characters.vocab_size == 65
    history = json.loads(said["history"])
    assert history[-1]["step"] == how.steps == json.loads(said["training"])["steps"]
    assert history[-1]["validation"] == pytest.approx(
        json.loads(said["network"])["losses"]["side by side"], abs=1e-6
    )
    assert WEIGHTS.stat().st_size < 5e6
    assert SCRIPT.stat().st_size < 5e6
    assert given(SCRIPT.read_text(encoding="utf-8"))["metadata"] == said


def test_the_shipped_model_refuses_foreign_characters():
    with pytest.raises(ValueRangeError, match="knows 65 characters and not '€'"):
        read_model()[1].encode("a€")
