"""A small but real knowledge base in a folder: one entry a room, with code, claims and results."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType


def beside(name: str) -> ModuleType:
    """Return a module of this folder, which is no package."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


code, pages = beside("toy_code"), beside("toy_pages")


class Base:
    """A knowledge base to read, break and mend.

    Attributes:
        root: Its folder.
    """

    def __init__(self, root: Path):
        self.root = root

    def path(self, name: str) -> Path:
        return self.root / name

    def read(self, name: str) -> str:
        return self.path(name).read_bytes().decode()

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def edit(self, name: str, old: str, new: str) -> Path:
        """Replace text that stands exactly once in a file."""
        text = self.read(name)
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        return self.write(name, text.replace(old, new))

    def entry(self, slug: str):
        from study.entries import catalogue

        return catalogue.load(self.root).get(slug)

    def add(self, room: str, slug: str, *, requires: str = "", body: str = "", **fields: object) -> Path:
        """Add a further entry, with a checklist, to a room other than papers."""
        record = {"title": slug.title(), "slug": slug, "summary": "One more.", "tags": "[]"}
        record |= {"requires": f"[{requires}]"} | fields
        front = "".join(f"{name}: {value}\n" for name, value in record.items())
        self.write(f"{room}/{slug}/checklist.md", pages.CHECKLIST)
        return self.write(f"{room}/{slug}/notes.md", f"---\n{front}---\n# {slug.title()}\n\n{body}")

    def measure(self, budget: str = "standard", claims: tuple[str, ...] = ("fair", "rare")) -> None:
        """Write `results.json` of the coin as `study reproduce` would, in this process."""
        from foundations.experiment import Measurement, Result, Results, take_fingerprint
        from foundations.experiment.judging import judge
        from foundations.experiment.provenance import code_hash, foundations_hash
        from study.entries import importing

        found = {}
        for claim in importing.claims(self.entry("coin")):
            if claim.id not in claims:
                continue
            runs = [claim.run(seed, budget) for seed in range(8)]
            metrics = {name: Measurement(tuple(float(run[name]) for run in runs)) for name in runs[0]}
            judged = judge(claim, metrics, budget)
            found[claim.id] = Result(
                claim=claim.id,
                budget=budget,
                seeds=tuple(range(8)),
                metrics=metrics,
                verdict=judged.verdict,
                plots=judged.plots,
                core_seconds=83.2,
                code=code_hash(self.path("papers/coin"), claim.id),
                design=claim.design,
                foundations=foundations_hash(),
                versions={"python": "3.11.7", "numpy": "2.1.0", "ml-foundations": "0.1.0"},
                machine={"system": "Linux", "machine": "x86_64", "cores": 2},
                command=f"study reproduce coin --claim {claim.id} --seeds 8 --budget {budget}",
                fingerprint=take_fingerprint(claim.id, claim.fingerprint) if claim.fingerprint else {},
            )
        Results("coin", found).save(self.path("papers/coin/results.json"))


def build(root: Path) -> Base:
    """Write the toy knowledge base into a folder; results are not measured yet."""
    base = Base(root)
    base.write("pyproject.toml", code.PYPROJECT)
    base.write("README.md", "# Toy\n\nRead [the coin](papers/coin/notes.md).\n")
    base.write("docs/references.bib", pages.SHARED_BIB)
    base.write("foundations/__init__.py", code.FOUNDATIONS)
    base.write("implementations/__init__.py", "")
    base.write("papers/__init__.py", "")
    base.write(
        "foundations/algebra/__init__.py", "from foundations.algebra.arithmetic import Halver, double\n"
    )
    base.write("foundations/algebra/arithmetic.py", code.ARITHMETIC)
    base.write("foundations/algebra/notes.md", pages.ALGEBRA_NOTES)
    base.write(
        "implementations/walk/__init__.py",
        'from implementations.walk.steps import walk\n\n__all__ = ["walk"]\n',
    )
    base.write("implementations/walk/steps.py", code.WALK)
    base.write("implementations/walk/notes.md", pages.WALK_NOTES)
    base.write("papers/coin/__init__.py", 'from papers.coin.flip import flip\n\n__all__ = ["flip"]\n')
    base.write("papers/coin/flip.py", code.FLIP)
    base.write("papers/coin/experiments.py", code.EXPERIMENTS)
    base.write("papers/coin/fingerprints.py", code.FINGERPRINTS)
    base.write("papers/coin/demo.py", code.DEMO)
    base.write("papers/coin/notes.md", pages.COIN_NOTES)
    base.write("papers/coin/paper.bib", pages.BIB)
    base.write("papers/coin/figures/bars.svg", pages.FIGURE)
    base.write("tests/papers/coin/test_coin.py", code.COIN_TEST)
    base.write("reader/started.json", '{"started": "2026-01-01", "ticks": "kept"}\n')
    for folder in ("foundations/algebra", "implementations/walk", "papers/coin"):
        base.write(f"{folder}/checklist.md", pages.CHECKLIST)
    return base
