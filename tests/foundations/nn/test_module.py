"""Modules: what they find in themselves, their modes, and their state."""

import gc
import weakref

import numpy as np
import pytest

from foundations import nn
from foundations.autodiff import Tensor, no_grad
from foundations.errors import DTypeError, ShapeError
from foundations.nn import init


class Net(nn.Module):
    def __init__(self, rng):
        self.first = nn.Linear(3, 4, rng=rng)
        self.blocks = nn.ModuleList(nn.Sequential(nn.Linear(4, 4, rng=rng), nn.ReLU()) for _ in range(2))
        self.norm = nn.LayerNorm(4)
        self.counter = nn.Buffer(np.zeros(2))
        self.tied = self.first.weight
        self.dropout = nn.Dropout(0.5, rng=rng)

    def forward(self, x):
        x = self.first(x)
        for block in self.blocks:
            x = block(x)
        return self.dropout(self.norm(x))


@pytest.fixture
def net():
    return Net(np.random.default_rng(0))


def test_names_follow_the_attributes_and_a_shared_parameter_comes_once(net):
    assert [name for name, _ in net.named_parameters()] == [
        "tied",
        "first.bias",
        "blocks.0.0.weight",
        "blocks.0.0.bias",
        "blocks.1.0.weight",
        "blocks.1.0.bias",
        "norm.weight",
        "norm.bias",
    ]
    assert [name for name, _ in net.named_buffers()] == ["counter"]
    assert len(net.parameters()) == 8
    assert nn.count_parameters(net) == 3 * 4 + 4 + 2 * (16 + 4) + 8


def test_modes_reach_every_module(net):
    assert all(m.training for m in net.modules())
    net.eval()
    assert not any(m.training for m in net.modules())
    x = Tensor(np.ones((2, 3), dtype=np.float32))
    np.testing.assert_array_equal(net(x).numpy(), net(x).numpy())
    net.train()
    assert not np.array_equal(net(x).numpy(), net(x).numpy())


def test_gradients_are_forgotten_and_frozen(net):
    net(Tensor(np.ones((2, 3), dtype=np.float32))).sum().backward()
    assert all(p.grad is not None for p in net.parameters())
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())
    net.requires_grad_(False)
    assert not net(Tensor(np.ones((2, 3), dtype=np.float32))).requires_grad
    assert nn.count_parameters(net, trainable_only=True) == 0


def test_astype_converts_parameters_and_buffers(net):
    net.astype(np.float64)
    assert {p.dtype for p in net.parameters()} == {np.dtype(np.float64)}
    assert net(Tensor(np.ones((2, 3)))).dtype == np.float64


def test_a_state_is_loaded_whole_or_not_at_all(net):
    other = Net(np.random.default_rng(1))
    before = {name: a.copy() for name, a in net.state_dict().items()}
    state = {name: a.copy() for name, a in other.state_dict().items()}
    del state["norm.bias"]
    state["extra"] = np.zeros(1)
    state["first.bias"] = np.zeros(5)
    with pytest.raises(nn.StateError) as caught:
        net.load_state_dict(state)
    message = str(caught.value)
    assert "missing norm.bias" in message
    assert "unexpected extra" in message
    assert "first.bias has shape (5,), expected (4,)" in message
    for name, array in net.state_dict().items():
        np.testing.assert_array_equal(array, before[name])
    net.load_state_dict(other.state_dict())
    for name, array in net.state_dict().items():
        np.testing.assert_array_equal(array, other.state_dict()[name])


def test_loading_copies_and_may_be_partial(net):
    values = {"norm.weight": np.full(4, 7.0), "unknown": np.ones(1)}
    net.load_state_dict(values, strict=False)
    values["norm.weight"][:] = 0
    assert (net.norm.weight.numpy() == 7).all()


@pytest.mark.parametrize("name", ["state.npz", "state.safetensors"])
def test_saving_and_loading_gives_the_same_outputs(net, tmp_path, name):
    path = tmp_path / name
    net.save(path)
    other = Net(np.random.default_rng(9))
    other.load(path)
    x = Tensor(np.random.default_rng(0).standard_normal((5, 3)).astype(np.float32))
    np.testing.assert_array_equal(net.eval()(x).numpy(), other.eval()(x).numpy())


def test_a_module_without_forward_says_so():
    class Empty(nn.Module):
        pass

    with pytest.raises(NotImplementedError, match="Empty defines no forward"):
        Empty()(1)


def test_the_repr_shows_the_tree(net):
    assert repr(nn.Sequential(nn.Linear(2, 3, rng=np.random.default_rng(0)), nn.ReLU())) == (
        "Sequential(\n  0: Linear(2, 3)\n  1: ReLU()\n)"
    )


