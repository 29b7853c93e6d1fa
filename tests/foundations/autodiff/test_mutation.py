"""Changing a value in place that a backward pass still needs is an error, never a wrong gradient."""

import numpy as np
import pytest

from foundations.autodiff import Tensor, gradients, mutation, no_grad, ops
from foundations.autodiff.primitive import fused
from foundations.errors import DTypeError, GraphError, ShapeError

CHANGED = r"a value of shape \(.*\) that .* needs for its gradient was changed in place .*: change a copy"


def leaf(*values):
    return Tensor(np.array(values), requires_grad=True)


CHANGES = {
    "+=": lambda t: t.__iadd__(1.0),
    "-=": lambda t: t.__isub__(1.0),
    "*=": lambda t: t.__imul__(2.0),
    "/=": lambda t: t.__itruediv__(2.0),
    "an element": lambda t: t.__setitem__(0, 5.0),
    "a slice": lambda t: t.__setitem__(slice(0, 1), 5.0),
    "a mask": lambda t: t.__setitem__(t > 0, 5.0),
    "a view": lambda t: t[1:].__iadd__(1.0),
    "a reshaped view": lambda t: t.reshape(2, 1).__iadd__(1.0),
    "a detached twin": lambda t: t.detach().__imul__(2.0),
    "an optimiser": lambda t: (np.subtract(t.data, 0.1, out=t.data), mutation.report(t.data)),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("as_function", [False, True])
def test_a_leaf_changed_before_the_backward_pass(change, as_function):
    x = leaf(1.0, 2.0)
    y = (x * x).sum()
    with no_grad():
        change(x)
    with pytest.raises(GraphError, match=CHANGED):
        gradients(y, [x], retain_graph=True) if as_function else y.backward()
    assert x.grad is None


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_an_output_that_the_derivative_reads(change):
    x = leaf(0.5, 1.0)
    y = ops.exp(x)
    with no_grad():
        change(y)
    with pytest.raises(GraphError, match=CHANGED):
        y.sum().backward()


def test_a_base_changed_under_its_view():
    base = Tensor(np.arange(6.0))
    w = leaf(1.0, 2.0)
    y = (base[2:4] * w).sum()
    base += 1
    with pytest.raises(GraphError, match=CHANGED):
        y.backward()


def test_a_constant_changed_by_plain_arithmetic():
    x, c = leaf(1.0, 2.0), Tensor(np.array([3.0, 4.0]))
    y = (x * c).sum()
    c += 1
    with pytest.raises(GraphError, match="multiply needs"):
        y.backward()


@pytest.mark.parametrize("pack", [lambda a: a, lambda a: (a,), lambda a: [1, (a,)], lambda a: {"y": a}])
def test_what_a_fused_function_keeps_beside_its_arguments(pack):
    def unpack(residuals):
        while not isinstance(residuals, np.ndarray):
            residuals = residuals["y"] if isinstance(residuals, dict) else residuals[-1]
        return residuals

    def forward(x):
        y = np.exp(x)
        return y, pack(y)

    exp = fused(forward, lambda g, r, _needs, _x: (g * unpack(r),), ops.exp, name="fused_exp")
    y = exp(leaf(1.0, 2.0))
    with no_grad():
        y += 1
    with pytest.raises(GraphError, match="fused_exp needs"):
        y.sum().backward()


def test_an_index_changed_after_it_was_used():
    rows, x = Tensor([0, 1]), leaf(1.0, 2.0, 3.0)
    y = x[rows].sum()
    rows += 1
    with pytest.raises(GraphError, match="indexing needs"):
        y.backward()


def test_changes_that_do_not_matter_are_allowed():
    """Values that no derivative reads, memory of others, and changes before the use."""
    x = leaf(1.0, 2.0)
    y, z = x + 1, x.sum()
    w = x.reshape(2, 1)[0]
    with no_grad():
        x += 10
        y += 10
    (y.sum() + z + w.sum()).backward()
    assert x.grad.tolist() == [3, 2]

    x, other = leaf(1.0, 2.0), Tensor(np.zeros(2))
    with no_grad():
        x += 1
    y = (x * x).sum()
    other += 1
    y.backward()
    assert x.grad.tolist() == [4, 6]


def test_a_second_change_of_the_same_memory_is_seen_too():
    x = leaf(1.0, 2.0)
    with no_grad():
        x += 1
    y = (x * x).sum()
    with no_grad():
        x += 1
    with pytest.raises(GraphError, match=CHANGED):
        y.backward()


def test_the_usual_loop_never_complains():
    w = leaf(1.0, 2.0)
    for _ in range(5):
        w.grad = None
        loss = ((w - 3) * (w - 3)).sum()
        loss.backward()
        with no_grad():
            w -= 0.1 * w.grad
    np.testing.assert_allclose(w.data, 3 - 0.8**5 * np.array([2.0, 1.0]))


def test_two_losses_stepped_in_between_are_caught():
    """The classic mistake of adversarial training: the step moves weights that the other loss still needs."""
    w = leaf(1.0, 2.0)
    first, second = (w * w).sum(), (w * w * w).sum()
    first.backward()
    with no_grad():
        w -= 0.1 * w.grad
    with pytest.raises(GraphError, match=CHANGED):
        second.backward()


def test_a_fused_definition_is_guarded_too():
    cube = fused(
        lambda x: (x * x * x, None), lambda g, _r, _n, x: (3 * g * x * x,), lambda x: x * x * x, name="cube"
    )
    x = leaf(2.0)
    y = cube(x)
    with no_grad():
        x += 1
    with pytest.raises(GraphError, match="cube needs"):
        gradients(y, [x], create_graph=True)


# ---------------------------------------------------------------------- in place, inside a graph


def test_a_leaf_cannot_be_changed_in_place_while_operations_are_recorded():
    x = leaf(1.0)
    for change in ("__iadd__", "__isub__", "__imul__", "__itruediv__"):
        with pytest.raises(
            GraphError, match=r"leaf that requires gradients .* in place .*: wrap .*no_grad\(\), or write"
        ):
            getattr(x, change)(1.0)
    with pytest.raises(GraphError, match=r"cannot be recorded: build .* or wrap .*no_grad\(\)"):
        x[0] = 1.0
    assert x.tolist() == [1]


def test_augmented_assignment_of_a_computed_value_makes_a_new_one():
    x = leaf(2.0)
    y = kept = x * 1
    y += x
    y *= 3.0
    y -= 1
    y /= x
    assert kept.item() == 2
    y.sum().backward()
    expected = 1 / 4  # d/dx (6x - 1)/x = 1/x^2
    assert x.grad.item() == pytest.approx(expected)


def test_a_constant_that_meets_a_tracked_value_becomes_a_new_value():
    total = kept = Tensor(np.zeros(1))
    x = leaf(2.0)
    total += x * x
    assert kept.item() == 0
    total.sum().backward()
    assert x.grad.item() == 4
    with pytest.raises(GraphError, match="cannot be recorded"):
        kept[0] = x


def test_in_place_changes_keep_the_type_and_the_memory():
    x = Tensor([1.0, 2.0])
    memory = x.data
    x += 0.5
    x *= np.float64(2)
    x -= np.array([1.0, 1.0])
    x /= [2.0, 4.0]
    x += Tensor([1, 1])
    x[0] = 7.0
    x[1:] = Tensor([8.0])
    assert x.data is memory
    assert x.dtype == np.float32
    assert x.tolist() == [7, 8]


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        (lambda: Tensor([1, 2]).__iadd__(0.5), DTypeError, r"in-place add .*got \(2,\) int64, 0.5"),
        (lambda: Tensor([1.0, 2.0]).__iadd__(np.ones(3)), ShapeError, r"in-place add .*\(2,\).*\(3,\).*: "),
        (lambda: Tensor([1.0]).__iadd__(np.ones((2, 1))), ShapeError, r"in-place add .*\(1,\).*\(2, 1\).*: "),
        (lambda: Tensor([1.0]).__setitem__(3, 0.0), ShapeError, r"assignment .*\(1,\).*out of bounds.*: "),
        (lambda: Tensor([1.0]).__setitem__(0, [1.0, 2.0]), ShapeError, "assignment"),
    ],
)
def test_bad_changes_in_place_say_what_came(change, error, says):
    with pytest.raises(error, match=says):
        change()


