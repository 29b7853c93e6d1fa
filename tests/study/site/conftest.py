"""The toy knowledge base as a site: built once by each engine, served as somebody publishes it."""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from filelock import FileLock

REPOSITORY = Path(__file__).parents[3]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

FORMULAS = r"""
## Numbered, $\sqrt{d_k}$ and all

By (1), and by (2) at length, within a line $a_1 < b$ and $`c_2`$, five dollars are \$5,
and a coin costs $5 or $10.

$$
\operatorname{Attention}(Q, K, V) = \operatorname{softmax}\!\left(\frac{QK^\top}{\sqrt{d_k}}\right) V \tag{1}
$$

<!-- source: foundations/algebra/arithmetic.py::Halver.halve -->
```python
@staticmethod
def halve(x):
    return Halver.factor * x
```

$$
\sum_{i=1}^{n} x_i + \sum_{i=1}^{n} y_i + \sum_{i=1}^{n} z_i + \sum_{i=1}^{n} a_i + \sum_{i=1}^{n} b_i
+ \sum_{i=1}^{n} c_i + \sum_{i=1}^{n} d_i + \sum_{i=1}^{n} e_i + \sum_{i=1}^{n} f_i \tag{2}
$$

| Symbol | Meaning of the symbol, at such length that the table is wider than a telephone | Code |
|---|---|---|
| $\|x\|$ | the size of the thing, which can be negative | `np.abs(the_thing_itself_and_nothing_else)` |

- an item with $$E = mc^2$$ in it

!!! note "A note"
    Inside: $\alpha$.

<details><summary>Answer with $\beta$</summary>

Folded: $\gamma$.

</details>

<!-- interactive: surface.js -->
![A surface and its level lines](figures/tangent.svg)

*Move the point.*

<!-- interactive: map.js -->
![A grid before and after](figures/jacobian.svg)

*Move this point, too.*

<!-- interactive: attention.js -->
![Heat maps of four heads](figures/live.svg)

*Type digits.*

<!-- interactive: regression.js -->
![Points, a line and its band](figures/posterior_band.svg)

*Drag a point.*

<!-- interactive: digit.js -->
![A seven with what units see](figures/field.svg)

*Draw a digit.*

<!-- interactive: classes.js -->
![Twelve points of two classes](figures/two_classes.svg)

*Drag a point.*

<!-- interactive: writing.js -->
![Heads over a line of a play](figures/writing.svg)

*Type.*

<!-- interactive: boosting.js -->
![A step function through points](figures/gains.svg)

*Add trees.*

<!-- interactive: diffusion.js -->
![Pictures at a time, and what the network takes them to be](figures/chain.svg)

*Move through time.*

<!-- interactive: distil.js -->
![A digit, its soft targets and a confusion matrix](figures/dark.svg)

*Change the temperature.*

<!-- interactive: depth.js -->
![Curves of plain and residual networks](figures/live.svg)

*Move the depth.*

<!-- interactive: latent.js -->
![A digit, its ellipse and what is decoded](figures/manifold.svg)

*Draw a digit here.*

<!-- interactive: rounding.js -->
![Weights on a grid, and the error of every channel](figures/ties.svg)

*Choose the bits.*

<!-- interactive: shifted.js -->
![A cloud of products over PMI, and a map of words](figures/groups.svg)

*Let the cloud fall.*

<!-- interactive: mixture.js -->
![Three documents, and four answers under two models](figures/swap.svg)

*Move the scores.*

<!-- interactive: gating.js -->
![Eight experts on the plane, and the points each got](figures/experts_live.svg)

*Weigh both losses.*

<!-- interactive: search.js -->
![Five sections for a question](figures/sections.svg)

*Ask.*

<!-- interactive: lowrank.js -->
![Singular values, accuracy by rank and first gradients](figures/updates_live.svg)

*Choose the rank.*

<!-- interactive: guided.js -->
![Three clouds, and digits by class](figures/guided_live.svg)

*Change the scale.*
"""
PLAYED = (
    "foundations/gradients_jacobians",
    "implementations/cnn",
    "papers/attention",
    "implementations/linear_regression",
    "implementations/logistic_regression",
    "implementations/gradient_boosting",
    "implementations/transformer",
    "implementations/ddpm",
    "papers/distillation",
    "papers/resnet",
    "papers/vae",
    "papers/quantization",
    "papers/word_vectors",
    "papers/rag",
    "papers/moe",
    "papers/lora",
    "papers/diffusion",
)


