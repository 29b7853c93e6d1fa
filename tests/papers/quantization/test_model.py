"""Whole networks: integers against reals layer by layer, files, ranges, training aware of rounding."""

import numpy as np
import pytest

from foundations.errors import ShapeError, ValueRangeError
from foundations.nn import SavedStateError
from papers.quantization import (
    MinMax,
    MovingAverage,
    Percentile,
    calibrate,
    load_net,
    load_quantized,
    quantize_model,
    save_net,
    save_quantized,
    train_on,
)
from papers.quantization.training import accuracy, predictions

NAMES = ("plain", "separable")


@pytest.fixture(scope="module")
def nets(folded, rows):
    """Both networks in 8 bits a channel."""
    return {name: quantize_model(folded[name], rows.training.images[:300]) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_eight_bits_read_what_reals_read(nets, folded, rows, name):
    test = rows.test
    real = accuracy(folded[name](test.images), test.labels)
    assert real > 0.6
    assert abs(accuracy(nets[name].simulate(test.images), test.labels) - real) < 0.03
    assert abs(accuracy(nets[name].integers(test.images), test.labels) - real) < 0.03


@pytest.mark.parametrize("name", NAMES)
def test_a_layer_of_integers_is_off_by_one_at_most(nets, rows, name):
    net = nets[name]
    steps = net.steps(rows.test.images[:50])
    means = len(net.layers)
    for number in range(means):
        x = steps[means] if number == means - 1 else steps[number]
        ints, reals = net.layer_of_integers(number, x), net.layer_of_reals(number, x)
        assert ints.dtype == np.uint8
        assert np.abs(ints.astype(int) - reals).max() <= 1
        assert (ints != reals).mean() < 0.02
        assert len(np.unique(reals)) > 10


@pytest.mark.parametrize("name", NAMES)
def test_sixteen_bit_sums_break_it(nets, rows, name):
    images = rows.test.images[:50]
    agree = predictions(nets[name].integers(images, np.int16)) == predictions(nets[name].integers(images))
    assert agree.mean() < 0.8


def test_affine_weights_a_layer_run_on_integers_too(folded, rows):
    images = rows.training.images[:200]
    net = quantize_model(folded["plain"], images, per_channel=False, symmetric=False)
    assert net.layers[0].q.dtype == np.uint8
    assert any(one.weight.zero_point for one in net.layers)
    x = net.steps(images[:20])
    assert np.abs(net.layer_of_integers(1, x[1]).astype(int) - net.layer_of_reals(1, x[1])).max() <= 1
    mixed = quantize_model(folded["plain"], images, symmetric=False)
    with pytest.raises(ValueRangeError, match="one zero point for all weights"):
        mixed.integers(images[:2])


def test_scaling_a_channel_and_undoing_it_is_seen_a_layer_but_not_a_channel(folded):
    net = folded["separable"]
    weight = net.layers[2].weight
    factor = np.logspace(0, 3, len(weight)).astype(np.float32).reshape(-1, 1, 1, 1)
    for per_channel, most in ((True, 0.02), (False, 10)):
        only = {"activation_bits": None, "per_channel": per_channel}
        moved = quantize_model(net.with_weights(lambda w: w * factor if w is weight else w), **only)
        plain = quantize_model(net, **only)
        off = (
            np.abs(moved.net.layers[2].weight / factor - plain.net.layers[2].weight).max()
            / np.abs(weight).max()
        )
        assert off <= most
        assert per_channel or off > 0.1


def test_weights_alone_leave_activations_and_biases_real(folded, rows):
    net = quantize_model(folded["plain"], activation_bits=None)
    assert all(
        np.array_equal(a.bias, b.bias) for a, b in zip(net.net.layers, folded["plain"].layers, strict=True)
    )
    np.testing.assert_array_equal(net.simulate(rows.test.images[:3]), net.net(rows.test.images[:3]))
    with pytest.raises(ValueRangeError, match="quantise with activation_bits"):
        net.integers(rows.test.images[:3])


def test_what_cannot_be_quantised_is_refused(folded, rows):
    net, images = folded["plain"], rows.training.images[:10]
    with pytest.raises(ValueRangeError, match="give training images, or ranges"):
        quantize_model(net)
    with pytest.raises(ValueRangeError, match="expected 5 ranges, got 2"):
        quantize_model(net, ranges=((0, 1), (0, 1)))
    for bits in (0, 1, 33):
        with pytest.raises(ValueRangeError, match="bits is a whole number from 2 to 32"):
            quantize_model(net, images, weight_bits=bits)
    with pytest.raises(ValueRangeError, match="bits is a whole number from 1 to 32"):
        quantize_model(net, images, activation_bits=0)
    with pytest.raises(ShapeError, match="expected images"):
        quantize_model(net, images[:, :, :9])
    with pytest.raises(ValueRangeError, match="from finite numbers"):
        quantize_model(net, images * np.nan)
    with pytest.raises(ValueRangeError, match="a largest absolute value is finite"):
        quantize_model(net.with_weights(lambda w: w * np.inf), activation_bits=None)
    assert quantize_model(net, images).integers(images[:0]).shape == (0, 10)


@pytest.mark.parametrize("name", NAMES)
def test_files_are_four_times_smaller_nearly_and_compute_the_same(nets, folded, rows, tmp_path, name):
    real, small = tmp_path / "real.safetensors", tmp_path / "small.safetensors"
    bytes_real, bytes_small = save_net(real, folded[name]), save_quantized(small, nets[name])
    assert (bytes_real, bytes_small) == (real.stat().st_size, small.stat().st_size)
    assert 2.0 < bytes_real / bytes_small < 4
    images = rows.test.images[:20]
    np.testing.assert_array_equal(load_net(real)(images), folded[name](images))
    back = load_quantized(small)
    np.testing.assert_array_equal(back.integers(images), nets[name].integers(images))
    np.testing.assert_array_equal(back.simulate(images), nets[name].simulate(images))


def test_zero_points_of_weights_come_back(folded, rows, tmp_path):
    net = quantize_model(folded["plain"], rows.training.images[:50], symmetric=False)
    save_quantized(tmp_path / "q.safetensors", net)
    again = load_quantized(tmp_path / "q.safetensors")
    np.testing.assert_array_equal(again.simulate(rows.test.images[:5]), net.simulate(rows.test.images[:5]))


def test_broken_and_foreign_files_are_refused(nets, folded, tmp_path):
    path = tmp_path / "net.safetensors"
    save_quantized(path, nets["plain"])
    whole = path.read_bytes()
    for content in (whole[:-7], whole[:40], b"", b"not one"):
        path.write_bytes(content)
        with pytest.raises(SavedStateError):
            load_quantized(path)
    with pytest.raises(SavedStateError, match="cannot read"):
        load_net(tmp_path / "absent.safetensors")
    save_net(path, folded["plain"])
    with pytest.raises(SavedStateError, match="holds no network of this kind"):
        load_quantized(path)
    from foundations.nn import save_arrays

    save_arrays(path, {"a": np.zeros(3, np.float32)})
    for load in (load_net, load_quantized):
        with pytest.raises(SavedStateError, match="does not say kind"):
            load(path)


def test_observers_say_what_they_saw():
    x = np.arange(1001, dtype=float)
    for observer, wanted in (
        (MinMax(), (0, 1000)),
        (Percentile(90), (50, 950)),
        (MovingAverage(0.9), (0, 1000)),
    ):
        with pytest.raises(ValueRangeError, match="nothing was seen yet"):
            _ = observer.range
        observer.see(x)
        assert observer.range == pytest.approx(wanted)
        with pytest.raises(ValueRangeError, match="finite numbers"):
            observer.see(np.array([np.nan]))
        with pytest.raises(ValueRangeError, match="at least one"):
            observer.see(np.zeros(0))
    average = MovingAverage(0.75)
    for high in (4.0, 8.0, 0.0):
        average.see(np.array([-1.0, high]))
    assert average.range == (-1.0, ((4 * 0.75 + 8 * 0.25) * 0.75))
    for wrong in (lambda: MovingAverage(1.0), lambda: Percentile(0), lambda: Percentile(101)):
        with pytest.raises(ValueRangeError):
            wrong()


def test_ranges_are_those_of_the_activations(folded, rows):
    net, images = folded["plain"], rows.training.images[:450]
    ranges = calibrate(net, images)
    logits = net(images)
    assert ranges[0] == pytest.approx((images.min(), images.max()))
    assert ranges[-1] == pytest.approx((logits.min(), logits.max()))
    assert all(low == 0 for low, _ in ranges[1:-1])  # after ReLUs
    assert calibrate(net, images, lambda: Percentile(50))[1][1] < ranges[1][1]


def test_training_that_knows_of_rounding_gets_back_what_rounding_lost(folded, rows):
    net, start = folded["plain"], rows.training
    lost = quantize_model(net, start.images[:500], weight_bits=2).simulate(rows.validation.images)
    model = train_on(net, start, weight_bits=2, steps=120, rate=3e-3, rng=np.random.default_rng(0))
    got = model.quantized().simulate(rows.validation.images)
    labels = rows.validation.labels
    assert accuracy(got, labels) > accuracy(lost, labels) + 0.1
    assert set(np.unique(model.quantized().layers[0].q)) == {-1, 0, 1}
    assert len(np.unique(model.folded().layers[0].weight)) > 100  # the real ones are kept
    # what it trained with is what comes out
    trained = model(rows.validation.images).numpy()
    assert (predictions(trained) == predictions(got)).mean() > 0.95
    np.testing.assert_allclose(trained, got, atol=0.5)  # biases are rounded too, at S_w S_x


def test_training_in_reals_is_training_of_the_same_network(folded, rows):
    model = train_on(
        folded["plain"], rows.training, weight_bits=None, steps=5, rate=0.0, rng=np.random.default_rng(0)
    )
    images = rows.test.images[:9]
    np.testing.assert_allclose(model(images).numpy(), folded["plain"](images), atol=1e-4)


def test_sums_that_could_leave_32_bits_are_refused(nets, rows):
    images = rows.training.images[:100]
    folded_net = nets[next(iter(nets))].net
    wide = quantize_model(folded_net, images, weight_bits=16, activation_bits=16)
    assert wide.largest_sum(1) > 2**31 - 1
    with pytest.raises(ValueRangeError, match="32 bits end at 2,147,483,647: quantise to fewer bits"):
        wide.integers(images[:2])
    assert wide.simulate(images[:2]).shape == (2, 10)
