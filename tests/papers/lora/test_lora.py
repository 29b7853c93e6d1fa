"""The adapted map against its equation, finite differences, merging, and the baselines."""

import numpy as np
import pytest

from foundations import nn
from foundations.autodiff import no_grad, ops
from foundations.autodiff.tensor import Tensor
from foundations.errors import DTypeError, GraphError, ShapeError, ValueRangeError
from foundations.optimization import Adam
from implementations.transformer.bert import BertConfig, BertEncoder
from papers.lora import (
    PAPER_CONFIGS,
    LoRAConfig,
    LoRALinear,
    SeriesAdapter,
    adapters,
    inject,
    inject_series,
    matching,
    merge,
    remove,
    subspace_similarity,
    train_only,
    trainable_count,
    unmerge,
)
from papers.lora.similarity import product, right_singular_vectors


def rng(seed=0):
    return np.random.default_rng(seed)


def layer(n_in=7, n_out=5, r=3, alpha=2.0, *, trained=True):
    found = LoRALinear(nn.Linear(n_in, n_out, rng=rng(1)), r, alpha, rng=rng(2)).astype(np.float64)
    if trained:
        found.b.data = rng(3).standard_normal(found.b.shape)
    return found


def encoder(seed=0):
    return BertEncoder(BertConfig(11, 12, 2, 3, 20, 16), rng=rng(seed)).eval()


def output(model, seed=5):
    with no_grad():
        return model(rng(seed).integers(0, 11, (3, 7))).numpy()


def test_equation_3_column_by_column():
    one, x = layer(), rng(4).standard_normal((4, 7))
    got = one(x).numpy()
    for row, h in zip(x, got, strict=True):
        w0, b0 = one.base.weight.numpy().T, one.base.bias.numpy()
        expected = w0 @ row + b0 + 2 / 3 * one.b.numpy() @ (one.a.numpy() @ row)  # columns, as the paper
        np.testing.assert_allclose(h, expected, rtol=1e-12)


def test_the_start_changes_nothing_and_only_b_has_a_gradient():
    one, x = layer(trained=False), rng(4).standard_normal((4, 7))
    np.testing.assert_array_equal(one(x).numpy(), one.base(x).numpy())
    one.base(x)
    ops.sum(one(x) ** 2).backward()
    assert np.abs(one.a.grad.numpy()).max() == 0
    assert np.abs(one.b.grad.numpy()).min() > 0
    assert one.base.weight.grad is None
    assert one.base.bias.grad is None


@pytest.mark.parametrize("name", ["a", "b"])
def test_gradients_are_finite_differences(name):
    one, x = layer(), rng(4).standard_normal((4, 7))
    target = rng(5).standard_normal((4, 5))

    def loss():
        return ops.sum((one(x) - target) ** 2)

    loss().backward()
    p = getattr(one, name)
    direction, h = rng(6).standard_normal(p.shape), 1e-6
    start = p.data.copy()
    p.data = start + h * direction
    above = loss().item()
    p.data = start - h * direction
    below = loss().item()
    assert (above - below) / (2 * h) == pytest.approx(float(np.sum(p.grad.numpy() * direction)), rel=1e-7)


def test_gradients_are_those_of_the_product():
    """With G = dL/dW of the whole weight: dA = s Bᵀ Gᵀ and dB = s Gᵀ Aᵀ."""
    one, x = layer(), rng(4).standard_normal((4, 7))
    g = rng(5).standard_normal((4, 5))
    ops.sum(one(x) * g).backward()
    whole = x.T @ g  # (n_in, n_out)
    np.testing.assert_allclose(one.a.grad.numpy(), one.scale * one.b.numpy().T @ whole.T, rtol=1e-12)
    np.testing.assert_allclose(one.b.grad.numpy(), one.scale * whole.T @ one.a.numpy().T, rtol=1e-12)


