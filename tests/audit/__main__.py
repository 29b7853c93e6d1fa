"""`make audit`: every page of the site, as both engines build it, in both themes and at two widths."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from itertools import product
from pathlib import Path

from playwright.sync_api import sync_playwright

from study.site import ENGINES, build
from tests.audit import axe

ROOT = Path(__file__).parents[2]


def pages(site: Path) -> list[Path]:
    """Return the pages of a built site, in order."""
    return sorted([*site.rglob("index.html"), site / "404.html"])


def main() -> int:
    """Build and look; return how many violations there are, at most 100."""
    parser = argparse.ArgumentParser(prog="python -m tests.audit", description=__doc__)
    parser.add_argument("--engine", choices=ENGINES, action="append", help="only this engine")
    parser.add_argument("--page", action="append", help="only pages whose path begins like this", default=[])
    parser.add_argument("--rule", action="append", help="only this rule of axe")
    parser.add_argument(
        "--thorough", action="store_true", help="look at the contrast of every single element"
    )
    parser.add_argument("--site", type=Path, help="a site that is built already")
    chosen = parser.parse_args()
    found = 0
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        path = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        for engine in chosen.engine or ENGINES:
            site = chosen.site or build(ROOT, engine=engine, folder=Path(folder) / engine).folder
            looked = [
                one
                for one in pages(site)
                if not chosen.page or one.relative_to(site).as_posix().startswith(tuple(chosen.page))
            ]
            with axe.served(site) as address:
                for scheme, width in product(axe.SCHEMES, axe.WIDTHS):
                    with axe.opened(browser, scheme, width) as page:
                        for one in looked:
                            name = one.relative_to(site).as_posix()
                            page.goto(address + name, wait_until="load")
                            if chosen.thorough or chosen.rule:
                                lines = axe.violations(page, axe.options(chosen.rule))
                            else:
                                lines = axe.violations(page, each_colour_once=True)
                            for line in lines:
                                found += 1
                                print(f"{engine} {scheme} {width} {name}: {line}", flush=True)
            print(
                f"{engine}: {len(looked)} pages, both themes, {axe.WIDTHS[0]} and {axe.WIDTHS[1]} pixels wide"
            )
        browser.close()
    print("No violation." if not found else f"{found} violations.")
    return min(found, 100)


if __name__ == "__main__":
    sys.exit(main())
