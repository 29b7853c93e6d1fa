"""What ships: weights that fit and are refused when they do not, the plane, the demo's digits."""

import json
import shutil

import numpy as np
import pytest

from foundations.nn.serialization import SavedStateError, load_arrays, load_metadata, save_arrays
from papers.diffusion.demo_grid import COMMAND, SCRIPT, draw_grid, read
from papers.diffusion.demo_grid import WEIGHTS as GRID
from papers.diffusion.demo_weights import WEIGHTS, digits, load_model, read_model
from papers.diffusion.live import (
    CENTRES,
    SHARES,
    SPREAD,
    Congruential,
    Live,
    best_noise,
    pull,
    responsibilities,
)


def test_the_weights_ship_small_and_read_back():
    assert sum(path.stat().st_size for path in WEIGHTS.parent.iterdir()) < 5e6
    shipped = load_model()
    x, _ = digits("mnist-small", "test")
    t = np.full(20, 8)
    noise = np.random.default_rng(0).standard_normal(x[:20].shape, dtype=np.float32)
    seen = shipped.model(shipped.diffusion.noisy(x[:20], 8, noise), t).numpy()
    assert ((seen - noise) ** 2).mean() < 0.5
    assert len(shipped.record["commit"]) >= 40


def test_the_guide_reads_noisy_digits():
    """In much noise it beats every guess that does not look, by five standard deviations of such a guess.

    Who names the commonest class every time is right as often as that class occurs among the 300 digits; no
    guess without looking has a larger expectation. The bound comes from the labels alone.
    """
    shipped = load_model()
    x, labels = digits("mnist-small", "test")
    n = 300
    noise = np.random.default_rng(0).standard_normal(x[:n].shape, dtype=np.float32)
    blind = np.bincount(labels[:n]).max() / n
    found = {}
    for t in (5, 40):
        logits = shipped.guide(shipped.diffusion.noisy(x[:n], t, noise), np.full(n, t)).numpy()
        found[t] = (logits.argmax(axis=1) == labels[:n]).mean()
    assert found[5] > 0.85
    assert found[40] > blind + 5 * np.sqrt(blind * (1 - blind) / n)
    assert found[40] > 0.3  # held since the weights ship, which read .387
    assert found[40] < found[5]  # the noise hides the class


def test_damaged_and_foreign_weights_are_refused_in_a_line(tmp_path):
    short = tmp_path / "short.safetensors"
    short.write_bytes(WEIGHTS.read_bytes()[:-100])
    other = tmp_path / "other.safetensors"
    arrays, record = load_arrays(WEIGHTS), load_metadata(WEIGHTS)
    config = json.loads(record["network"]) | {"width": 32}
    save_arrays(other, arrays, metadata=record | {"network": json.dumps(config)})
    fewer = tmp_path / "fewer.safetensors"
    dropped = {name: a for name, a in arrays.items() if not name.startswith("model.leave.weight")}
    save_arrays(fewer, dropped, metadata=record)
    for path in (short, other, fewer, tmp_path / "none.safetensors"):
        with pytest.raises(SavedStateError) as caught:
            read_model(path)
        assert "\n" not in str(caught.value)
    whole = tmp_path / "whole.safetensors"
    shutil.copy(WEIGHTS, whole)
    read_model(whole)


def test_the_grid_that_ships_is_drawn_by_the_weights_that_ship():
    about = json.loads(load_metadata(GRID)["grid"])
    assert about["accuracy"][0] < 0.35 < about["accuracy"][-1]
    assert SCRIPT.read_text().startswith(f"// Written by `{COMMAND}`")
    x, labels = digits("mnist-small", "test")
    assert (read(x[:200, :, 1:-1, 1:-1]) == labels[:200]).mean() > 0.85
    small = draw_grid((0, 30), 1, 5)
    assert small.images.shape == (2, 10, 1, 14, 14)
    assert np.abs(small.images[0] - small.images[1]).max() > 0.5


@pytest.mark.parametrize("share", [0.9, 0.3, 0.01])
def test_the_planes_closed_forms_are_slopes_of_its_density(share):
    variance = share * SPREAD**2 + 1 - share

    def log_density(x, shares=SHARES):
        away = ((x[:, None] - np.sqrt(share) * CENTRES) ** 2).sum(axis=2)
        return np.log((shares * np.exp(-away / (2 * variance))).sum(axis=1))

    x = np.random.default_rng(0).standard_normal((6, 2))
    for towards in range(3):
        only = np.where(np.arange(3) == towards, SHARES, 0)
        for axis in range(2):
            h = 1e-5 * np.eye(2)[axis]
            slope = (log_density(x + h) - log_density(x - h)) / 2e-5
            own = (log_density(x + h, only) - log_density(x - h, only)) / 2e-5
            np.testing.assert_allclose(best_noise(x, share)[:, axis], -np.sqrt(1 - share) * slope, atol=1e-5)
            np.testing.assert_allclose(pull(x, share, towards)[:, axis], own - slope, atol=1e-5)
    np.testing.assert_allclose(responsibilities(x, share)[0].sum(axis=1), 1)


def test_the_plane_ends_where_it_should():
    many = Live(steps=100, eta=1.0)
    np.testing.assert_allclose(many.shares(), SHARES, atol=0.1)
    assert many.outside() < 0.05
    assert Live(scale=1).shares()[2] == 1
    assert Live(scale=10, clip=True).outside() < Live(scale=10).outside()
    assert Live(steps=5, scale=4, at="mean").outside() < Live(steps=5, scale=4).outside()


def test_the_generator_is_standard_normal():
    drawn = Congruential(1).standard_normal((20_000,))
    assert abs(drawn.mean()) < 0.02
    assert drawn.std() == pytest.approx(1, abs=0.02)
