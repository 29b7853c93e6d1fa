"""Training: what moves and how; a run that is killed and resumed ends bit for bit like one that is not."""

import json
import math

import numpy as np
import pytest

from foundations.errors import ValueRangeError
from foundations.nn import save_arrays
from foundations.nn.serialization import SavedStateError, load_arrays, load_metadata
from implementations.transformer import (
    BUDGET_CONFIGS,
    Bigram,
    Corpus,
    LanguageModel,
    LanguageModelConfig,
    Trainer,
    TrainingConfig,
    five_steps,
    load_model,
    parameter_groups,
    parameters_by_hand,
    resume,
    save_checkpoint,
    shakespeare_trainer,
)

CORPUS = Corpus.of("to be, or not to be: that is the question. " * 6, "to be or not to be, that is. ")
SIZES = LanguageModelConfig(
    CORPUS.tokenizer.vocab_size, context=8, d_model=12, num_layers=2, num_heads=2, dropout=0.2
)
HOW = TrainingConfig(
    steps=12, batch_size=4, context=8, learning_rate=1e-2, warmup=3, evaluate_every=5, clip=0.5
)


def trainer(sizes=SIZES, how=HOW, corpus=CORPUS, *, seed=0, apart=False):
    rng = np.random.default_rng(seed)
    model = LanguageModel(sizes, rng=np.random.default_rng(seed + 1) if apart else rng)
    return Trainer(model, corpus, how, rng=rng)


def state(run):
    """Return everything that a run is, to be compared bit by bit."""
    arrays = {**run.model.state_dict(), **run.optimizer.state_dict()}
    random = run.rng.bit_generator.state, run.model.rng.bit_generator.state
    return {name: np.array(a).tobytes() for name, a in arrays.items()}, random, run.history, run.losses


# ---------------------------------------------------------------------- the loop


def test_matrices_decay_and_vectors_do_not():
    model = LanguageModel(SIZES, rng=np.random.default_rng(0))
    matrices, vectors = parameter_groups(model, 0.1)
    assert (matrices["weight_decay"], vectors["weight_decay"]) == (0.1, 0.0)
    assert {p.ndim for p in matrices["parameters"]} == {2}
    assert {p.ndim for p in vectors["parameters"]} == {1}
    assert len(matrices["parameters"]) + len(vectors["parameters"]) == len(model.parameters())
    assert len(parameter_groups(Bigram(3, rng=np.random.default_rng(0)), 0.1)) == 1


def test_a_run_learns_and_says_what_it_measured():
    run = trainer(how=TrainingConfig(60, 8, 8, learning_rate=1e-2, warmup=5, evaluate_every=25)).run()
    assert run.steps == 60
    assert [one.step for one in run.history] == [25, 50, 60]
    assert run.losses == []
    assert run.history[-1].validation < run.history[0].validation < math.log(SIZES.vocab_size)
    assert run.history[-1].train < 2.0
    assert run.model.training
    seen = []
    assert trainer().run(4, each=lambda r: seen.append(r.steps)).steps == 4
    assert seen == [1, 2, 3, 4]
    assert trainer().run(99).steps == 12


def test_every_step_model_trains():
    for name, model in five_steps(CORPUS.tokenizer.vocab_size, 8, 8, rng=np.random.default_rng(0)).items():
        how = TrainingConfig(60, 8, 8, learning_rate=3e-2, warmup=5)
        run = Trainer(model, CORPUS, how, rng=np.random.default_rng(0)).run()
        assert run.history[-1].validation < 0.85 * math.log(CORPUS.tokenizer.vocab_size), name


def test_bad_runs_are_refused():
    with pytest.raises(ValueRangeError, match="warmup shorter than its 10 steps, got 10"):
        TrainingConfig(10, 4, 8, warmup=10)
    with pytest.raises(ValueRangeError, match="batch_size as a whole number of at least 1"):
        TrainingConfig(200, 0, 8)
    with pytest.raises(ValueRangeError, match=r"model knows 5 tokens and the tokenizer \d+"):
        trainer(LanguageModelConfig(5, 8, 12, 1, 2))
    with pytest.raises(ValueRangeError, match="reads 8 tokens at once and training windows have 9"):
        trainer(how=TrainingConfig(200, 4, 9))
    run = trainer()
    run.model.norm.weight.data[...] = np.inf
    with np.errstate(all="ignore"), pytest.raises(ValueRangeError, match="loss of step 1 is nan: lower"):
        run.step()


@pytest.mark.parametrize("budget", ["quick", "standard", "full"])
def test_budgets_fit_together(budget):
    sizes, how = BUDGET_CONFIGS[budget]
    assert sizes.context == how.context
    assert sizes.vocab_size == 65
    assert sum(parameters_by_hand(sizes).values()) < 6e6  # float16 or bytes of the smaller two ship


def test_a_budget_builds_its_run(need_data):
    need_data("tinyshakespeare")
    run = shakespeare_trainer("quick", rng=np.random.default_rng(0))
    assert run.step() == pytest.approx(math.log(65), abs=0.1)


# ---------------------------------------------------------------------- checkpoints


