"""What keeps readers out of a page: axe-core, run in a real browser, in both themes and at two widths."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).with_name("axe.min.js")
SCHEMES = ("light", "dark")
WIDTHS = (1400, 360)
COLOUR = "color-contrast"
"""The one rule that a theme changes, and the one that takes most of the time."""

# Everything is drawn: what is not drawn has no colour and no size.
_DRAWN = ".md-typeset * { content-visibility: visible !important; }"
# What the pages do once a part is drawn, or a font has come, they do before the next but one frame.
_SETTLED = """() => document.fonts.ready.then(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))"""
_FIND = """options => axe.run(document, options).then((found) => found.violations.flatMap((rule) =>
    rule.nodes.map(({ target, html }) =>
        `${rule.id}: ${target.join(" ")}: ${html.replace(/\\s+/g, " ").slice(0, 160)}`)))"""

# One element of every ink on every paper, in every size and weight, and all that is pressed or filled in:
# contrast is a matter of these, and a long page repeats a few of them ten thousand times.
_LOOKS = """() => {
    const found = new Map();
    const papers = new Map([[null, ""]]);
    const paper = (one) => {
        if (!papers.has(one)) {
            const { backgroundColor, backgroundImage, opacity } = getComputedStyle(one);
            const own = [backgroundColor, backgroundImage, opacity].join();
            const plain = own === "rgba(0, 0, 0, 0),none,1";
            papers.set(one, plain ? paper(one.parentElement) : `${paper(one.parentElement)} ${own}`);
        }
        return papers.get(one);
    };
    const text = (node) => node.nodeType === Node.TEXT_NODE && node.data.trim() !== "";
    const written = (one) => [...one.childNodes].some(text);
    for (const one of document.body.querySelectorAll("*")) {
        if (!one.checkVisibility()) continue;
        if (one.matches("button, input, select, textarea")) found.set(one, one);
        if (!written(one) || one.closest(".katex-mathml")) continue;
        const { color, fontSize, fontWeight } = getComputedStyle(one);
        const look = [color, fontSize, fontWeight, paper(one)].join();
        if (!found.has(look)) found.set(look, one);
    }
    return [...found.values()];
}"""
# Formulas are there twice, for the eye and as MathML; of the first the other rules need only the size.
_BOXED = """() => {
    const drawn = [...document.querySelectorAll(".katex-html[aria-hidden=true]")];
    const sizes = drawn.map((one) => one.getBoundingClientRect());
    for (const [at, one] of drawn.entries()) {
        const { width, height } = sizes[at];
        one.replaceChildren();
        one.style.cssText = `display: inline-block; padding: 0; width: ${width}px; height: ${height}px`;
    }
}"""
_FIND_COLOURS = _FIND.replace("document", f"{{ include: ({_LOOKS})() }}")


def options(only: Sequence[str] | None = None, without: Sequence[str] = ()) -> dict[str, Any]:
    """Return what axe is to look for: all that it calls a violation, the size of targets too."""
    chosen: dict[str, Any] = {"resultTypes": ["violations"]}
    if only is not None:
        return chosen | {"runOnly": list(only)}
    return chosen | {
        "rules": {"target-size": {"enabled": True}} | {one: {"enabled": False} for one in without}
    }


def violations(
    page: Any, chosen: dict[str, Any] | None = None, *, each_colour_once: bool = False
) -> list[str]:
    """Return what is wrong with the page that is open, a line each; empty where nothing is.

    Args:
        page: The page.
        chosen: The options of axe; all rules by default.
        each_colour_once: Look at contrast only once for every ink, paper, size and weight of the page, and at
            formulas as boxes: a third of the time.
    """
    page.add_style_tag(content=_DRAWN)
    page.evaluate(_SETTLED)
    page.evaluate(f"{SCRIPT.read_text(encoding='utf-8')}; 0")
    if not each_colour_once:
        return page.evaluate(_FIND, chosen or options())
    colours = page.evaluate(_FIND_COLOURS, options(only=[COLOUR]))
    page.evaluate(_BOXED)
    return colours + page.evaluate(_FIND, options(without=[COLOUR]))


@contextmanager
def opened(chromium: Any, scheme: str, width: int) -> Iterator[Any]:
    """Open a page of a browser for a theme and a width; the policy of the site would refuse the script."""
    context = chromium.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        bypass_csp=True,
        reduced_motion="reduce",
    )
    try:
        yield context.new_page()
    finally:
        context.close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def served(site: Path) -> Iterator[str]:
    """Serve a built site, since its 404 page needs an address; yields where."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def report(found: dict[str, list[str]]) -> str:
    """Return what was found, page by page."""
    return json.dumps({place: lines for place, lines in found.items() if lines}, indent=1, ensure_ascii=False)
