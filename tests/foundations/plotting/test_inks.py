"""Colours: readable on their paper, apart for every eye, and in order."""

import itertools
from typing import Literal

import numpy as np
import pytest

from foundations.plotting import COLOURS, INKS, FigureError, shades
from foundations.plotting.inks import MAPS

SCHEMES = ("light", "dark")


def square(numbers: str) -> np.ndarray:
    return np.array(numbers.split(), dtype=float).reshape(3, 3)


# Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB.
VISION = {
    "trichromat": np.eye(3),
    "protanope": square(
        "0.152286 1.052583 -0.204868 0.114503 0.786281 0.099216 -0.003882 -0.048116 1.051998"
    ),
    "deuteranope": square("0.367322 0.860646 -0.227968 0.280085 0.672501 0.047413 -0.01182 0.04294 0.968881"),
    "tritanope": square("1.255528 -0.076749 -0.178779 -0.078411 0.930809 0.147602 0.004733 0.691367 0.3039"),
}

# Ottosson 2020: linear RGB to the cones, and the cube roots of those to lightness and two hues.
CONES = square(
    "0.4122214708 0.5363325363 0.0514459929 0.2119034982 0.6806995451 0.1073969566 "
    "0.0883024619 0.2817188376 0.6299787005"
)
OKLAB = square(
    "0.2104542553 0.793617785 -0.0040720468 1.9779984951 -2.428592205 0.4505937099 "
    "0.0259040371 0.7827717662 -0.808675766"
)


def rgb(colour: str) -> np.ndarray:
    return np.array(list(bytes.fromhex(colour[1:]))) / 255


def linear(x: np.ndarray) -> np.ndarray:
    return np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)


def luminance(x: np.ndarray) -> np.ndarray:
    return linear(x) @ (0.2126, 0.7152, 0.0722)


def contrast(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Contrast ratio of WCAG 2, 1 to 21."""
    one, other = luminance(x) + 0.05, luminance(y) + 0.05
    return np.maximum(one, other) / np.minimum(one, other)


def oklab(light: np.ndarray) -> np.ndarray:
    """Coordinates in which equal distances look equal, times 100, of linear RGB."""
    return 100 * OKLAB @ np.cbrt(CONES @ np.clip(light, 0, 1))


def values(scheme: Literal["light", "dark"], *names: str) -> list[np.ndarray]:
    return [rgb(getattr(INKS[name], scheme)) for name in names]


KINDS = [next(name for name, ink in INKS.items() if ink.light == colour) for colour in COLOURS]
SHADES = [name for name in INKS if name.startswith("shade-")]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    ("names", "least"), [(["ink", "soft"], 5.5), (KINDS, 3.0), (SHADES, 3.0), (["line"], 1.2)], ids=str
)
def test_every_ink_stands_out_from_its_paper(scheme, names, least):
    (paper,) = values(scheme, "paper")
    for name in names:
        assert contrast(*values(scheme, name), paper) >= least, name


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("eye", VISION)
@pytest.mark.parametrize(("count", "least"), [(4, 14), (6, 9)])
def test_kinds_stay_apart_for_every_eye(scheme, eye, count, least):
    seen = [oklab(VISION[eye] @ linear(colour)) for colour in values(scheme, *KINDS[:count])]
    distance = min(np.linalg.norm(one - other) for one, other in itertools.combinations(seen, 2))
    assert distance >= least


@pytest.mark.parametrize("scheme", SCHEMES)
def test_shades_go_away_from_the_paper_step_by_step(scheme):
    (paper,) = values(scheme, "paper")
    steps = [float(contrast(shade, paper)) for shade in values(scheme, *SHADES)]
    assert np.all(np.diff(steps) > 0.8)


@pytest.mark.parametrize("count", range(1, 8))
def test_shades_are_distinct_and_end_with_the_fullest(count):
    chosen = shades(count)
    assert len(set(chosen)) == count
    assert chosen[-1] == INKS["shade-7"].light
    assert list(chosen) == sorted(chosen, key=lambda colour: -luminance(rgb(colour)))


@pytest.mark.parametrize("count", [0, 8])
def test_too_many_shades_are_refused(count):
    with pytest.raises(FigureError, match=f"there are 1 to 7 shades, {count} were asked for"):
        shades(count)


def ramp(kind: str, scheme: str) -> tuple[np.ndarray, np.ndarray]:
    """Levels from 0 to 1 and the colours that the filter makes of them."""
    stops = np.array([rgb(stop) for stop in MAPS[kind][SCHEMES.index(scheme)]])
    levels = np.linspace(0, 1, 201)
    places = np.linspace(0, 1, len(stops))
    return levels, np.stack([np.interp(levels, places, column) for column in stops.T], axis=1)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("kind", MAPS)
def test_maps_are_in_order_and_start_from_the_paper(kind, scheme):
    _, colours = ramp(kind, scheme)
    away = contrast(colours, values(scheme, "paper")[0])
    middle = len(away) // 2 if kind == "diverging" else 0
    assert away[middle] < 1.2
    assert np.all(np.diff(away[middle + 4 :]) > 0)
    assert away[-1] > 9
    if kind == "diverging":
        assert np.all(np.diff(away[: middle - 4]) < 0)
        assert away[0] > 9


@pytest.mark.parametrize("scheme", SCHEMES)
def test_both_ends_of_a_diverging_map_differ_for_every_eye(scheme):
    levels, colours = ramp("diverging", scheme)
    for eye in VISION.values():
        for distance in (0.2, 0.3):
            low, high = (
                oklab(eye @ linear(colours[np.argmin(abs(levels - 0.5 - d))])) for d in (-distance, distance)
            )
            assert np.linalg.norm(low - high) > 12


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("kind", ["sequential", "diverging"])
def test_numbers_can_be_read_on_every_cell(kind, scheme):
    from foundations.plotting import INK, figure, heatmap

    levels, colours = ramp(kind, scheme)
    _, ax = figure()
    heatmap(ax, levels[None], kind=kind, low=0, high=1, values=".2f")
    for text, colour in zip(ax.texts, colours, strict=True):
        (on,) = values(scheme, "ink" if text.get_color() == INK else "paper")
        assert contrast(on, colour) >= 3.2