def test_both_factors_zero_never_learn():
    one, x = layer(trained=False), rng(4).standard_normal((4, 7))
    one.a.data[...] = 0
    optimizer = Adam([one.a, one.b], 0.1)
    for _ in range(3):
        ops.sum(one(x) ** 2).backward()
        optimizer.step()
    assert not one.a.numpy().any()
    assert not one.b.numpy().any()


def test_merged_is_unmerged():
    model = encoder()
    inject(model, ["*.query", "*.value"], 2, 3, rng=rng(1))
    for one in adapters(model).values():
        one.b.data = rng(7).standard_normal(one.b.shape).astype(np.float32)
    before = {name: value.copy() for name, value in model.state_dict().items()}
    apart = output(model)
    merge(model)
    np.testing.assert_allclose(output(model), apart, atol=1e-5)
    changed = model.state_dict()["layers.0.attention.query.base.weight"]
    assert np.abs(changed - before["layers.0.attention.query.base.weight"]).max() > 0.1
    unmerge(model)
    for name, value in model.state_dict().items():
        np.testing.assert_allclose(value, before[name], atol=1e-6)
    merge(model)
    remove(model)
    np.testing.assert_allclose(output(model), apart, atol=1e-5)
    assert not adapters(model)


def test_a_second_merge_would_be_wrong_by_exactly_the_update():
    one, x = layer(), rng(4).standard_normal((4, 7))
    right = one(x).numpy()
    one.eval().merge()
    with pytest.raises(ValueRangeError, match="merged already"):
        one.merge()
    one.base.weight.data += one.delta()
    wrong = one(x).numpy()
    np.testing.assert_allclose(wrong - right, x @ one.delta(), atol=1e-12)
    np.testing.assert_allclose(one.delta(), 2 / 3 * (one.b.numpy() @ one.a.numpy()).T, atol=1e-12)


def test_merging_adds_no_operation():
    one, x = layer().eval(), Tensor(rng(4).standard_normal((4, 7)), requires_grad=True)
    one.merge()

    def graph(y):
        return type(y).__name__, y.shape

    assert graph(one(x)) == graph(one.base(x))
    np.testing.assert_array_equal(one(x).numpy(), one.base(x).numpy())
    with pytest.raises(GraphError, match="does not learn"):
        one.train()(x)
    with pytest.raises(ValueRangeError, match="merged already"):
        one.merge()
    one.unmerge()
    with pytest.raises(ValueRangeError, match="not merged"):
        one.unmerge()


def test_the_scale_is_alpha_over_r():
    one, twice = layer(r=3, alpha=2.0), layer(r=3, alpha=4.0)
    x = rng(4).standard_normal((4, 7))
    np.testing.assert_allclose(
        twice(x).numpy() - twice.base(x).numpy(), 2 * (one(x).numpy() - one.base(x).numpy()), rtol=1e-10
    )
    assert (one.scale, layer(r=5, alpha=2.0).scale) == (2 / 3, 0.4)


def test_injecting_freezes_all_else_and_changes_nothing_yet():
    model, plain = encoder(), encoder()
    names = inject(model, ["*.query", "*.value"], 2, 2, rng=rng(1))
    assert names == [f"layers.{i}.attention.{part}" for i in (0, 1) for part in ("query", "value")]
    assert list(adapters(model)) == names
    np.testing.assert_array_equal(output(model), output(plain))
    learn = [name for name, p in model.named_parameters() if p.requires_grad]
    assert learn == [f"{name}.{part}" for name in names for part in ("a", "b")]
    assert all(not one.training for one in adapters(model).values())
    with pytest.raises(ValueRangeError, match="already"):
        inject(model, "*.key", 2, 2, rng=rng(1))


