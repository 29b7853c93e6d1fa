"""Parameter groups: each option of each group is honoured, as torch.optim does, or refused."""

from __future__ import annotations

import copy
import math
import pickle

import numpy as np
import pytest
import torch

from foundations import nn
from foundations import optimization as ours
from foundations.autodiff import Tensor
from foundations.errors import DTypeError, GraphError, ShapeError, ValueRangeError
from foundations.optimization import SGD, Adam, AdamW, NAdam, RMSProp, Rprop, cosine_schedule, step_schedule

# name; PyTorch's; options of all; options of the second and of the third group
SETUPS = [
    ("SGD", "SGD", {"momentum": 0.9}, {"learning_rate": 0.2, "momentum": 0.0}, {"nesterov": True}),
    ("SGD", "SGD", {}, {"weight_decay": 0.1, "maximize": True}, {"momentum": 0.5, "dampening": 0.2}),
    ("AdaGrad", "Adagrad", {}, {"learning_rate_decay": 0.1, "weight_decay": 0.1}, {"eps": 1e-2}),
    ("AdaDelta", "Adadelta", {}, {"rho": 0.5}, {"eps": 1e-3, "maximize": True}),
    ("RMSProp", "RMSprop", {}, {"centered": True, "alpha": 0.8}, {"momentum": 0.9, "eps": 1e-3}),
    ("Adam", "Adam", {}, {"betas": (0.5, 0.9), "weight_decay": 0.1}, {"amsgrad": True, "eps": 1e-3}),
    ("AdamW", "AdamW", {}, {"weight_decay": 0.0}, {"learning_rate": 0.1, "maximize": True}),
    ("AdaMax", "Adamax", {}, {"betas": (0.5, 0.9)}, {"eps": 1e-2, "weight_decay": 0.1}),
    ("NAdam", "NAdam", {}, {"momentum_decay": 0.1}, {"decoupled_weight_decay": True, "weight_decay": 0.3}),
    ("RAdam", "RAdam", {}, {"betas": (0.5, 0.9)}, {"decoupled_weight_decay": True, "weight_decay": 0.3}),
    ("Rprop", "Rprop", {}, {"etas": (0.3, 1.5)}, {"step_sizes": (1e-3, 0.2), "maximize": True}),
]
RENAMED = {"learning_rate": "lr", "learning_rate_decay": "lr_decay", "parameters": "params"}
SHAPES = [(3, 5), (7,), (), (2, 1, 3)]


