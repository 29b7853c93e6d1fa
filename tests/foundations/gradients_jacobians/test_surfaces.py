"""The shared surfaces and maps against the same formulas in PyTorch: values and every derivative."""

import numpy as np
import pytest
import torch

from foundations import gradients_jacobians as gj
from foundations.autodiff import hessian, jacobian
from foundations.gradients_jacobians.surfaces import HILLS

TORCH = {
    "hills": lambda x, y: sum(
        h * torch.exp(-((x - a) ** 2 + (y - b) ** 2) / (2 * w**2)) for h, a, b, w in HILLS
    ),
    "bowl": lambda x, y: x**2 + x * y + y**2,
    "saddle": lambda x, y: x**2 - y**2,
    "monkey saddle": lambda x, y: x**3 - 3 * x * y**2,
    "Himmelblau": lambda x, y: (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2,
    "Rosenbrock": lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2,
    "swirl": lambda x, y: turned(x, y, 2 * torch.exp(-(x**2) - y**2)),
    "polar coordinates": lambda r, t: (r * torch.cos(t), r * torch.sin(t)),
    "complex square": lambda x, y: (x**2 - y**2, 2 * x * y),
    "waves": lambda x, y: (x + torch.sin(2 * y) / 2, y + torch.sin(2 * x) / 2),
    "fold": lambda x, y: (x, y**2 - x / 2),
    "shear": lambda x, y: (x + y / 2, x / 4 + y),
}
POINTS = np.random.default_rng(4).uniform(-1.5, 1.5, (4, 2))


def turned(x, y, angle):
    return x * torch.cos(angle) - y * torch.sin(angle), x * torch.sin(angle) + y * torch.cos(angle)


def in_torch(name):
    def f(x):
        y = TORCH[name](x[0], x[1])
        return torch.stack(y) if isinstance(y, tuple) else y

    return f


@pytest.mark.parametrize("name", [*gj.SURFACES, *gj.MAPS])
def test_values_and_derivatives(name):
    surface = gj.SURFACES.get(name)
    f, twin = (surface or gj.MAPS[name]).f, in_torch(name)
    for point in POINTS:
        x = torch.tensor(point, dtype=torch.float64)
        np.testing.assert_allclose(f(point), twin(x), rtol=1e-13, atol=1e-13)
        slopes = torch.autograd.functional.jacobian(twin, x)
        np.testing.assert_allclose(jacobian(f, point).numpy(), slopes, rtol=1e-12, atol=1e-12)
        if surface:
            curvatures = torch.autograd.functional.hessian(twin, x)
            np.testing.assert_allclose(hessian(f, point).numpy(), curvatures, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("one", [*gj.SURFACES.values(), *gj.MAPS.values()], ids=lambda one: one.name)
def test_they_act_along_the_last_axis(one):
    points = np.random.default_rng(5).uniform(-1, 1, (3, 5, 2))
    rows = np.array([[one.f(point) for point in row] for row in points])
    np.testing.assert_allclose(one.f(points), rows, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("one", gj.MAPS.values(), ids=lambda one: one.name)
def test_images_of_windows_fit(one):
    (left, right), (low, high) = one.window
    grid = np.stack(np.meshgrid(np.linspace(left, right, 50), np.linspace(low, high, 50)), axis=-1)
    image = one.f(grid)
    for axis, (start, end) in enumerate(one.image):
        assert start <= image[..., axis].min()
        assert image[..., axis].max() <= end