def test_any_module_can_be_adapted():
    model = nn.Sequential(nn.Linear(6, 5, bias=False, rng=rng()), nn.ReLU(), nn.Linear(5, 3, rng=rng()))
    assert inject(model, "*", 2, 1, rng=rng()) == ["0", "2"]
    model[0].b.data[...] = 1
    x = rng(1).standard_normal((4, 6)).astype(np.float32)
    before = model(x).numpy()
    merge(model)
    np.testing.assert_allclose(model.eval()(x).numpy(), before, atol=1e-6)


@pytest.mark.parametrize("r", [0, -1, 6, 2.0, True, "2"])
def test_bad_ranks(r):
    with pytest.raises(ValueRangeError, match="rank is a whole number from 1 to 5"):
        LoRALinear(nn.Linear(7, 5, rng=rng()), r, 1, rng=rng())
    model = nn.Sequential(nn.Linear(7, 5, rng=rng()))
    with pytest.raises(ValueRangeError, match="rank is a whole number from 1 to 5"):
        inject(model, "0", r, 1, rng=rng())
    assert type(model[0]) is nn.Linear


@pytest.mark.parametrize("alpha", [0, -1.0, float("nan"), float("inf"), "1", True, None])
def test_bad_alphas(alpha):
    with pytest.raises(ValueRangeError, match="alpha is a finite number above 0"):
        LoRALinear(nn.Linear(7, 5, rng=rng()), 2, alpha, rng=rng())
    with pytest.raises(ValueRangeError, match="alpha"):
        inject(nn.Sequential(nn.Linear(7, 5, rng=rng())), "0", 2, alpha, rng=rng())


@pytest.mark.parametrize("patterns", ["*.quarry", ["*.query", "nothing"], []])
def test_patterns_that_fit_nothing(patterns):
    with pytest.raises(ValueRangeError, match="no linear map is called") as told:
        inject(encoder(), patterns, 2, 2, rng=rng())
    assert "\n" not in str(told.value)
    with pytest.raises(ValueRangeError, match="no parameter is called"):
        train_only(encoder(), [*patterns, "nothing"] if isinstance(patterns, list) else patterns)


def test_matching_finds_linear_maps_only():
    assert matching(encoder(), "*inner") == [f"layers.{i}.feed_forward.inner" for i in (0, 1)]
    with pytest.raises(ValueRangeError):
        matching(encoder(), "*norm")
    with pytest.raises(DTypeError):
        LoRALinear(nn.ReLU(), 1, 1)
    for call in (merge, unmerge):
        with pytest.raises(ValueRangeError, match="no adapters"):
            call(encoder())


def test_one_merged_layer_stops_merging_all():
    model = encoder()
    inject(model, "*.query", 2, 2, rng=rng())
    first, second = adapters(model).values()
    first.merge()
    for call in (merge, unmerge):
        with pytest.raises(ValueRangeError, match="take turns"):
            call(model)
    assert (first.merged, second.merged) == (True, False)


@pytest.mark.parametrize(
    ("name", "count", "printed"),
    [
        ("roberta-base", 294_912, 0.3),
        ("roberta-large", 786_432, 0.8),
        ("gpt2-medium", 393_216, None),
        ("gpt2-large", 737_280, None),
        ("gpt3-175b", 4_718_592, 4.7),
    ],
)
def test_counts_of_the_paper(name, count, printed):
    config = PAPER_CONFIGS[name]
    assert trainable_count(config) == count
    if printed is not None:
        assert round(count / 1e6, 1) == printed
    with nn.shapes_only():
        model = BertEncoder(BertConfig(5, config.d_model, config.num_layers, 1, 4), rng=rng())
        inject(model, ["*.query", "*.value"], config.r, config.alpha, rng=rng())
    assert sum(p.size for p in model.parameters() if p.requires_grad) == count


def test_bad_configurations():
    for wrong in ({"d_model": 0}, {"num_layers": 1.5}, {"r": 0}, {"r": 9}, {"alpha": 0}, {"matrices": ()}):
        with pytest.raises(ValueRangeError):
            LoRAConfig(**({"d_model": 8, "num_layers": 2, "r": 2, "alpha": 1} | wrong))


