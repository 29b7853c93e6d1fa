"""What a reader sees: figures as images in a real browser, on both papers."""

import base64
import io
import shutil

import numpy as np
import pytest
from PIL import Image

from foundations.plotting import COLOURS, INKS, figure, heatmap, recolour, to_svg
from foundations.plotting.inks import MAPS

pytestmark = pytest.mark.browser

FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("there is no Chromium on this machine")
    with playwright.sync_playwright() as started:
        running = started.chromium.launch(executable_path=chromium, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def svg():
    fig, ax = figure(height=3)
    heatmap(ax, np.array([[0.0, 1.0]]), square=False)
    ax.axhspan(0.5, 1, color=COLOURS[1])
    ax.set_ylim(1, -0.5)
    return to_svg(fig)


def pixels(browser, svg: str, scheme: str) -> np.ndarray:
    """Take a picture of the figure as a page shows it, shape (height, width, 3)."""
    page = browser.new_page(color_scheme=scheme)
    code = base64.b64encode(svg.encode()).decode()
    page.set_content(f'<body style="margin:0"><img src="data:image/svg+xml;base64,{code}">')
    picture = Image.open(io.BytesIO(page.locator("img").screenshot())).convert("RGB")
    page.close()
    return np.asarray(picture).astype(int)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("fixed", [False, True])
def test_the_figure_has_the_colours_of_the_scheme(browser, svg, scheme, fixed):
    # A page that fixed the scheme keeps it, whatever the reader's system says.
    system = {"light": "dark", "dark": "light"}[scheme] if fixed else scheme
    picture = pixels(browser, recolour(svg, scheme) if fixed else svg, system)
    lowest, *_, highest = MAPS["sequential"][scheme == "dark"]
    for colour in (getattr(INKS["paper"], scheme), getattr(INKS["orange"], scheme), lowest, highest):
        near = np.abs(picture - list(bytes.fromhex(colour[1:]))).max(axis=2) <= 1  # filters round down
        assert near.mean() > 0.01, colour
