"""Laws of the model: causality, padding, tying, counts, and the configurations of the paper."""

import numpy as np
import pytest

from foundations import nn
from foundations.errors import ShapeError, ValueRangeError
from papers.attention import (
    PAD,
    PAPER_CONFIGS,
    Transformer,
    TransformerConfig,
    label_smoothing_loss,
    shift_right,
    sinusoidal_positions,
)
from papers.attention.experiments.scaling import without_scaling

SMALL = TransformerConfig(
    vocabulary=13, d_model=12, num_heads=3, d_ff=20, num_layers=2, dropout=0.0, max_length=11
)


def small(**changes):
    return TransformerConfig(**{**vars(SMALL), **changes})


@pytest.fixture
def model():
    return Transformer(SMALL, rng=np.random.default_rng(0)).eval()


@pytest.fixture
def pair():
    rng = np.random.default_rng(1)
    return rng.integers(3, 13, (2, 7)), rng.integers(3, 13, (2, 5))


@pytest.mark.parametrize("position", range(5))
def test_no_logit_depends_on_a_later_target(model, pair, position):
    source, target = pair
    changed = target.copy()
    changed[:, position] = (changed[:, position] - 2) % 10 + 3
    before, after = model(source, target).numpy(), model(source, changed).numpy()
    np.testing.assert_array_equal(before[:, :position], after[:, :position])
    assert np.abs(before[:, position:] - after[:, position:]).max() > 1e-4


def test_padding_of_the_source_changes_nothing(model, pair):
    source, target = pair
    padded = np.pad(source, ((0, 0), (0, 3)), constant_values=PAD)
    np.testing.assert_allclose(model(padded, target).numpy(), model(source, target).numpy(), atol=1e-5)


def test_padding_of_the_target_counts_nothing_in_the_loss(model, pair):
    source, target = pair
    padded = np.pad(target, ((0, 0), (0, 3)), constant_values=PAD)
    plain = label_smoothing_loss(model(source, shift_right(target, 1)), target).item()
    assert label_smoothing_loss(model(source, shift_right(padded, 1)), padded).item() == pytest.approx(
        plain, abs=1e-5
    )


def test_one_table_embeds_source_and_target_and_makes_the_logits(model, pair):
    source, target = pair
    names = [name for name, p in model.named_parameters() if 13 in p.shape]
    assert names == ["embedding.weight"]
    model(source, target).sum().backward()
    assert (np.abs(model.embedding.weight.grad.numpy()).sum(-1) > 0).all()


def test_the_loss_is_the_mean_over_real_tokens_of_both_cross_entropies():
    rng = np.random.default_rng(2)
    logits, targets = rng.standard_normal((2, 3, 5)), np.array([[1, 2, PAD], [4, PAD, PAD]])
    eps, total = 0.3, 0.0
    for b, t in [(0, 0), (0, 1), (1, 0)]:
        log_p = logits[b, t] - np.log(np.exp(logits[b, t]).sum())
        total += -(1 - eps) * log_p[targets[b, t]] - eps * log_p.mean()
    assert label_smoothing_loss(logits, targets, eps) == pytest.approx(total / 3)


def test_shift_right_puts_the_start_first_and_drops_the_last():
    np.testing.assert_array_equal(shift_right(np.array([[5, 6, 2]]), 1), [[1, 5, 6]])


@pytest.mark.parametrize(("name", "count"), [("base", 63_082_496), ("big", 214_245_376)])
def test_paper_configurations_have_our_counts_near_the_papers(name, count):
    with nn.shapes_only():
        model = Transformer(PAPER_CONFIGS[name])
    stated = {"base": 65e6, "big": 213e6}[name]  # Table 3
    assert nn.count_parameters(model) == count
    assert abs(count / stated - 1) < 0.03
    d, d_ff, n = model.config.d_model, model.config.d_ff, model.config.num_layers
    by_hand = n * (3 * (4 * d * d + 4 * d) + 2 * (2 * d * d_ff + d_ff + d) + 5 * 2 * d) + 37_000 * d
    assert count == by_hand


@pytest.mark.parametrize(("positions", "parameters"), [("sinusoidal", 0), ("none", 0), ("learned", 11 * 12)])
def test_only_learned_positions_are_parameters(positions, parameters):
    with nn.shapes_only():
        count = nn.count_parameters(Transformer(small(positions=positions)))
        none = nn.count_parameters(Transformer(small(positions="none")))
    assert count - none == parameters


def test_without_positions_the_encoder_sees_a_set(pair):
    source, _ = pair
    order = [3, 1, 0, 2, 6, 5, 4]
    for positions, is_set in (("none", True), ("sinusoidal", False), ("learned", False)):
        model = Transformer(small(positions=positions), rng=np.random.default_rng(0)).eval()
        permuted = model.encode(source[:, order]).numpy()
        assert np.allclose(permuted, model.encode(source).numpy()[:, order], atol=1e-5) == is_set


def test_taking_the_scaling_away_changes_every_attention(model, pair):
    before = model(*pair).numpy()
    without_scaling(model)
    assert {m.scale for m in model.modules() if isinstance(m, nn.MultiHeadAttention)} == {1.0}
    assert np.abs(model(*pair).numpy() - before).max() > 1e-3


@pytest.mark.parametrize("shift", [1, 7])
def test_a_shift_of_sinusoidal_positions_is_one_rotation_for_all(shift):
    d = 10
    table = sinusoidal_positions(64, d).astype(np.float64)
    rotation = np.zeros((d, d))
    for i in range(0, d, 2):
        angle = shift * 10000 ** (-i / d)
        c, s = np.cos(angle), np.sin(angle)
        rotation[i : i + 2, i : i + 2] = [[c, s], [-s, c]]
    np.testing.assert_allclose(table[:-shift] @ rotation.T, table[shift:], atol=1e-6)


def test_dropout_acts_in_training_only(pair):
    model = Transformer(small(dropout=0.5), rng=np.random.default_rng(0))
    assert not np.allclose(model(*pair).numpy(), model(*pair).numpy())
    model.eval()
    np.testing.assert_array_equal(model(*pair).numpy(), model(*pair).numpy())


def test_bad_sizes_say_what_fits():
    with pytest.raises(ShapeError, match="at most 11 positions, got 12"):
        Transformer(SMALL, rng=np.random.default_rng(0)).encode(np.ones((1, 12), dtype=int))
    with pytest.raises(ShapeError, match="even, got 7"):
        sinusoidal_positions(3, 7)
    with pytest.raises(ValueRangeError, match="sinusoidal, learned or none, got 'rotary'"):
        Transformer(small(positions="rotary"), rng=np.random.default_rng(0))
    with pytest.raises(ValueRangeError, match="5 heads for a width of 12"):
        Transformer(small(num_heads=5), rng=np.random.default_rng(0))
    with pytest.raises(ValueRangeError, match=r"0 to 12.*got 3 to 13"):
        Transformer(SMALL, rng=np.random.default_rng(0)).encode(np.array([[3, 13]]))
