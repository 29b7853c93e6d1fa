"""How long the reader waits for a page: `python -m benchmarks.bench_pages`.

Medians of a fresh browser that loads the page from the server of `study serve` on this machine, nothing
cached: when the first words show, when everything is loaded, and how long the browser was busy in pieces of
more than 50 ms. The weights are those of the files, packed as any server on the web would send them.
"""

from __future__ import annotations

import argparse
import gzip
import shutil
import tempfile
import threading
from pathlib import Path
from statistics import median
from typing import Any

from study.files.checkout import find_root
from study.site import build
from study.site.serving import Server

PAGES = (
    "",
    "papers/attention/",
    "foundations/matrix_calculus/",
    "foundations/autodiff/",
    "log/",
    "api/foundations/autodiff/tensor/",
)
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
WATCH = """window.busy = 0; new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) window.busy += duration;
}).observe({ type: "longtask", buffered: true });"""
TIMES = """() => {
    const [load] = performance.getEntriesByType("navigation");
    const [first] = performance.getEntriesByName("first-contentful-paint");
    return [first?.startTime ?? 0, load.loadEventEnd, window.busy, document.querySelectorAll("*").length];
}"""


def loaded(browser: Any, address: str) -> tuple[list[float], int]:
    """Load a page in a fresh browser; return its times in ms with its elements, and the bytes that came."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    try:
        page = context.new_page()
        came: list[Any] = []
        page.on("requestfinished", lambda one: came.append(one))  # noqa: PLW0108 (it marks what it is given)
        page.add_init_script(WATCH)
        page.goto(address, wait_until="load")
        page.wait_for_load_state("networkidle")
        return page.evaluate(TIMES), sum(one.sizes()["responseBodySize"] for one in came)
    finally:
        context.close()


def measure(site: Path, root: Path, repeats: int) -> None:
    """Print the table of a built site."""
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("google-chrome")
    print(
        f"{'page':<36}{'HTML':>9}{'packed':>9}{'all':>9}{'elements':>10}{'words':>9}{'loaded':>9}{'busy':>9}"
    )
    with sync_playwright() as playwright, Server(root, site, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        for name in PAGES:
            file = site / name / "index.html"
            if not file.is_file():
                continue
            content = file.read_bytes()
            loaded(browser, server.address + name)  # does not count: the files come from the disk
            turns = [loaded(browser, server.address + name) for _ in range(repeats)]
            first, end, busy, elements = (median(one[0][at] for one in turns) for at in range(4))
            weights = (len(content), len(gzip.compress(content, 6)), turns[-1][1])
            shown = "".join(f"{weight / 1000:6.0f} kB" for weight in weights)
            print(f"{name or 'home':<36}{shown}{elements:10.0f}{first:6.0f} ms{end:6.0f} ms{busy:6.0f} ms")
        browser.close()
        server.shutdown()


def main() -> None:
    """Build the site, unless one is given, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7, help="loads of each page, 7 by default")
    parser.add_argument("--site", type=Path, help="a site that is built already")
    chosen = parser.parse_args()
    root = find_root(Path(__file__).parent)
    with tempfile.TemporaryDirectory() as folder:
        site = chosen.site or build(root, folder=Path(folder) / "site").folder
        measure(site, root, chosen.repeats)


if __name__ == "__main__":
    main()
