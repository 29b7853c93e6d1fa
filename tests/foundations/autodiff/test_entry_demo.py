import subprocess
import sys

import numpy as np
import pytest

from foundations.autodiff import Tensor, demo, demo_networks, ops
from foundations.autodiff.demo_mlp import MLP
from foundations.demo_report import Report
from foundations.plotting import to_svg


@pytest.mark.parametrize("draw", [demo.expression, demo.derivative_of_a_derivative])
def test_drawings_are_the_same_bytes_every_time(tmp_path, draw):
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        draw(Report(), tmp_path / name)
    (first,), (second,) = ((tmp_path / name).iterdir() for name in ("first", "second"))
    assert first.read_bytes() == second.read_bytes()


def test_costs_are_those_that_theory_counts():
    counts = demo.products()
    sizes = np.array([64 * 64, 64 * 64, 64 * 10])
    expected = {
        "value": 1,
        "gradient": 2,
        "by the weights": 2 + sizes[1:].sum() / sizes.sum(),
        "J v": 3,
        "H v": 4,
        "Jacobian, 10 × 64": 1 + 10,
        "Hessian, 64 × 64": 2 + 2 * 64,
    }
    assert counts == {name: round(float(count), 2) for name, count in expected.items()}


def test_memory_falls_as_the_pass_goes_unless_it_is_retained():
    freed, retained = (demo.memory(demo._watched_tanh, retain) for retain in (False, True))
    assert len(freed) == len(retained) == 60
    assert freed[:30] == retained[:30]
    np.testing.assert_allclose(np.diff(freed[1:30]), 1)  # an array of a million bytes each
    np.testing.assert_allclose(np.diff(freed[32:]), -1)
    np.testing.assert_allclose(np.diff(retained[32:]), 0)
    assert max(demo.memory(demo._watched_shift, False)) == 3  # x, y and the next


def test_the_watched_functions_and_the_counted_product_are_what_they_stand_for(rng):
    x, y = Tensor(rng.standard_normal((2, 3)), True), Tensor(rng.standard_normal((2, 3)), True)
    for ours, theirs in (
        (demo._watched_tanh, ops.tanh),
        (demo._watched_shift, lambda x: x + 1),
        (lambda x: demo.counted(x, np.ones((3, 5))), lambda x: x @ np.ones((3, 5))),
    ):
        values = []
        for f, at in ((ours, x), (theirs, y)):
            at.data[...] = 0.3
            at.grad = None
            f(at).sum().backward()
            assert at.grad is not None
            values.append(at.grad.data)
        np.testing.assert_allclose(*values)


def test_a_mended_digit_is_read_right_and_one_that_is_right_stays(rng):
    model = MLP([4, 3], rng=rng)
    x = rng.standard_normal((20, 4)).astype(np.float32)
    read = model(x).numpy().argmax(1)
    wanted = np.where(np.arange(20) < 10, read, (read + 1) % 3)
    slope = demo_networks._slope(model, x, wanted, read)
    W = model.weights[0].data
    np.testing.assert_allclose(slope, (W[:, wanted] - W[:, read]).T, rtol=1e-5)
    corrected = demo_networks._least_correction(model, x, wanted, slope)
    np.testing.assert_array_equal(corrected[:10], x[:10])
    moved = np.abs(corrected[10:] - x[10:]).max(1)
    right = model(corrected[10:]).numpy().argmax(1) == wanted[10:]
    assert ((moved > 0) & (right | (moved > 1.9 * np.abs(slope[10:]).max(1)))).all()
    assert right.sum() >= 5  # a third class may come between


def test_a_boundary_is_drawn_where_the_data_stand(rng):
    """The belief of a model that knows the answer has its colours on the points of those colours."""
    from foundations import plotting

    model = MLP([2, 2], rng=rng)
    model.weights[0].data[...] = [[0, 0], [-9, 9]]  # class 1 where the second coordinate is positive
    x = np.array([[0.0, 2.0], [0.5, -2.0]], np.float32)
    fig, ax = plotting.figure()
    demo_networks._draw_belief(ax, model, x, np.array([1, 0]))
    (belief,) = (image.get_array() for image in ax.get_images())
    below, above = (points.get_offsets()[0] for points in ax.collections)
    for (column, row), sign in ((below, -1), (above, 1)):
        assert np.sign(belief[round(row), round(column)]) == sign
    assert "svg" in to_svg(fig)


def test_importing_the_engine_imports_no_figures_and_no_demo():
    demos = [
        f"foundations.autodiff.{name}"
        for name in ("demo", "demo_networks", "drawing", "expression", "demo_mlp")
    ]
    absent = ["matplotlib", "foundations.plotting", "foundations.data", *demos]
    code = f"import sys, foundations.autodiff; print([name for name in {absent} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