@pytest.fixture(autouse=True)
def _exact_scalars():
    """Have PyTorch keep its own scalars in double precision."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


def translated(options):
    return {RENAMED.get(key, key): value for key, value in options.items()}


def three_groups(tensors, second, third):
    return [
        {"parameters": tensors[:1]},
        {"parameters": tensors[1:3], **second},
        {"parameters": tensors[3:], **third},
    ]


def weight(*shape):
    return Tensor(np.ones(shape), requires_grad=True)


@pytest.mark.parametrize(("name", "their_name", "options", "second", "third"), SETUPS)
def test_groups_are_those_of_pytorch_step_by_step(name, their_name, options, second, third):
    rng = np.random.default_rng(0)
    starts = [rng.standard_normal(shape) for shape in SHAPES]
    mine = [Tensor(a.copy(), requires_grad=True) for a in starts]
    theirs = [torch.tensor(a, requires_grad=True) for a in starts]
    optimizer = getattr(ours, name)(three_groups(mine, second, third), 0.05, **options)
    reference = getattr(torch.optim, their_name)(
        [translated(group) for group in three_groups(theirs, second, third)],
        lr=0.05,
        foreach=False,
        **translated(options),
    )
    for t in range(60):
        if name != "Rprop":  # every group has a rate of its own, by a schedule of its own
            rates = [0.05 * (1 + 0.5 * math.sin(t / 7 + j)) for j in range(3)]
            optimizer.follow(*[lambda _, rate=rate: rate for rate in rates])
            for group, rate in zip(reference.param_groups, rates, strict=True):
                group["lr"] = rate
        for p, q in zip(mine, theirs, strict=True):
            present = rng.random() < 0.8
            g = p.data + rng.standard_normal(p.shape)
            p.grad, q.grad = (Tensor(g), torch.tensor(g)) if present else (None, None)
        optimizer.step()
        reference.step()
        for p, q in zip(mine, theirs, strict=True):
            np.testing.assert_allclose(p.data, q.detach().numpy(), rtol=1e-12, atol=1e-12, err_msg=f"{t}")


def test_every_optimiser_has_groups_here():
    kinds = {
        name
        for name in ours.__all__
        if isinstance(kind := getattr(ours, name), type) and issubclass(kind, ours.Optimizer)
    }
    assert kinds - {"Optimizer"} == {name for name, *_ in SETUPS}


def test_schedules_are_those_of_pytorch_for_each_group():
    mine = [weight(2), weight(3)]
    optimizer = SGD([{"parameters": mine[:1]}, {"parameters": mine[1:], "learning_rate": 0.01}], 0.1)
    theirs = [torch.ones(2, requires_grad=True), torch.ones(3, requires_grad=True)]
    reference = torch.optim.SGD([{"params": theirs[:1]}, {"params": theirs[1:], "lr": 0.01}], lr=0.1)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(reference, 20)
    schedules = [cosine_schedule(group.learning_rate, 20) for group in optimizer.groups]
    for _ in range(20):
        optimizer.follow(*schedules)
        rates = [group["lr"] for group in reference.param_groups]
        assert [group.learning_rate for group in optimizer.groups] == pytest.approx(rates, abs=1e-15)
        optimizer.step()
        reference.step()
        scheduler.step()


def test_one_schedule_serves_groups_without_rates_of_their_own():
    optimizer = SGD([{"parameters": weight(2), "momentum": 0.9}, {"parameters": weight(3)}], 0.1)
    optimizer.follow(step_schedule(0.4, 10))
    assert optimizer.learning_rate == 0.4
    optimizer.learning_rate = 0.3
    assert [group.learning_rate for group in optimizer.groups] == [0.3, 0.3]
    with pytest.raises(ValueRangeError, match=r"the groups differ in momentum, \[0.9, 0.0\]"):
        _ = optimizer.momentum
    with pytest.raises(ValueRangeError, match="expected one schedule a group, 2, got 3"):
        optimizer.follow(*[step_schedule(0.1, 5)] * 3)


def test_one_rate_for_groups_with_their_own_is_refused():
    optimizer = SGD([{"parameters": weight(2), "learning_rate": 0.01}, {"parameters": weight(3)}], 0.1)
    with pytest.raises(
        ValueRangeError, match=r"own learning_rate: set optimizer.groups\[i\].learning_rate, or"
    ):
        optimizer.learning_rate = 0.5
    with pytest.raises(ValueRangeError, match="own learning_rate"):
        optimizer.follow(step_schedule(0.1, 5))
    with pytest.raises(ValueRangeError, match="learning_rate is a finite number"):
        optimizer.follow(lambda t: 0.1, lambda t: math.nan)
    assert [group.learning_rate for group in optimizer.groups] == [0.01, 0.1]


def test_a_group_can_be_added_later():
    first, second = weight(2), weight(3)
    optimizer = Adam([first], 0.1)
    first.grad = Tensor(np.ones(2))
    optimizer.step()
    optimizer.add_group({"parameters": [second], "learning_rate": 0.01})
    first.grad, second.grad = Tensor(np.ones(2)), Tensor(np.ones(3))
    optimizer.step()
    assert optimizer.counts == [2, 1]
    np.testing.assert_allclose(1 - second.data, 0.01, rtol=1e-6)
    with pytest.raises(ValueRangeError, match="parameter 0 of group 2 in group 1 too"):
        optimizer.add_group({"parameters": [second]})
    with pytest.raises(DTypeError, match="group 2, is a dictionary"):
        optimizer.add_group([weight(1)])
    assert len(optimizer.groups) == 2


@pytest.mark.parametrize("given", [weight(3), iter([weight(3)]), (weight(3),), {weight(3): 1}.keys()])
def test_a_tensor_or_anything_that_yields_tensors_is_taken(given):
    optimizer = SGD(given, 0.5)
    (p,) = optimizer.parameters
    p.grad = Tensor(np.ones(3))
    optimizer.step()
    np.testing.assert_array_equal(p.data, 0.5)


W = weight(3)
REFUSED = [
    (lambda: SGD([]), ValueRangeError, "SGD needs parameters, got none"),
    (lambda: SGD(p for p in ()), ValueRangeError, "a generator is empty after its first use"),
    (lambda: SGD([W, weight(2), W]), ValueRangeError, "got parameter 2 twice, it is number 0 too"),
    (lambda: SGD("abc"), DTypeError, "takes a list of Tensors, got str"),
    (lambda: SGD(["abc"]), DTypeError, "element 0 is str"),
    (lambda: SGD(nn.Identity()), DTypeError, r"got Identity: pass model.parameters\(\)"),
    (lambda: SGD(np.ones(3)), DTypeError, "element 0 is float64"),
    (lambda: SGD([np.ones(3)]), DTypeError, "element 0 is ndarray"),
    (lambda: SGD(None), DTypeError, "got NoneType"),
    (lambda: SGD([Tensor([1.0])]), GraphError, "parameter 0 is not one"),
    (lambda: SGD([W * 2]), GraphError, "leaf Tensors that require gradients, parameter 0 is not one"),
    (lambda: SGD({"parameters": [W]}), DTypeError, "one dictionary: put it in brackets"),
    (lambda: SGD([{"parameters": [W]}, weight(2)]), DTypeError, "got both: put the Tensors in a group"),
    (lambda: SGD([{"params": [W]}]), ValueRangeError, "no option 'params': write 'parameters'"),
    (lambda: SGD([{"parameters": [W], "lr": 1.0}]), ValueRangeError, "'lr': write 'learning_rate'; it has"),
    (
        lambda: SGD([{"parameters": [W], "betas": (0, 0)}]),
        ValueRangeError,
        "group 0: SGD has no option 'betas'",
    ),
    (lambda: SGD([{"learning_rate": 1.0}]), ValueRangeError, "group 0, has no 'parameters'"),
    (lambda: SGD([{"parameters": []}]), ValueRangeError, "group 0, needs parameters, got none"),
    (lambda: SGD([{"parameters": W}, {"parameters": [W]}]), ValueRangeError, "of group 1 in group 0 too"),
    (lambda: SGD([{"parameters": W, "learning_rate": -1}]), ValueRangeError, "learning_rate is a finite"),
    (lambda: SGD([{"parameters": W, "nesterov": True}]), ValueRangeError, "needs momentum > 0"),
    (lambda: SGD([W], "0.1"), DTypeError, "learning_rate is a number, got '0.1'"),
    (lambda: SGD([W], weight()), GraphError, "learning_rate is not differentiated"),
    (lambda: SGD([W], True), DTypeError, "learning_rate is a number, got True"),
    (lambda: SGD([W], 0.1, 0.9, nesterov=1), DTypeError, "nesterov is True or False, got 1"),
    (lambda: SGD([W], 0.1, 0.9, 1.5), ValueRangeError, r"dampening lies in \[0, 1\], got 1.5"),
    (lambda: Adam([W], betas=0.9), ShapeError, "betas are two numbers, got 0.9"),
    (lambda: Adam([W], betas=(0.9,)), ShapeError, "betas are two numbers"),
    (lambda: Adam([W], betas="ab"), ShapeError, "betas are two numbers, got 'ab'"),
    (lambda: Rprop([W], etas=(0.5, math.inf)), ValueRangeError, "etas are"),
    (lambda: ours.Optimizer([W], lr=0.1), ValueRangeError, "no option 'lr': write 'learning_rate'"),
]


@pytest.mark.parametrize(("build", "error", "message"), REFUSED, ids=[m for *_, m in REFUSED])
def test_what_makes_no_group_is_refused(build, error, message):
    with pytest.raises(error, match=message):
        build()


def test_options_that_are_set_are_checked_and_unknown_ones_refused():
    optimizer = SGD([weight(3)], 0.1, 0.9)
    for owner in (optimizer, optimizer.groups[0]):
        with pytest.raises(AttributeError, match="SGD has no option 'lr': write 'learning_rate'"):
            owner.lr = 0.1
        with pytest.raises(AttributeError, match="SGD has no option 'betas'; it has learning_rate, momentum"):
            _ = owner.betas
        with pytest.raises(ValueRangeError, match=r"momentum lies in \[0, 1\)"):
            owner.momentum = 2.0
        with pytest.raises(ValueRangeError, match="dampening = 0"):
            owner.nesterov, owner.dampening = True, 0.5
        owner.nesterov = False
    optimizer.learning_rate = np.float64(0.25)
    assert type(optimizer.groups[0].learning_rate) is float


@pytest.mark.parametrize(
    ("kind", "options", "change"),
    [
        (SGD, {}, {"momentum": 0.9}),
        (Adam, {}, {"amsgrad": True}),
        (RMSProp, {}, {"centered": True}),
        (Rprop, {}, {"learning_rate": 0.5}),
        (ours.AdaGrad, {}, {"initial_accumulator_value": 1.0}),
        (NAdam, {}, {"momentum_decay": 0.1}),
    ],
)
def test_what_only_the_first_step_reads_cannot_change_after_it(kind, options, change):
    p = weight(3)
    optimizer = kind([p], **options)
    ((name, value),) = change.items()
    before = getattr(optimizer, name)
    setattr(optimizer, name, value)
    setattr(optimizer, name, before)
    p.grad = Tensor(np.ones(3))
    optimizer.step()
    setattr(optimizer, name, before)  # the same is no change
    with pytest.raises(ValueRangeError, match="build a new optimiser"):
        setattr(optimizer, name, value)


@pytest.mark.parametrize(
    ("name", "theirs", "change"),
    [
        ("Adam", "Adam", {"betas": (0.5, 0.8)}),
        ("AdaDelta", "Adadelta", {"rho": 0.5}),
        ("RMSProp", "RMSprop", {"alpha": 0.5}),
        ("RMSProp", "RMSprop", {"weight_decay": 0.3}),
    ],
)
def test_options_may_change_between_steps(name, theirs, change):
    rng = np.random.default_rng(0)
    options = {"centered": True, "momentum": 0.9, "eps": 1e-2} if name == "RMSProp" else {}
    p, q = weight(5), torch.ones(5, requires_grad=True)
    mine = getattr(ours, name)([p], 0.1, **options)
    reference = getattr(torch.optim, theirs)([q], lr=0.1, **options)
    for t in range(20):
        if t == 7:
            for key, value in change.items():
                setattr(mine, key, value)
            reference.param_groups[0].update(change)
        g = rng.standard_normal(5)
        p.grad, q.grad = Tensor(g), torch.tensor(g)
        mine.step()
        reference.step()
        np.testing.assert_allclose(p.data, q.detach().numpy(), rtol=1e-12, atol=1e-12)


def test_a_gradient_of_another_shape_is_refused_before_anything_moves():
    first, second = weight(3), weight(2)
    optimizer = AdamW([first, second])
    first.grad, second.grad = Tensor(np.ones(3)), Tensor(np.ones(2))
    second.data = np.ones(4)
    with pytest.raises(ShapeError, match=r"a gradient of shape \(2,\) at a parameter of shape \(4,\)"):
        optimizer.step()
    np.testing.assert_array_equal(first.data, 1)
    assert optimizer.steps == 0


def test_optimisers_can_be_copied():
    optimizer = SGD([{"parameters": weight(3), "learning_rate": 0.2}], momentum=0.9)
    for twin in (copy.deepcopy(optimizer), pickle.loads(pickle.dumps(optimizer))):
        (p,) = twin.parameters
        p.grad = Tensor(np.ones(3))
        twin.step()
        np.testing.assert_allclose(p.data, 0.8)
    np.testing.assert_array_equal(optimizer.parameters[0].data, 1)