def load_toy() -> ModuleType:
    """Return the module that writes the toy knowledge base."""
    spec = importlib.util.spec_from_file_location("toy_base", REPOSITORY / "tests/study/toy.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def furnish(base: Any) -> Any:
    """Give a knowledge base what the site needs: configuration, hand-written pages, a page of formulas."""
    shared = base.read("docs/references.bib")
    shutil.copytree(REPOSITORY / "docs", base.path("docs"), dirs_exist_ok=True)
    base.write(
        "docs/references.bib", (REPOSITORY / "docs/references.bib").read_text(encoding="utf-8") + shared
    )
    base.write("mkdocs.yml", (REPOSITORY / "mkdocs.yml").read_bytes())
    base.write("study/site/hook.py", (REPOSITORY / "study/site/hook.py").read_bytes())
    shutil.copytree(REPOSITORY / "study/site/theme", base.path("study/site/theme"))
    base.write("pages/.gitignore", "*\n")
    base.add("foundations", "formulas", requires="algebra", body=FORMULAS)
    formulas = base.path("foundations/formulas")
    for entry in PLAYED:
        for folder in ("interactive", "figures", "weights"):
            if (REPOSITORY / entry / folder).is_dir():
                shutil.copytree(REPOSITORY / entry / folder, formulas / folder, dirs_exist_ok=True)
    return base


def python(root: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Run Python for a checkout, in a process of its own: a build imports the code of the checkout."""
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"}
    command = [sys.executable, "-c", code, str(root)]
    return subprocess.run(
        command, cwd=REPOSITORY, capture_output=True, text=True, check=False, env=environment
    )


BUILD = """
import sys
from pathlib import Path
from study.files.errors import StudyError
from study.site import build
try:
    print(build(Path(sys.argv[1]), engine={engine!r}).folder)
except StudyError as error:
    sys.exit(f"StudyError: {{error}}")
"""


def build(root: Path, engine: str) -> subprocess.CompletedProcess[str]:
    """Build the site strictly; errors of ours are on stderr after `StudyError: `."""
    return python(root, BUILD.format(engine=engine))


@pytest.fixture(scope="session")
def strictly() -> Callable[[Path, str], subprocess.CompletedProcess[str]]:
    """Return the function that builds a checkout strictly, with an engine."""
    return build


MEASURE = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from conftest import load_toy
from study import doctor
load_toy().Base(Path(sys.argv[1])).measure()
doctor.fix(Path(sys.argv[1]))
"""


@pytest.fixture
def toy(tmp_path: Path) -> Any:
    """A fresh toy knowledge base with what the site needs."""
    return furnish(load_toy().build(tmp_path / "base"))


@pytest.fixture(scope="session")
def measured_toy(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The toy with results and its site by each engine, made once for all workers; tests only read it."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    root, done = folder / "measured-toy", folder / "measured-toy.done"
    with FileLock(folder / "measured-toy.lock"):
        if not done.exists():
            base = furnish(load_toy().build(root))
            for item in ("First pass: what is claimed", "Second pass: the method, pen in hand"):
                base.edit(
                    "papers/coin/checklist.md", f"[ ] {item}", f"[x] {item} ✅ 2026-01-05"
                )  # the keeper's
            measured = python(root, MEASURE.format(tests=str(Path(__file__).parent)))
            assert measured.returncode == 0, measured.stderr
            for engine in ("zensical", "mkdocs"):
                built = build(root, engine)
                assert built.returncode == 0, built.stderr
                shutil.move(base.path("site"), base.path(f"built-{engine}"))
            done.touch()
    return load_toy().Base(root)


@pytest.fixture(scope="session")
def sites(measured_toy: Any) -> dict[str, Path]:
    """The site of the toy as each engine built it."""
    return {engine: measured_toy.path(f"built-{engine}") for engine in ("mkdocs", "zensical")}


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def serve_plainly(folder: Path) -> Iterator[str]:
    """Serve a folder as any server of files does; yields its address."""
    handler = functools.partial(Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="session")
def plainly() -> Callable[[Path], AbstractContextManager[str]]:
    """Return the function that serves a folder as any server of files does."""
    return serve_plainly


@pytest.fixture(scope="session")
def another(measured_toy: Any) -> Callable[[Path], Any]:
    """Return the function that writes the toy with its results, without its sites, into a folder."""

    def write(folder: Path) -> Any:
        shutil.copytree(measured_toy.root, folder, ignore=shutil.ignore_patterns("built-*"))
        return load_toy().Base(folder)

    return write


@pytest.fixture(scope="session")
def published(sites: dict[str, Path]) -> Iterator[Callable[[str], str]]:
    """Return the address of the site as somebody publishes it: below a folder of a plain server."""
    with serve_plainly(sites["mkdocs"].parent) as address:
        yield lambda engine: f"{address}built-{engine}/"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A real browser; without one the test is skipped, or fails where one is required."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    try:
        from playwright.sync_api import expect, sync_playwright
    except ImportError:
        path = None
    if path is None:
        reason = "no browser: install chromium, and playwright from the extra `test`"
        if os.environ.get("ML_FOUNDATIONS_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    expect.set_options(timeout=30_000)  # a busy machine is slow, and no test is about how slow
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


class Visit:
    """A browser with one reader: fresh storage, and a record of all that went wrong."""

    def __init__(self, chromium: Any, address: str, **options: Any):
        self.address = address
        self.scripted = options.get("java_script_enabled", True)
        self.context = chromium.new_context(**{"viewport": {"width": 1280, "height": 800}} | options)
        self.page = self.context.new_page()
        self.wrong: list[str] = []
        self.asked: list[str] = []
        self.context.on("request", lambda request: self.asked.append(request.url))
        self.context.on("requestfailed", self._failed)
        self.context.on(
            "response", lambda one: one.status >= 400 and self.wrong.append(f"{one.status}: {one.url}")
        )
        self.context.on(
            "console", lambda one: one.type in ("error", "warning") and self.wrong.append(one.text)
        )
        self.context.on("weberror", lambda one: self.wrong.append(str(one.error)))

    def _failed(self, request: Any) -> None:
        if request.failure != "net::ERR_ABORTED":  # by leaving the page while it loads
            self.wrong.append(f"failed: {request.url}")

    def go(self, path: str = "") -> Any:
        self.page.goto(self.address + path, wait_until="load")
        if self.scripted:
            from playwright.sync_api import expect

            expect(self.page.locator(".items input:disabled")).to_have_count(0)
        return self.page

    def ticks(self) -> dict[str, Any]:
        text = self.page.evaluate("localStorage.getItem('ml-foundations:ticks')")
        return json.loads(text)["entries"] if text else {}


@pytest.fixture
def visitor(chromium: Any) -> Iterator[Callable[..., Visit]]:
    """Return the function that opens a fresh browser at an address."""
    visits: list[Visit] = []

    def start(address: str, **options: Any) -> Visit:
        visits.append(Visit(chromium, address, **options))
        return visits[-1]

    yield start
    for one in visits:
        one.context.close()


@pytest.fixture
def visit(visitor: Callable[..., Visit], published: Callable[[str], str]) -> Callable[..., Visit]:
    """Return the function that opens a fresh browser at the published site, of either engine."""
    return lambda engine="mkdocs", **options: visitor(published(engine), **options)