def test_containers_index_and_iterate():
    layers = [nn.ReLU(), nn.Tanh(), nn.Sigmoid()]
    for container in (nn.Sequential(*layers), nn.ModuleList(layers)):
        assert list(container) == layers
        assert container[1] is layers[1]
        assert len(container) == 3


def test_shapes_only_builds_without_memory_and_without_randomness():
    with nn.shapes_only():
        model = nn.Sequential(nn.Embedding(10**6, 10**4), nn.Linear(10**4, 10**5))
    assert nn.count_parameters(model) == 10**10 + 10**9 + 10**5
    assert all(set(p.data.strides) == {0} for p in model.parameters())
    with pytest.raises(ValueError, match="rng="):
        nn.Linear(2, 3)


def test_multiply_adds_are_counted_in_the_graph():
    rng = np.random.default_rng(0)
    layer = nn.Linear(5, 7, rng=rng)
    assert nn.count_multiply_adds(layer, Tensor(np.ones((3, 5), dtype=np.float32))) == 3 * 5 * 7
    twice = nn.Sequential(layer, nn.Linear(7, 5, rng=rng), layer)
    assert nn.count_multiply_adds(twice, Tensor(np.ones((2, 3, 5), dtype=np.float32))) == 3 * 6 * 35
    block = nn.MultiHeadAttention(8, 2, rng=rng)
    x = Tensor(np.ones((1, 6, 8), dtype=np.float32))
    with no_grad():
        assert nn.count_multiply_adds(block, x) == 4 * 6 * 64 + 2 * 36 * 8


def test_summary_counts_every_level(net):
    table = nn.summary(net).splitlines()
    assert table[1].split()[:2] == ["Net", "64"]
    assert any(row.split()[:3] == ["norm", "LayerNorm", "8"] for row in table)


def test_a_model_goes_when_its_last_reference_goes():
    gc.disable()
    try:
        net = Net(np.random.default_rng(0))
        loss = net(Tensor(np.ones((2, 3), dtype=np.float32))).sum()
        loss.backward()
        watch = weakref.ref(net.first.weight)
        del net, loss
        assert watch() is None
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("make", "std"),
    [
        (init.xavier_uniform, (2 / (300 + 200)) ** 0.5),
        (init.xavier_normal, (2 / (300 + 200)) ** 0.5),
        (init.kaiming_uniform, (2 / 300) ** 0.5),
        (init.kaiming_normal, (2 / 300) ** 0.5),
    ],
)
def test_initial_values_have_the_variance_of_their_formula(make, std):
    w = make((300, 200), rng=np.random.default_rng(0))
    assert w.dtype == np.float32
    assert w.std() == pytest.approx(std, rel=0.02)
    assert abs(w.mean()) < 0.01 * 3 * std


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 2, 3)])
def test_orthogonal_values_are_orthonormal(shape):
    w = init.orthogonal(shape, rng=np.random.default_rng(0), dtype=np.float64).reshape(shape[0], -1)
    small = w @ w.T if w.shape[0] <= w.shape[1] else w.T @ w
    np.testing.assert_allclose(small, np.eye(min(w.shape)), atol=1e-12)


def test_fans_of_a_convolution_count_its_window():
    assert init.fans((16, 3, 5, 5)) == (75, 400)
    with pytest.raises(ValueError, match="two or more axes"):
        init.fans((3,))


@pytest.mark.parametrize("make", [init.kaiming_uniform, init.kaiming_normal])
@pytest.mark.parametrize("shape", [(0, 3), (3, 0, 2), (3, 2, 0)])
def test_a_fan_in_of_zero_divides_nothing(make, shape):
    with pytest.raises(ShapeError, match=rf"{make.__name__} divides by .* 0 for the shape \({shape[0]}, "):
        make(shape, rng=np.random.default_rng(0))


@pytest.mark.parametrize("make", [init.xavier_uniform, init.xavier_normal])
def test_fans_of_zero_divide_nothing(make):
    for shape in [(0, 0), (3, 2, 0)]:
        with pytest.raises(ShapeError, match=rf"{make.__name__} divides by .* 0 for the shape"):
            make(shape, rng=np.random.default_rng(0))
    assert make((0, 3), rng=np.random.default_rng(0)).shape == (0, 3)  # one of the two is enough


