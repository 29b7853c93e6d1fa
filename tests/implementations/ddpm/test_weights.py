"""The network that ships: it is what its file says, and a file that is not it is refused."""

import json

import numpy as np
import pytest

from foundations import nn
from foundations.errors import ExperimentError
from foundations.nn import SavedStateError, load_arrays, load_metadata, save_arrays
from foundations.nn.shipping import load_shipped
from implementations.ddpm import elbo_terms, scaled
from implementations.ddpm.bound import step_term
from implementations.ddpm.budgets import lesson
from implementations.ddpm.demo_weights import WEIGHTS, diffusion_of, load_model, read_model

BUDGETS = ("quick", "standard", "full")


@pytest.fixture(scope="module")
def digits():
    from implementations.cnn import pictures

    return scaled(pictures("mnist-small")[1].images[:40])


def test_it_is_what_its_record_says():
    model, diffusion, record = load_model()
    assert not model.training
    assert diffusion.steps == int(record["steps"]) == 1000
    assert json.loads(record["training"])["objective"] == "simple"
    assert record["command"] == "python -m implementations.ddpm.demo_weights"
    assert record["budget"] == "standard"
    assert len(record["commit"]) == 40
    assert WEIGHTS.stat().st_size < 5_000_000
    assert nn.count_parameters(model) == sum(a.size for a in load_shipped(WEIGHTS).values())
    assert model.config == lesson("standard", 0).network
    losses = json.loads(record["losses"])
    assert losses[-1] < 0.1 * losses[0]


def test_it_sees_noise_in_digits(digits):
    """The error of the noise is far below 1, which guessing none has, and small where noise is strong."""
    model, diffusion, _ = load_model()
    errors = {}
    for t in (50, 200, 500, 900):
        errors[t] = step_term(model, diffusion, digits, t, rng=np.random.default_rng(t))[1].mean()
    assert errors[50] < 0.25
    assert errors[200] < 0.1
    assert errors[500] < 0.04
    assert errors[900] < 0.02


def test_its_guess_of_a_digit_is_closer_than_what_it_sees(digits):
    model, diffusion, _ = load_model()
    t = 300
    noise = np.random.default_rng(0).standard_normal(digits.shape, dtype=np.float32)
    xt = diffusion.noisy(digits, t, noise)
    guess = diffusion.x0_from_noise(xt, t, model(xt, np.full(len(digits), t)).numpy())
    assert ((np.clip(guess, -1, 1) - digits) ** 2).mean() < 0.15 * ((xt - digits) ** 2).mean()


@pytest.mark.parametrize("damage", ["cut", "missing", "foreign", "no scales", "network", "steps", "shape"])
def test_a_file_that_is_not_it_is_refused(damage, tmp_path):
    file = tmp_path / "ddpm.safetensors"
    content = WEIGHTS.read_bytes()
    arrays, record = load_arrays(WEIGHTS), load_metadata(WEIGHTS)
    if damage == "cut":
        file.write_bytes(content[:-100])
    elif damage == "foreign":
        save_arrays(file, {"a": np.zeros(3)})
    elif damage == "no scales":
        save_arrays(file, {k: v for k, v in arrays.items() if not k.endswith(".scales")}, metadata=record)
    elif damage == "network":
        save_arrays(file, arrays, metadata=record | {"network": '{"widths": [32], "color": 1}'})
    elif damage == "steps":
        save_arrays(file, arrays, metadata={k: v for k, v in record.items() if k != "steps"})
    elif damage == "shape":
        other = json.loads(record["network"]) | {"widths": [32, 48]}
        save_arrays(file, arrays, metadata=record | {"network": json.dumps(other)})
    with pytest.raises(SavedStateError):
        read_model(file)


@pytest.mark.parametrize("steps", [100, 1000])
def test_shorter_chains_destroy_as_much(steps):
    chain = diffusion_of(steps)
    assert chain.beta[1] == pytest.approx(0.1 / steps)
    assert chain.beta[-1] == pytest.approx(20 / steps)
    assert -np.log(chain.alpha_bar[-1]) == pytest.approx(10.1, rel=0.12)


def test_another_budget_is_refused():
    with pytest.raises(ExperimentError, match="quick"):
        lesson("fast", 0)


@pytest.mark.parametrize("budget", BUDGETS)
def test_every_budget_makes_a_network(budget):
    chosen = lesson(budget, 3)
    assert chosen.training.seed == 3
    assert chosen.network.size == 28


def test_the_bound_of_its_quick_sister_is_finite(digits):
    from implementations.ddpm import UNet

    chosen = lesson("quick", 0)
    model = UNet(chosen.network, rng=np.random.default_rng(0))
    found = elbo_terms(model, diffusion_of(chosen.steps), digits[:4], rng=np.random.default_rng(0))
    assert np.isfinite(found.total).all()