def test_train_only():
    model = encoder()
    assert len(train_only(model, "*")) == len(list(model.named_parameters()))
    assert all(name.endswith("bias") for name in train_only(model, "*bias"))
    assert all(name.startswith("layers.1.") for name in train_only(model, "layers.1.*"))
    assert not model.pieces.weight.requires_grad


def test_series_adapters():
    model, plain = encoder(), encoder()
    names = inject_series(model, ["*.attention.output", "*.outer"], 3, rng=rng())
    np.testing.assert_array_equal(output(model), output(plain))
    assert len(names) == 4
    assert sum(p.size for p in model.parameters() if p.requires_grad) == 4 * (2 * 12 * 3 + 3 + 12)  # §5.1
    one = SeriesAdapter(nn.Linear(4, 5, rng=rng()), 2, rng=rng(1)).astype(np.float64)
    one.w_up.data = rng(2).standard_normal((2, 5))
    one.b_down.data = rng(3).standard_normal(2)
    one.b_up.data = rng(4).standard_normal(5)
    x = rng(5).standard_normal((3, 4))
    y = one.base(x).numpy()
    z = y @ one.w_down.numpy() + one.b_down.numpy()
    gelu = nn.functional.gelu(Tensor(z)).numpy()
    np.testing.assert_allclose(one(x).numpy(), y + gelu @ one.w_up.numpy() + one.b_up.numpy(), rtol=1e-12)
    with pytest.raises(ValueRangeError):
        inject_series(encoder(), "*.outer", 13, rng=rng())


def test_similarity_of_known_spaces():
    q = np.linalg.qr(rng().standard_normal((9, 9)))[0]
    a = np.diag([3.0, 2.0, 1.0]) @ q[:, :3].T
    b = np.diag([5.0, 4.0, 3.0, 2.0]) @ q[:, [1, 0, 5, 6]].T
    assert subspace_similarity(a, b, 1, 1) == pytest.approx(0)
    assert subspace_similarity(a, b, 1, 2) == pytest.approx(1)
    assert subspace_similarity(a, b, 2, 2) == pytest.approx(1)
    assert subspace_similarity(a, b, 3, 4) == pytest.approx(2 / 3)
    turned = np.linalg.qr(rng(1).standard_normal((3, 3)))[0]
    assert subspace_similarity(turned @ a, b, 2, 1) == pytest.approx(subspace_similarity(a, b, 2, 1))
    assert right_singular_vectors(a).shape == (9, 3)


def test_similarity_is_a_projection_and_random_is_j_over_n():
    a, b = rng(1).standard_normal((4, 30)), rng(2).standard_normal((6, 30))
    u, v = right_singular_vectors(a)[:, :3], right_singular_vectors(b)[:, :5]
    trace = np.trace(u @ u.T @ v @ v.T)  # Appendix G: from projection matrices
    assert subspace_similarity(a, b, 3, 5) == pytest.approx(trace / 3)
    found = [
        subspace_similarity(rng(s).standard_normal((1, 40)), rng(1000 + s).standard_normal((9, 40)), 1, 9)
        for s in range(300)
    ]
    assert np.mean(found) == pytest.approx(9 / 40, abs=0.02)


def test_similarity_refuses_what_does_not_fit():
    with pytest.raises(ShapeError):
        subspace_similarity(np.ones((2, 3)), np.ones((2, 4)), 1, 1)
    for i, j in ((0, 1), (3, 1), (1, 4)):
        with pytest.raises(ValueRangeError, match="number of directions"):
            subspace_similarity(np.ones((2, 9)), np.ones((3, 9)), i, j)


def test_the_product_lies_in_the_rows_of_a():
    one = layer()
    m = product(one)
    assert np.linalg.matrix_rank(np.vstack([m, one.a.numpy()])) == 3
    np.testing.assert_allclose(one.scale * m.T, one.delta())