def test_reports_are_forgotten_with_the_memory():
    before = len(mutation._changes)
    xs = [Tensor(np.zeros(3)) for _ in range(100)]
    for x in xs:
        x += 1
        x[0] = 2
    assert len(mutation._changes) == before + 100
    del x, xs
    assert len(mutation._changes) == before


def test_unrelated_changes_cost_a_look_each_node_and_not_more(monkeypatch):
    """The work of a check does not grow with the number of changes: nothing is compared with them."""
    compared = []
    monkeypatch.setattr(mutation.np, "may_share_memory", lambda a, b: compared.append((a, b)))
    others = [Tensor(np.ones(3)) for _ in range(100)]
    x = Tensor(np.ones(3), requires_grad=True)
    y = x
    for _ in range(50):
        y = y * y
    for other in others:
        other += 1
    y.sum().backward()
    assert not compared
    assert x.grad is not None


@pytest.mark.parametrize(
    "view",
    [
        lambda a: a[::2],
        lambda a: a.reshape(2, 3)[1],
        lambda a: np.broadcast_to(a, (2, 6)),
        lambda a: np.lib.stride_tricks.as_strided(a, (3, 2), (8, 8)),
        lambda a: np.lib.stride_tricks.sliding_window_view(a, 2),
        lambda a: a[1:][1:],
        lambda a: np.frombuffer(memoryview(a)),
    ],
)
@pytest.mark.parametrize("changed", ["base", "view"])
def test_a_change_is_seen_through_every_kind_of_view(view, changed):
    base = np.arange(6.0)
    seen = view(base)
    x = Tensor(base if changed == "view" else seen, requires_grad=True)
    y = (x * x).sum()
    other = base if changed == "base" else seen
    mutation.report(other)
    with pytest.raises(GraphError, match="changed in place"):
        y.backward()


