"""The built site: strict with both engines, the same in both, every link leading somewhere."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin

import pytest

from study.files.errors import StudyError
from study.site import building

ENGINES = ("mkdocs", "zensical")


def pages(site: Path) -> dict[str, str]:
    return {
        path.relative_to(site).as_posix(): path.read_text(encoding="utf-8") for path in site.rglob("*.html")
    }


def article(page: str) -> str:
    found = re.search(r"<article.*?</article>", page, re.DOTALL)
    assert found
    return found[0].replace(" data-search-exclude", "")  # Zensical takes it away once it has served


@pytest.mark.parametrize("engine", ENGINES)
def test_every_link_and_anchor_leads_somewhere(sites: dict[str, Path], engine: str) -> None:
    site = sites[engine]
    listed = pages(site)
    anchors = {name: set(re.findall(r'\sid="([^"]+)"', page)) for name, page in listed.items()}
    broken = []
    for name, page in listed.items():
        if name == "404.html":  # made for the root of a server
            continue
        for target in re.findall(r'\s(?:href|src)="([^"]*)"', page):
            if re.match(r"(https?|mailto|data|javascript):", target):
                continue
            address, anchor = urldefrag(urljoin(f"http://x/{name}", target.replace("&amp;", "&")))
            path = unquote(address.removeprefix("http://x/"))
            path = f"{path}index.html" if not path or path.endswith("/") else path
            known = anchors.get(path)
            if not (site / path).is_file() or (anchor and known and unquote(anchor) not in known):
                broken.append(f"{name}: {target}")
    assert broken == []


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_is_loaded_from_elsewhere(sites: dict[str, Path], engine: str) -> None:
    for name, page in pages(sites[engine]).items():
        loaded = re.findall(
            r"<(?:script|img|iframe|source)[^>]*\ssrc=\"([^\"]+)\"|<link[^>]*\shref=\"([^\"]+)\"", page
        )
        for target in ("".join(one) for one in loaded):
            assert not re.match(r"(https?:)?//", target), f"{name} loads {target}"
    for sheet in sites[engine].rglob("assets/css/*.css"):
        assert "http" not in re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)


def test_both_engines_publish_the_same_pages(sites: dict[str, Path]) -> None:
    ours, theirs = (set(pages(sites[engine])) for engine in ENGINES)
    assert ours == theirs


def test_both_engines_publish_the_same_formulas_and_words(sites: dict[str, Path]) -> None:
    ours, theirs = (pages(sites[engine]) for engine in ENGINES)
    for name in ours:
        if name == "404.html":
            continue
        formulas = [
            re.findall(r"<math(?: [^>]*)?>.*?</math>", article(one[name]), re.DOTALL)
            for one in (ours, theirs)
        ]
        assert formulas[0] == formulas[1], name
        words = [
            " ".join(
                re.sub(
                    r"<[^>]+>", " ", re.sub(r"<script.*?</script>", "", article(one[name]), flags=re.DOTALL)
                ).split()
            )
            for one in (ours, theirs)
        ]
        assert words[0] == words[1], name


def test_there_are_formulas_in_every_place_they_were_written(sites: dict[str, Path]) -> None:
    page = article(pages(sites["mkdocs"])["foundations/formulas/index.html"])
    found = [
        re.sub(r"<[^>]+>", "", one) for one in re.findall(r"<math(?: [^>]*)?>.*?</math>", page, re.DOTALL)
    ]
    for wanted in ("a1&lt;b", "c2", "∣x∣", "E=mc2", "α", "β", "γ", "dk"):
        assert wanted in found, wanted
    assert any("(1)" in one for one in found)
    assert "<annotation" not in page  # read by the search, and then no longer needed
    index = json.loads((sites["mkdocs"] / "search" / "search_index.json").read_text(encoding="utf-8"))
    assert any(r"\sqrt{d_k}" in one["text"] for one in index["docs"])
    visible = re.sub(
        r"<math(?: [^>]*)?>.*?</math>|<code.*?</code>|<script.*?</script>", "", page, flags=re.DOTALL
    )
    assert re.findall(r"\$[^\s<]*", visible) == ["$5,", "$5", "$10."]


def test_a_method_fence_links_to_the_reference_of_its_definition(sites: dict[str, Path]) -> None:
    page = article(pages(sites["mkdocs"])["foundations/formulas/index.html"])
    target = "../../api/foundations/algebra/arithmetic/#foundations.algebra.arithmetic.Halver.halve"
    assert re.search(rf'<a [^>]*href="{re.escape(target)}"', page)


FORMULA = (
    "papers/coin/notes.md",
    "1. Flip it twice.",
    "1. Flip $\\it{ twice$.",
    r"papers/coin/notes\.md:52: KaTeX cannot read a formula: Expected '}'",
)
DOCSTRING = (
    "papers/coin/flip.py",
    "Return n flips,",
    r"Return $\\wrong$ flips,",
    r"papers/coin/flip\.py:5: KaTeX cannot read a formula: Undefined control sequence: \\wrong",
)
LINK = (
    "docs/guides/claims.md",
    "## Verdicts",
    "[a](nowhere.md)\n\n## Verdicts",
    r".*nowhere|.*page does not exist",
)


@pytest.mark.parametrize(
    ("engine", "case"),
    [("mkdocs", FORMULA), ("zensical", FORMULA), ("mkdocs", DOCSTRING), ("mkdocs", LINK), ("zensical", LINK)],
)
def test_what_is_wrong_is_said_in_two_lines(toy, strictly, engine: str, case: tuple[str, ...]) -> None:
    file, old, new, said = case
    toy.edit(file, old, new)
    done = strictly(toy.root, engine)
    assert done.returncode == 1
    lines = done.stderr.strip().splitlines()
    assert len(lines) <= 2, done.stderr
    assert re.match(rf"StudyError: (The site was not built: )?({said})", lines[0]), done.stderr


def test_plain_mkdocs_builds_a_clean_checkout(toy) -> None:
    command = [sys.executable, "-P", "-m", "mkdocs", "build", "--strict", "--quiet"]
    done = subprocess.run(command, cwd=toy.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert toy.path("site/papers/coin/index.html").is_file()


def test_plain_mkdocs_reports_a_formula_without_a_traceback(toy) -> None:
    toy.edit("papers/coin/notes.md", "1. Flip it twice.", "1. Flip $\\wrong$.")
    command = [sys.executable, "-P", "-m", "mkdocs", "build", "--strict", "--quiet"]
    done = subprocess.run(command, cwd=toy.root, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "papers/coin/notes.md:52: KaTeX cannot read a formula" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_engine_is_misuse(toy) -> None:
    from study.site import build as build_here

    with pytest.raises(StudyError, match="choose mkdocs or zensical") as caught:
        build_here(toy.root, engine="jekyll")  # type: ignore[arg-type]
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(("crashes", "tries", "stands"), [(0, 1, True), (2, 3, True), (9, 4, False)])
def test_an_engine_that_a_signal_ends_is_run_again_and_not_for_ever(
    base, monkeypatch, crashes, tries, stands
):
    ended = []

    def run(command, root):
        ended.append(-11 if len(ended) < crashes else 0)
        return subprocess.CompletedProcess(command, ended[-1], "No issues found\n", "")

    monkeypatch.setattr(building, "_run", run)
    for done in ("lighten", "protect"):
        monkeypatch.setattr(building, done, lambda folder: None)
    base.write("mkdocs.yml", "site_name: Toy\n")
    with contextlib.nullcontext() if stands else pytest.raises(StudyError, match="not built"):
        building._zensical(base.root, True, base.root / "site")
    assert len(ended) == tries