@pytest.mark.parametrize("apart", [False, True], ids=["one generator", "two generators"])
@pytest.mark.parametrize("stop", [0, 5, 7])
def test_a_run_that_was_killed_ends_bit_for_bit_like_one_that_was_not(tmp_path, stop, apart):
    whole = trainer(apart=apart).run()
    killed = trainer(apart=apart).run(stop)
    save_checkpoint(tmp_path / "run.safetensors", killed)
    killed.run()  # what happens after saving does not matter
    again = resume(tmp_path / "run.safetensors", trainer(seed=5, apart=apart))
    assert again.steps == stop
    assert state(again.run()) == state(whole) == state(killed)


def test_a_checkpoint_is_the_model_too(tmp_path):
    run = trainer().run(3)
    save_checkpoint(tmp_path / "run.safetensors", run)
    model = load_model(tmp_path / "run.safetensors")
    assert model.config == SIZES
    assert not model.training
    tokens = CORPUS.validation[None, :8]
    np.testing.assert_array_equal(model(tokens).numpy(), run.model.eval()(tokens).numpy())


def refused(path, message, **changes):
    """Assert that a checkpoint is refused, and that the run it was for is untouched."""
    run = trainer(seed=9, **changes).run(2)
    before = state(run)
    with pytest.raises(SavedStateError, match=message):
        resume(path, run)
    assert state(run) == before


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "run.safetensors"
    save_checkpoint(path, trainer().run(4))
    return path


def other(config, **changes):
    return type(config)(**{**vars(config), **changes})


def test_a_checkpoint_of_another_run_is_refused(saved):
    refused(saved, "num_layers=2, this one 1; build the same", sizes=other(SIZES, num_layers=1))
    refused(saved, "dropout=0.2, this one 0.0", sizes=other(SIZES, dropout=0.0))
    refused(saved, "learning_rate=0.01, this one 0.02", how=other(HOW, learning_rate=0.02))
    refused(saved, "generators were", apart=True)
    text = Corpus.of("to be, or not to be: that is the question. " * 7, "to be or not to be, that is. ")
    refused(saved, "trained on other tokens", corpus=text)
    run = trainer()
    run.model.astype(np.float64)
    with pytest.raises(SavedStateError, match="dtypes were"):
        resume(saved, run)


def test_a_damaged_checkpoint_is_refused(saved, tmp_path):
    content = saved.read_bytes()
    path = tmp_path / "damaged.safetensors"
    for end in (0, 5, 100, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:end])
        refused(path, "damaged.safetensors")
    for at in (len(content) - 3, len(content) // 2):  # a bit of a number
        path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        refused(path, "is damaged: its numbers are not those that were written")
    about = load_metadata(saved)
    arrays = load_arrays(saved)
    save_arrays(path, arrays, metadata={**about, "losses": "[1.0]"})
    refused(path, "is damaged")
    with pytest.raises(SavedStateError, match="cannot read"):
        resume(tmp_path / "none.safetensors", trainer())


def test_a_foreign_file_is_refused(saved, tmp_path):
    path = tmp_path / "foreign.safetensors"
    save_arrays(path, {"model/norm.weight": np.ones(12, np.float32)})
    refused(path, "is no checkpoint of a language model")
    with pytest.raises(SavedStateError, match="is no checkpoint"):
        load_model(path)
    for name in ("run.npz", "run"):
        with pytest.raises(SavedStateError, match=r"is a \.safetensors file, got run"):
            save_checkpoint(tmp_path / name, trainer())
        with pytest.raises(SavedStateError, match=r"is a \.safetensors file, got run"):
            resume(tmp_path / name, trainer())


@pytest.mark.parametrize(
    "spoil",
    [
        lambda arrays, about: arrays.pop("model/norm.weight"),
        lambda arrays, about: arrays.pop("optimizer/m.0"),
        lambda arrays, about: arrays.update({"model/extra": np.ones(1)}),
        lambda arrays, about: about.update(random="[{}]"),
        lambda arrays, about: about.update(random="[]"),
        lambda arrays, about: about.update(history='[{"stop": 1}]'),
        lambda arrays, about: about.update(losses="no"),
        lambda arrays, about: about.pop("losses"),
        lambda arrays, about: about.pop("model"),
    ],
)
def test_a_checkpoint_that_is_whole_and_wrong_changes_nothing(saved, spoil):
    """Even a file whose hash is right is loaded only if all of it fits."""
    from implementations.transformer.checkpoint import _digest

    arrays, about = load_arrays(saved), load_metadata(saved)
    about.pop("digest")
    spoil(arrays, about)
    save_arrays(saved, arrays, metadata=about | {"digest": _digest(arrays, about)})
    refused(saved, "run.safetensors")


def test_a_checkpoint_of_another_kind_of_model_is_no_language_model(tmp_path):
    path = tmp_path / "bigram.safetensors"
    rng = np.random.default_rng(0)
    bigram = lambda: Trainer(Bigram(CORPUS.tokenizer.vocab_size, rng=rng), CORPUS, HOW, rng=rng)
    save_checkpoint(path, bigram().run(3))
    assert resume(path, bigram()).steps == 3
    with pytest.raises(SavedStateError, match="holds no language model of this kind"):
        load_model(path)
    refused(path, "of another run")
    assert json.loads(load_metadata(path)["training"])["steps"] == 12