def test_two_arrays_over_memory_that_is_not_numpys():
    buffer = bytearray(24)
    first, second = np.frombuffer(buffer), np.frombuffer(buffer)
    x = Tensor(first, requires_grad=True)
    y = (x * x).sum()
    mutation.report(second)
    with pytest.raises(GraphError, match="changed in place"):
        y.backward()


def test_replaced_data_give_the_gradient_at_the_values_that_were_used():
    """An ordinary and a recorded pass see the same: 3 x^2 at 2, whatever x holds by then."""
    for create_graph in (False, True):
        x = Tensor(2.0, requires_grad=True)
        y = x * x * x
        x.data = np.array(np.float32(3.0))
        y.backward(create_graph=create_graph)
        assert x.grad.item() == 12
    again = x.grad
    x.grad = None
    again.backward()
    assert x.grad.item() == 12  # 6 x at 2


WRITERS = {
    "out=, an array": lambda t: np.add(t, 1.0, out=t.data),
    "out=, in a tuple": lambda t: np.divmod(t, 1.0, out=(t.data, None)),
    "out= of a function": lambda t: np.cumulative_sum(t, out=t.data),
    "an array in place": lambda t: t.data.__iadd__(Tensor(np.ones(3))),
    "at": lambda t: np.add.at(t, [0], 1.0),
    "copyto": lambda t: np.copyto(t, np.zeros(3)),
    "copyto an array": lambda t: np.copyto(t.data, Tensor(np.zeros(3))),
    "fill_diagonal": lambda t: np.fill_diagonal(t[None], 0.0),
    "place": lambda t: np.place(t, np.array([True, False, False]), [0.0]),
    "put": lambda t: np.put(t, [0], 0.0),
    "put_along_axis": lambda t: np.put_along_axis(t, np.array([0]), 0.0, 0),
    "putmask": lambda t: np.putmask(t, np.array([True, False, False]), 0.0),
}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_what_numpy_writes_to_through_a_tensor_is_noticed(write):
    x = leaf(1.0, 2.0, 3.0)
    y = ops.exp(x)
    write(y.detach())
    with pytest.raises(GraphError, match=CHANGED):
        y.sum().backward()
