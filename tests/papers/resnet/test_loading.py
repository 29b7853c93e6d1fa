"""Weights that others saved: all of them or none, and the same scores as in PyTorch."""

import re
from dataclasses import replace

import numpy as np
import pytest
import torch

from foundations import nn
from foundations.errors import DTypeError, FoundationsError, ShapeError
from papers.resnet import ResNet, ResNetConfig, cifar, load_state, save_state
from tests.papers.resnet.twin import arrays, trained_twin

CONFIG = ResNetConfig(blocks=(2, 1, 1), widths=(3, 5, 8), channels=3, classes=7, size=9)
PROJECTING = replace(CONFIG, option="B")


def model(config=CONFIG, seed=0):
    return ResNet(config, rng=np.random.default_rng(seed))


@pytest.mark.parametrize(
    "config",
    [
        cifar(20),
        cifar(20, zeros="around"),
        replace(PROJECTING, block="bottleneck", stem="imagenet", size=33, stride_on="3x3"),
    ],
    ids=["cifar-20", "zeros around", "bottleneck"],
)
def test_a_file_of_pytorch_s_arrays_gives_pytorch_s_scores(config, tmp_path):
    twin = trained_twin(config)
    np.savez(tmp_path / "twin.npz", **{k: v.astype(np.float32) for k, v in arrays(twin).items() if v.ndim})
    ours = load_state(model(config), tmp_path / "twin.npz").eval()
    x = np.random.default_rng(1).standard_normal((6, 3, config.size, config.size)).astype(np.float32)
    with torch.no_grad():
        expected = twin.float()(torch.from_numpy(x)).numpy()
    scores = ours(x).numpy()
    assert np.abs(expected).max() > 0.05
    np.testing.assert_allclose(scores, expected, rtol=1e-5, atol=1e-5)


def test_names_of_other_code_are_understood():
    twin = arrays(trained_twin(PROJECTING))
    renamed = {
        "module." + name.replace("linear", "fc").replace("shortcut", "downsample"): value
        for name, value in twin.items()
    }
    assert "module.layer2.0.downsample.1.num_batches_tracked" in renamed
    one, other = load_state(model(PROJECTING), twin), load_state(model(PROJECTING, 1), renamed)
    for name, value in one.state_dict().items():
        np.testing.assert_array_equal(value, other.state_dict()[name])


def test_a_saved_state_comes_back(tmp_path):
    saved = save_state(model())
    assert saved["linear.weight"].shape == (7, 8)  # PyTorch's way round
    nn.save_arrays(tmp_path / "one.npz", saved)
    back = load_state(model(seed=1), tmp_path / "one.npz")
    for name, value in model().state_dict().items():
        np.testing.assert_array_equal(value, back.state_dict()[name])


def broken(**changes):
    state = save_state(model(seed=1)) | changes
    return {name: value for name, value in state.items() if value is not None}


@pytest.mark.parametrize(
    ("state", "error", "message"),
    [
        (broken(**{"layer2.0.bn1.running_var": None}), nn.StateError, r"missing layer2\.0\.bn1\.running_var"),
        (broken(stranger=np.zeros(3)), nn.StateError, "unexpected stranger"),
        (
            broken(**{"conv1.weight": np.zeros((3, 2, 3, 3))}),
            nn.StateError,
            r"conv1\.weight has shape \(3, 2, 3, 3\), expected \(3, 3, 3, 3\)",
        ),
        (
            broken(**{"linear.weight": np.zeros((8, 7), dtype=np.float32)}),
            nn.StateError,
            r"linear\.weight has shape \(7, 8\), expected \(8, 7\)",
        ),
        (broken(**{"linear.weight": np.zeros(8)}), ShapeError, r"\(classes, channels\), got \(8,\)"),
        (
            broken(**{"conv1.weight": np.full((3, 3, 3, 3), "x")}),
            nn.StateError,
            r"conv1\.weight has type",
        ),
        (broken(**{"fc.bias": np.zeros(7)}), nn.StateError, r"two entries of the state are linear\.bias"),
        ({}, nn.StateError, "missing"),
        ([1, 2], DTypeError, "mapping of names to arrays, got a list"),
    ],
    ids=["missing", "foreign", "misshapen", "transposed", "flat", "text", "twice", "empty", "no mapping"],
)
def test_what_does_not_fit_is_refused_and_nothing_is_loaded(state, error, message):
    ours = model()
    before = {name: value.copy() for name, value in ours.state_dict().items()}
    with pytest.raises(error, match=message) as caught:
        load_state(ours, state)
    assert isinstance(caught.value, FoundationsError)
    assert len(str(caught.value)) < 500
    for name, value in ours.state_dict().items():
        np.testing.assert_array_equal(value, before[name])


def test_the_error_says_which_option_would_fit():
    with pytest.raises(nn.StateError, match=re.escape('build the network with option="B" or "C"')):
        load_state(model(), save_state(model(PROJECTING)))
    with pytest.raises(
        nn.StateError, match=re.escape('build the network with option="A", or residual=False')
    ):
        load_state(model(PROJECTING), save_state(model()))


def test_files_that_are_none_are_refused(tmp_path):
    (tmp_path / "broken.npz").write_bytes(b"PK\x03\x04 not whole")
    for name in ("broken.npz", "absent.npz"):
        with pytest.raises(nn.SavedStateError, match=name):
            load_state(model(), tmp_path / name)
