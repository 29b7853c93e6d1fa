"""A training run in one file, so that a run which is killed goes on bit for bit like one that was not.

The file is safetensors: the arrays of the model and of the optimiser, and beside them as text the
configurations, the state of every random generator, what was measured, and hashes of the arrays and of the
training text. Everything is checked before anything is loaded.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from foundations.errors import FoundationsError
from foundations.nn.serialization import SavedStateError, load_arrays, load_metadata, save_arrays
from implementations.transformer.config import LanguageModelConfig
from implementations.transformer.language_model import LanguageModel
from implementations.transformer.training import Measured, Trainer

FORMAT = "ml-foundations language model, 1"
MODEL, OPTIMIZER = "model/", "optimizer/"


def save_checkpoint(path: str | Path, trainer: Trainer) -> None:
    """Write a run as it stands; a file that is there is replaced in one step, never by half of one.

    Args:
        path: Where to; the name ends in .safetensors.
        trainer: The run.

    Raises:
        SavedStateError: If the name ends otherwise, or the file cannot be written.
    """
    if Path(path).suffix != ".safetensors":
        raise SavedStateError(f"a checkpoint is a .safetensors file, got {Path(path).name}: rename it")
    arrays = {MODEL + name: array for name, array in trainer.model.state_dict().items()}
    arrays |= {OPTIMIZER + name: np.asarray(a) for name, a in trainer.optimizer.state_dict().items()}
    about = {
        "format": FORMAT,
        **_setup(trainer),
        "random": _text([g.bit_generator.state for g in _generators(trainer)]),
        "history": _text([asdict(one) for one in trainer.history]),
        "losses": _text(trainer.losses),
    }
    save_arrays(path, arrays, metadata=about | {"digest": _digest(arrays, about)})


def resume(path: str | Path, trainer: Trainer) -> Trainer:
    """Put a run where a checkpoint left it.

    Args:
        path: A file that `save_checkpoint` wrote.
        trainer: Built as the one that was saved: the same configurations and the same text.

    Returns:
        The trainer.

    Raises:
        SavedStateError: If the file is missing, damaged, none of ours, or of another configuration or text:
            nothing is loaded then.
    """
    arrays, about = _read(path)
    for name, ours in _setup(trainer).items():
        if (theirs := about.get(name, "")) != ours:
            raise SavedStateError(f"{path} is of another run: {_difference(name, theirs, ours)}")
    generators = _generators(trainer)
    before = [g.bit_generator.state for g in generators]
    weights = {name: array.copy() for name, array in trainer.model.state_dict().items()}
    try:
        states = json.loads(about["random"])
        history = [Measured(**one) for one in json.loads(about["history"])]
        losses = [float(loss) for loss in json.loads(about["losses"])]
        for generator, state in zip(generators, states, strict=True):
            generator.bit_generator.state = state
        trainer.model.load_state_dict(_below(MODEL, arrays))
        trainer.optimizer.load_state_dict(_below(OPTIMIZER, arrays))
    except (FoundationsError, ValueError, TypeError, KeyError) as error:
        for generator, state in zip(generators, before, strict=True):
            generator.bit_generator.state = state
        trainer.model.load_state_dict(weights)
        raise SavedStateError(f"{path} does not fit this run: {error}") from None
    trainer.history, trainer.losses = history, losses
    return trainer


def load_model(path: str | Path) -> LanguageModel:
    """Return the language model of a checkpoint, in evaluation mode.

    Raises:
        SavedStateError: If the file is missing, damaged, none of ours, or of another kind of model.
    """
    arrays, about = _read(path)
    try:
        config = LanguageModelConfig(**json.loads(about["model"]))
        model = LanguageModel(config, rng=np.random.default_rng(0))
        model.load_state_dict(_below(MODEL, arrays))
    except (FoundationsError, ValueError, TypeError) as error:
        raise SavedStateError(f"{path} holds no language model of this kind: {error}") from None
    return model.eval()


def _read(path: str | Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Return the arrays and the text of a checkpoint that is whole."""
    if Path(path).suffix != ".safetensors":
        raise SavedStateError(f"a checkpoint is a .safetensors file, got {Path(path).name}")
    arrays, about = load_arrays(path), load_metadata(path)
    if about.get("format") != FORMAT:
        raise SavedStateError(f"{path} is no checkpoint of a language model: save_checkpoint writes them")
    expected = about.pop("digest", "")
    if _digest(arrays, about) != expected:
        raise SavedStateError(f"{path} is damaged: its numbers are not those that were written; take another")
    return arrays, about


def _setup(trainer: Trainer) -> dict[str, str]:
    """Return as text what has to be the same for a run to go on."""
    config = getattr(trainer.model, "config", None)
    sizes = asdict(config) if config is not None and is_dataclass(config) else repr(trainer.model)  # type: ignore[arg-type]
    dtypes = sorted({str(p.dtype) for p in trainer.model.parameters()})
    corpus = trainer.corpus
    return {
        "model": _text(sizes),
        "training": _text(asdict(trainer.config)),
        "dtypes": _text(dtypes),
        "generators": _text([type(g.bit_generator).__name__ for g in _generators(trainer)]),
        "text": hashlib.sha256(corpus.train.tobytes() + b"|" + corpus.validation.tobytes()).hexdigest(),
    }


def _generators(trainer: Trainer) -> list[np.random.Generator]:
    """Return every source of randomness of a run, each once: that of the windows, then the model's."""
    found = {id(trainer.rng): trainer.rng}
    for module in trainer.model.modules():
        rng = getattr(module, "rng", None)
        if isinstance(rng, np.random.Generator):
            found.setdefault(id(rng), rng)
    return list(found.values())


def _difference(name: str, theirs: str, ours: str) -> str:
    """Say what differs between a saved setup and the present one."""
    if name == "text":
        return "it was trained on other tokens; give the same text and tokenizer"
    try:
        a, b = json.loads(theirs), json.loads(ours)
    except ValueError:
        return f"it does not say of what {name}; save it again"
    if isinstance(a, dict) and isinstance(b, dict):
        fields = [key for key in (*b, *a) if a.get(key) != b.get(key)]
        key = fields[0]
        return f"its {name} configuration has {key}={a.get(key)!r}, this one {b.get(key)!r}; build the same"
    return f"its {name} were {a!r}, this one's are {b!r}; build the same"


def _below(prefix: str, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name.removeprefix(prefix): a for name, a in arrays.items() if name.startswith(prefix)}


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _digest(arrays: Mapping[str, np.ndarray], about: Mapping[str, str]) -> str:
    """Return a hash of all that a checkpoint holds: names, types, shapes, numbers and text."""
    found = hashlib.sha256(_text(dict(about)).encode())
    for name in sorted(arrays):
        a = np.ascontiguousarray(arrays[name])
        found.update(f"\n{name} {a.dtype.str} {a.shape}\n".encode())
        found.update(a.tobytes())
    return found.hexdigest()
