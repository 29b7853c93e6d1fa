"""The networks that ship: folding changes nothing, the file holds what the records say."""

from dataclasses import replace

import numpy as np
import pytest

from foundations import nn
from papers.resnet import ResNet, ResNetConfig, error_rate, responses
from papers.resnet import demo_weights as weights
from papers.resnet.configs import cifar
from papers.resnet.demo_live import runs_of

CONFIG = ResNetConfig(blocks=(2, 1), widths=(3, 5), channels=2, size=7)


@pytest.mark.parametrize(
    "config",
    [
        CONFIG,
        replace(CONFIG, residual=False),
        replace(CONFIG, option="C"),
        replace(CONFIG, block="bottleneck", option="B", stem="imagenet", size=20),
    ],
)
def test_a_folded_network_computes_the_same(config):
    rng = np.random.default_rng(0)
    model = ResNet(config, rng=rng)
    for norm in model.modules():
        if isinstance(norm, nn.BatchNorm2d):
            for name, low in (("running_mean", -1), ("running_var", 0.5), ("weight", 0.5), ("bias", -1)):
                getattr(norm, name).data[...] = rng.uniform(low, 1.5, norm.weight.shape)
    model.eval()
    x = rng.standard_normal((4, 2, config.size, config.size)).astype(np.float32)
    plain = weights.folded(model)
    assert not plain.config.batch_norm
    np.testing.assert_allclose(plain(x).numpy(), model(x).numpy(), rtol=1e-3, atol=1e-4)
    for name, value in responses(model, x).items():
        assert responses(plain, x)[name] == pytest.approx(value, rel=1e-4)


@pytest.fixture(scope="module")
def shipped():
    return weights.load()


def test_the_records_are_of_twelve_trainings(shipped):
    models, runs = shipped
    assert set(models) == {f"{kind}-{depth}" for kind in ("plain", "residual") for depth in (8, 20, 32)}
    assert [(r["depth"], r["kind"]) for r in runs if r["norm"]] == [
        (d, k) for d in (8, 20, 32) for k in ("plain", "residual")
    ]
    assert len(runs) == 12
    for run in runs:
        assert len(run["responses"]) == len(run["start"]) == len(run["end"]) == run["depth"] - 1
        assert len(run["without"]) == (run["depth"] - 2) // 2
        assert len(run["curve"]) == 40


@pytest.mark.parametrize("name", ["plain-8", "residual-32"])
def test_the_networks_have_the_errors_and_responses_on_record(shipped, name):
    models, _ = shipped
    kind, depth = name.split("-")
    run, digits = runs_of(int(depth))[kind], weights.images()
    assert models[name].config == cifar(
        int(depth), widths=(8, 16, 32), channels=4, size=7, residual=kind == "residual", batch_norm=False
    )
    assert error_rate(models[name], *digits) == pytest.approx(run["error"], abs=0.002)
    np.testing.assert_allclose(
        list(responses(models[name], digits.images).values()), run["responses"], rtol=1e-3
    )
    assert error_rate(models[name], *digits, without=("layer1.1",) if depth == "32" else ("layer1.0",)) == (
        pytest.approx(run["without"][1 if depth == "32" else 0], abs=0.002)
    )


def test_a_file_of_something_else_is_refused(tmp_path):
    other = tmp_path / "other.safetensors"
    nn.save_arrays(other, {"x": np.zeros(3, np.int8), "x.scales": np.zeros(1, np.float32)}, metadata={})
    with pytest.raises(nn.SavedStateError, match=r"other\.safetensors"):
        weights.read(other)
    with pytest.raises(nn.SavedStateError, match=r"absent\.safetensors"):
        weights.read(tmp_path / "absent.safetensors")
