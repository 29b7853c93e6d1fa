"""The standard language model as it ships: `python -m implementations.transformer.demo_weights` writes it.

It drives the demo's samples and the figure of the notes in which the reader types. The training takes about
an hour of two cores, so it leaves a checkpoint behind every 100 steps: the same command goes on from there.
The weights stand in `weights/shakespeare.safetensors` for NumPy and in `interactive/shakespeare.js` for the
page: the same bytes with a scale a row.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict
from functools import cache
from pathlib import Path

import numpy as np

from foundations.errors import FoundationsError
from foundations.nn.serialization import SavedStateError, load_metadata
from foundations.nn.shipping import commit_of, load_shipped, ship
from implementations.transformer.budgets import BUDGET_CONFIGS, shakespeare_trainer
from implementations.transformer.characters import Characters
from implementations.transformer.checkpoint import resume, save_checkpoint
from implementations.transformer.config import LanguageModelConfig
from implementations.transformer.corpus import Corpus
from implementations.transformer.evaluation import evaluate
from implementations.transformer.language_model import LanguageModel
from implementations.transformer.training import Trainer

WEIGHTS = Path(__file__).parent / "weights" / "shakespeare.safetensors"
SCRIPT = Path(__file__).parent / "interactive" / "shakespeare.js"
CHECKPOINT = Path("runs") / "transformer-standard.safetensors"
COMMAND = "python -m implementations.transformer.demo_weights"
SEED, BUDGET = 0, "standard"
SAVE_EVERY = 100
EXCERPT = 8000
"""Characters of the text held out whose loss the file records beside that of the whole."""


def read_model(weights: Path = WEIGHTS) -> tuple[LanguageModel, Characters]:
    """Return the language model as it ships, in evaluation mode, and its tokenizer.

    Args:
        weights: A file that `write` wrote.

    Raises:
        SavedStateError: If the file is missing, broken, of something else, or its weights do not fit the
            sizes that it names.
    """
    arrays, network = load_shipped(weights), load_metadata(weights).get("network", "")
    try:
        record = json.loads(network)
        config, characters = LanguageModelConfig(**record["config"]), Characters(record["characters"])
        model = LanguageModel(config, rng=np.random.default_rng(0))
        model.load_state_dict(arrays)
    except (FoundationsError, ValueError, TypeError, KeyError) as error:
        raise SavedStateError(
            f"{weights} holds no language model that {COMMAND} wrote: {error or type(error).__name__}; "
            "write it again"
        ) from None
    if characters.vocab_size != config.vocab_size:
        raise SavedStateError(
            f"{weights} names {characters.vocab_size} characters for a model of {config.vocab_size} tokens: "
            "write it again"
        )
    return model.eval(), characters


load_demo_model = cache(read_model)
"""`read_model`, read once."""


def train(checkpoint: Path = CHECKPOINT) -> tuple[Trainer, float]:
    """Train the model of the standard budget, from the checkpoint on if there is one.

    Args:
        checkpoint: Written every 100 steps.

    Returns:
        The run at its end, and the seconds that this call took.
    """
    trainer = shakespeare_trainer(BUDGET, rng=np.random.default_rng(SEED))
    if checkpoint.exists():
        resume(checkpoint, trainer)
        print(f"going on at step {trainer.steps}", file=sys.stderr)
    checkpoint.parent.mkdir(exist_ok=True)
    began = time.perf_counter()
    trainer.run(each=lambda run: _each(run, checkpoint, began))
    return trainer, time.perf_counter() - began


def losses(model: LanguageModel, corpus: Corpus) -> dict[str, float]:
    """Return the validation loss in nats a character: by windows side by side, and by half overlapping ones.

    Side by side, the first characters of every window are guessed from almost nothing; with a stride of half
    the context each has at least that half before it, as when the model writes.

    Args:
        model: In any mode.
        corpus: The text.
    """
    n = model.config.context
    return {
        "side by side": evaluate(model, corpus.validation, context=n).nats,
        "half overlapping": evaluate(model, corpus.validation, context=n, stride=n // 2).nats,
    }


def excerpt_loss(model: LanguageModel, corpus: Corpus) -> float:
    """Return the loss on the first 8,000 characters held out, in nats a character, windows side by side.

    It takes a second where the whole takes many, so that a test can hold the file to what it says.
    """
    return evaluate(model, corpus.validation[: EXCERPT + 1], context=model.config.context).nats


def write(trainer: Trainer, weights: Path = WEIGHTS, script: Path = SCRIPT) -> dict[str, float]:
    """Write both files of a run at its end.

    Args:
        trainer: The run; its model is a `LanguageModel`, its tokenizer `Characters`.
        weights: The .safetensors file.
        script: The .js file.

    Returns:
        The validation losses with the weights as they ship.
    """
    corpus, model = trainer.corpus, trainer.model
    metadata = {
        "command": COMMAND,
        "seed": str(SEED),
        "budget": BUDGET,
        "commit": commit_of("foundations", "implementations/transformer"),
        "training": json.dumps(asdict(BUDGET_CONFIGS[BUDGET][1])),
        "history": json.dumps([asdict(one) for one in trainer.history]),
        "network": json.dumps(
            {
                "config": asdict(model.config),  # type: ignore[attr-defined,call-overload]
                "characters": corpus.tokenizer.characters,  # type: ignore[attr-defined]
                "losses": losses(model, corpus),  # type: ignore[arg-type]
                "excerpt": excerpt_loss(model, corpus),  # type: ignore[arg-type]
            }
        ),
    }
    for path in (weights, script):
        path.parent.mkdir(exist_ok=True)
    ship(dict(model.state_dict()), weights=weights, script=script, metadata=metadata, command=COMMAND)
    return losses(read_model(weights)[0], corpus)


def _each(trainer: Trainer, checkpoint: Path, began: float) -> None:
    if trainer.steps % SAVE_EVERY == 0:
        save_checkpoint(checkpoint, trainer)
        last = trainer.history[-1].validation if trainer.history else float("nan")
        spent = (time.perf_counter() - began) / 60
        print(f"step {trainer.steps}: {last:.3f} nats, {spent:.1f} min", file=sys.stderr, flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__)
    parser.add_argument(
        "--checkpoint", type=Path, default=CHECKPOINT, help="keep the run here, and go on from it"
    )
    done, seconds = train(parser.parse_args().checkpoint)
    trained = losses(done.model, done.corpus)  # type: ignore[arg-type]
    shipped = write(done)
    for way, loss in trained.items():
        print(
            f"{way}: {loss:.4f} nats a character as trained, {shipped[way]:.4f} with the weights as they ship"
        )
    print(f"{seconds / 60:.1f} minutes since the command began or went on")
