"""What the figure of diffusion in time shows is what the shipped network says."""

from __future__ import annotations

import numpy as np
import pytest

from foundations.nn.serialization import SavedStateError
from implementations.ddpm.demo_paths import RECORDED, TIMES, guesses, read
from implementations.ddpm.demo_weights import load_model


def test_the_guesses_are_those_of_the_shipped_network():
    arrays, about = read()
    model, diffusion, _ = load_model()
    shape = (1, 1, 28, 28)
    digit, noise = arrays["digit"].reshape(shape), arrays["noise"].reshape(shape)
    found = guesses(model, diffusion, digit, noise)
    assert about["times"] == list(TIMES)
    # the digit and its noise were rounded to bytes before they were recorded
    assert np.sqrt(((found - arrays["guesses"]) ** 2).mean(axis=1)).max() < 0.1
    assert np.sqrt(((found[-1] - digit.ravel()) ** 2).mean()) > 0.2  # from pure noise it cannot know


def test_a_path_begins_with_noise_and_ends_where_its_guesses_end():
    arrays, _ = read()
    for name in "ab":
        walk, seen = arrays[f"path_{name}"], arrays[f"guesses_{name}"]
        assert abs(walk[-1].std() - 1) < 0.1
        assert np.abs(walk[0]).max() <= 1 + 1e-6
        np.testing.assert_array_equal(walk[0], seen[0])
        assert np.sqrt(((seen[1] - walk[0]) ** 2).mean()) < 0.1  # near the end little is left to decide


def test_a_file_that_is_cut_is_refused(tmp_path):
    whole = RECORDED.read_bytes()
    cut = tmp_path / "paths.safetensors"
    cut.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SavedStateError):
        read(cut)