def test_submodules_are_found_and_replaced_by_name(net):
    assert net.get_submodule("") is net
    assert net.get_submodule("blocks.1.0") is net.blocks[1][0]
    names = [name for name, _ in net.named_modules()]
    new = nn.Linear(4, 4, rng=np.random.default_rng(5))
    net.set_submodule("blocks.1.0", new)
    assert net.blocks[1][0] is new
    assert [name for name, _ in net.named_modules()] == names  # in the same place
    for name in ("blocks.2", "first.weight", "blocks.0.0.deep", "nothing"):
        with pytest.raises(nn.SubmoduleError, match=f"no submodule '{name}'"):
            net.get_submodule(name)
        with pytest.raises(AttributeError, match=r"holds .*, and no"):
            net.set_submodule(name, new)
    with pytest.raises(nn.SubmoduleError, match="place of itself"):
        net.set_submodule("", new)


def test_a_function_is_applied_from_the_inside_out_and_once_to_what_is_shared(net):
    net.again = net.norm
    order = []
    assert net.apply(order.append) is net
    assert order[-1] is net
    assert order.index(net.blocks[0][0]) < order.index(net.blocks[0]) < order.index(net.blocks)
    assert sum(m is net.norm for m in order) == 1
    assert len(order) == len(list(net.modules()))
    assert [type(m).__name__ for m in net.children()] == ["Linear", "ModuleList", "LayerNorm", "Dropout"]
    assert [name for name, _ in net.named_children()][-1] == "again"


def test_what_the_type_of_a_module_would_cut_is_not_loaded():
    class Counts(nn.Module):
        def __init__(self):
            self.seen = nn.Buffer(np.zeros(2, np.int8))
            self.flag = nn.Buffer(np.zeros((), bool))
            self.half = nn.Parameter(np.zeros(2, np.float16))

    model = Counts()
    good = {"seen": np.array([1, 2]), "flag": np.array(True), "half": np.array([0.5, np.inf])}
    model.load_state_dict(good)
    assert model.seen.tolist() == [1, 2]
    assert model.flag.tolist() is True
    assert model.half.tolist() == [0.5, np.inf]
    for name, value, says in (
        ("seen", np.array([1.5, 2.0]), "has type float64, expected int8"),
        ("seen", np.array([1, 300]), "has values of int64 that int8 does not reach"),
        ("flag", np.array(2), "has type int64, expected bool"),
        ("half", np.array([1.0, 1e6]), "has values of float64 that float16 does not reach"),
        ("half", np.array(["a", "b"]), "has type <U1, expected float16"),
        ("half", np.array([1j, 0]), "has type complex128, expected float16"),
        ("half", [[1.0], [1.0, 2.0]], "is not a rectangular array"),
        ("half", np.zeros(3), r"has shape \(3,\), expected \(2,\)"),
    ):
        with pytest.raises(nn.StateError, match=f"{name} {says}"):
            model.load_state_dict({**good, name: value})
    assert model.half.tolist() == [0.5, np.inf]


def test_two_values_for_one_shared_parameter_are_refused(net):
    state = {name: a.copy() for name, a in net.state_dict().items()}
    state["first.weight"] += 1
    with pytest.raises(nn.StateError, match=r"is the same array as .*, and their values differ"):
        net.load_state_dict(state)
    state["tied"] += 1
    net.load_state_dict(state)
    np.testing.assert_array_equal(net.tied.data, state["tied"])


def test_a_model_of_shapes_only_has_nowhere_to_load_to():
    with nn.shapes_only():
        model = nn.Linear(2, 3)
    with pytest.raises(nn.StateError, match=r"weight has no memory of its own.*shapes_only"):
        model.load_state_dict({"weight": np.ones((2, 3)), "bias": np.ones(3)})


@pytest.mark.parametrize("value", [Tensor(np.ones((3, 2))), np.ones((3, 2)), nn.Buffer(np.ones((3, 2))), 1.0])
def test_a_registered_attribute_is_not_replaced_by_what_is_not_registered(value):
    layer = nn.Linear(3, 2, rng=np.random.default_rng(0))
    with pytest.raises(DTypeError, match=r"Linear\.weight is a Parameter, got .*neither trained nor saved"):
        layer.weight = value
    norm = nn.BatchNorm1d(3)
    with pytest.raises(DTypeError, match=r"running_mean is a Buffer, got ndarray"):
        norm.running_mean = np.zeros(3)
    both = nn.Sequential(layer)
    both.head = norm
    with pytest.raises(DTypeError, match=r"head is a Module, got function"):
        both.head = lambda x: x
    layer.weight, layer.bias = nn.Parameter(np.ones((3, 2))), None
    both.head = None
    assert list(both.state_dict()) == ["0.weight"]
