"""The recipe: schedule, warm-up, decay, and runs that go on after they were stopped."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from foundations import nn
from foundations.errors import ShapeError, ValueRangeError
from papers.resnet import CheckpointError, Recipe, ResNet, ResNetConfig, Training, error_rate
from papers.resnet.training import optimizer_of

CONFIG = ResNetConfig(blocks=(1, 1), widths=(3, 5), channels=1, size=6)
RECIPE = Recipe(steps=12, drops=(6, 9), batch_size=8, pad=1)


def data(n=40):
    rng = np.random.default_rng(0)
    labels = rng.integers(10, size=n)
    images = rng.standard_normal((n, 1, 6, 6)) * 0.3 + labels[:, None, None, None] / 5
    return images.astype(np.float32), labels


def training(recipe=RECIPE, config=CONFIG, n=40):
    return Training(ResNet(config, rng=np.random.default_rng(0)), recipe, *data(n))


def test_the_recipe_is_that_of_section_4_2():
    recipe = Recipe()
    assert (recipe.steps, recipe.drops, recipe.batch_size) == (64_000, (32_000, 48_000), 128)
    assert (recipe.learning_rate, recipe.momentum, recipe.weight_decay) == (0.1, 0.9, 1e-4)
    assert (recipe.pad, recipe.flip, recipe.warm_up) == (4, True, False)


def test_the_rate_falls_by_ten_after_each_drop():
    run = training()
    rates = [run.rate(step) for step in range(1, 13)]
    np.testing.assert_allclose(rates, [0.1] * 6 + [0.01] * 3 + [0.001] * 3)


def test_the_warm_up_ends_when_the_error_falls_below_80_percent():
    run = training(replace(RECIPE, warm_up=True, steps=300, drops=(200, 250)))
    assert run.rate(1) == pytest.approx(0.01)
    run.errors = [0.9] * 60
    assert run.rate(61) == pytest.approx(0.01)
    run.errors += [0.7] * 25
    assert run.rate(86) == pytest.approx(0.01)  # 25 of .9 and 25 of .7 are .8, not below
    run.errors += [0.7] * 2
    assert run.rate(88) == pytest.approx(0.1)
    run.errors += [0.95] * 100
    assert run.rate(188) == pytest.approx(0.1)  # once warm, it stays so
    assert run.rate(201) == pytest.approx(0.01)


def test_a_step_is_that_of_pytorch_and_spares_scales_shifts_and_biases():
    model = ResNet(CONFIG, rng=np.random.default_rng(0)).astype(np.float64)
    optimizer = optimizer_of(model, 0.1, 0.9, 0.01)
    named = dict(model.named_parameters())
    rng = np.random.default_rng(1)
    theirs = {name: torch.nn.Parameter(torch.from_numpy(p.data.copy())) for name, p in named.items()}
    wide = [p for p in theirs.values() if p.ndim > 1]
    thin = [p for p in theirs.values() if p.ndim <= 1]
    reference = torch.optim.SGD([{"params": wide, "weight_decay": 0.01}, {"params": thin}], 0.1, 0.9)
    for _ in range(3):
        optimizer.zero_grad()
        for name, p in named.items():
            g = rng.standard_normal(p.shape)
            (p * g).sum().backward()
            theirs[name].grad = torch.from_numpy(g)
        optimizer.step()
        reference.step()
    for name, p in named.items():
        np.testing.assert_allclose(p.data, theirs[name].detach().numpy(), atol=1e-12, err_msg=name)


def test_a_stopped_run_goes_on_bit_for_bit(tmp_path):
    whole = training()
    whole.run()
    first = training()
    first.run(5)
    first.save(tmp_path / "run.safetensors")
    second = Training(ResNet(CONFIG, rng=np.random.default_rng(9)), RECIPE, *data())
    second.resume(tmp_path / "run.safetensors")
    assert second.step == 5
    second.run()
    assert second.losses == whole.losses
    assert second.errors == whole.errors
    assert len(whole.losses) == 12
    for name, value in whole.model.state_dict().items():
        assert value.tobytes() == second.model.state_dict()[name].tobytes(), name


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"recipe": replace(RECIPE, seed=1)}, "its recipe is"),
        ({"config": replace(CONFIG, residual=False)}, "its network is"),
        ({"n": 32}, "its images is"),
    ],
)
def test_a_checkpoint_of_another_run_is_refused(other, message, tmp_path):
    first = training()
    first.run(2)
    first.save(tmp_path / "run.safetensors")
    run = training(**other)
    before = run.model.conv1.weight.data.copy()
    with pytest.raises(CheckpointError, match=message):
        run.resume(tmp_path / "run.safetensors")
    np.testing.assert_array_equal(run.model.conv1.weight.data, before)
    assert run.step == 0


def test_a_checkpoint_that_is_damaged_is_refused(tmp_path):
    path = tmp_path / "run.safetensors"
    first = training()
    first.run(2)
    with pytest.raises(CheckpointError, match=r"run\.safetensors"):
        first.resume(path)
    first.save(path)
    arrays, said = nn.load_arrays(path), nn.load_metadata(path)
    for broken, message in (
        ({k: v for k, v in arrays.items() if k != "history"}, "got none"),
        (arrays | {"history": np.zeros((2, 99))}, r"got an array \(2, 99\)"),
        ({k: v for k, v in arrays.items() if k != "model.conv1.weight"}, "missing conv1"),
    ):
        nn.save_arrays(path, broken, metadata=said)
        run = training()
        with pytest.raises(CheckpointError, match=message):
            run.resume(path)
        assert run.step == 0


def test_the_error_rate_is_the_share_read_wrong():
    run = training()
    run.run()
    images, labels = data()
    scores = run.model(images).numpy()
    assert error_rate(run.model, images, labels) == (scores.argmax(1) != labels).mean()
    run.model.train()
    error_rate(run.model, images, labels)
    assert run.model.training
    with pytest.raises(ShapeError, match="a label for each"):
        error_rate(run.model, images, labels[:3])


def test_what_cannot_be_trained_on_is_refused():
    model = ResNet(CONFIG, rng=np.random.default_rng(0))
    images, labels = data()
    with pytest.raises(ShapeError, match=r"expected images \(n, 1, H, W\)"):
        Training(model, RECIPE, images[:, 0], labels)
    with pytest.raises(ShapeError, match="a label for each of 40"):
        Training(model, RECIPE, images, labels[:3])
    with pytest.raises(ValueRangeError, match="40 images do not fill a batch of 64"):
        Training(model, replace(RECIPE, batch_size=64), images, labels)
    with pytest.raises(ValueRangeError, match="1 step, 1 image a batch"):
        replace(RECIPE, steps=0)
    with pytest.raises(ValueRangeError, match="increasing"):
        replace(RECIPE, drops=(9, 6))
