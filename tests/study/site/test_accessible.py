"""No page keeps a reader out, as far as axe-core can tell: both themes, wide and at 360 pixels.

Here: the pages of the entries, the hand-written ones and two of the reference, light and wide, then dark and
narrow. Contrast is looked at once for every ink, paper, size and weight of a page, and the long table with
three rows of every part, for all its rows have the same form.
`make audit` looks at every page in both themes, wide and narrow, with both engines.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from filelock import FileLock

pytestmark = pytest.mark.browser
REPOSITORY = Path(__file__).parents[3]
REFERENCE = ("api/foundations/autodiff/graph/", "api/foundations/nn/functional/")
BUILD = """
import sys
from pathlib import Path
from study.site import build
build(Path(sys.argv[1]), folder=Path(sys.argv[2]))
"""


def load_axe() -> ModuleType:
    spec = importlib.util.spec_from_file_location("axe", REPOSITORY / "tests/audit/axe.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


axe = load_axe()


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of this very checkout, built once for all workers."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    with FileLock(folder / "whole.lock"):
        if not (folder / "whole").is_dir():
            command = [sys.executable, "-c", BUILD, str(REPOSITORY), str(folder / "whole")]
            built = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
            assert built.returncode == 0, built.stderr
    return folder / "whole"


def looked_at(site: Path) -> list[str]:
    names = [path.parent.relative_to(site).as_posix() for path in site.rglob("index.html")]
    chosen = [f"{name}/".removeprefix("./") for name in names if not name.startswith("api/")]
    return sorted([*chosen, *(one for one in REFERENCE if (site / one).is_dir()), "404.html"])


def wrong(page: Any, address: str, site: Path) -> dict[str, list[str]]:
    found = {}
    for name in looked_at(site):
        page.goto(address + name, wait_until="load")
        page.locator(".lookup-row:nth-of-type(n + 4)").evaluate_all(
            "all => all.forEach((one) => one.remove())"
        )
        found[name] = axe.violations(page, each_colour_once=True)
    return {name: lines for name, lines in found.items() if lines}


@pytest.mark.parametrize(("scheme", "width"), [("light", 1400), ("dark", 360)])
def test_nothing_keeps_a_reader_out(whole: Path, plainly, chromium, scheme: str, width: int) -> None:
    with plainly(whole) as address, axe.opened(chromium, scheme, width) as page:
        assert axe.report(wrong(page, address, whole)) == "{}"


@pytest.mark.parametrize("engine", ["mkdocs", "zensical"])
def test_nothing_of_either_theme_does(visit, sites: dict[str, Path], plainly, chromium, engine: str) -> None:
    names = ("", "papers/coin/", "foundations/formulas/", "log/", "api/foundations/algebra/arithmetic/")
    found = {}
    with plainly(sites[engine]) as address:
        for width in axe.WIDTHS:
            with axe.opened(chromium, "light", width) as page:
                for name in names:
                    page.goto(address + name, wait_until="load")
                    found[f"{width} {name}"] = axe.violations(page)
    assert axe.report(found) == "{}"


BAD = """<main><h1>x</h1><img src="x.png"><p>read</p>
<p style="color:#bbb">pale</p><p style="color:#bbb">too</p>
<p style="background:#333">read <b>dark</b></p></main>"""


def test_what_keeps_readers_out_is_found(chromium) -> None:
    def found(**how: Any) -> list[str]:
        with axe.opened(chromium, "light", 1400) as page:
            page.set_content(BAD)
            return [line.split(":")[0] for line in axe.violations(page, **how)]

    assert set(found()) >= {"image-alt", "color-contrast"}
    assert found(chosen=axe.options(only=[axe.COLOUR])) == ["color-contrast"] * 4
    assert sorted(found(each_colour_once=True)) == sorted(found())[1:], "all but the second of the pale ones"


CODE = """all => all.map((code) => {
    const style = getComputedStyle(code);
    const inside = code.clientHeight - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom);
    const lines = code.textContent.replace(/\\n$/, "").split("\\n");
    const wide = lines.filter((line) => line.length > 88).length;
    const rows = Math.round(inside / parseFloat(style.lineHeight));
    return [code.scrollWidth - code.clientWidth, rows - lines.length, wide];
})"""


@pytest.mark.parametrize("width", [1200, 1400, 1920, 360])
def test_no_code_of_attention_is_cut(whole: Path, plainly, chromium, width: int) -> None:
    with plainly(whole) as address, axe.opened(chromium, "light", width) as page:
        page.goto(f"{address}papers/attention/", wait_until="load")
        blocks = page.locator(".md-typeset pre > code").evaluate_all(CODE)
        sideways = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
    assert len(blocks) > 10
    assert sideways <= 0
    assert max(over for over, _, _ in blocks) <= 0
    if width >= 1200:
        assert [
            one for one in blocks if one[1] > one[2]
        ] == []  # rows more than lines: only where they are wide
