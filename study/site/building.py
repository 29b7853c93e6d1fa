"""Build the site with either engine, and turn what the engine says into a line or two.

A site is built aside and put in its place whole: whatever becomes of a build, the last good site stands. One
build of a checkout runs at a time; a second one waits for it.
"""

from __future__ import annotations

import gc
import logging
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from study.files.errors import StudyError
from study.files.paths import local_folder
from study.site import ENGINES, Engine
from study.site.lighter import lighten
from study.site.policy import protect
from study.site.staging import stage
from study.site.swapping import recover, swap

CONFIG = "mkdocs.yml"
SITE = "site"
WAIT = 900.0
"""Seconds that a build waits for another one of the same checkout."""
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_PACKAGES = (
    "The site needs the packages of the extra `docs`: pip install -e '.[docs]' (`make serve` does it)."
)


@dataclass(frozen=True)
class Built:
    """A site that was built: where it is, with what, and in how many seconds."""

    folder: Path
    engine: Engine
    seconds: float


def build(
    root: Path,
    *,
    engine: Engine = "mkdocs",
    strict: bool = True,
    folder: Path | None = None,
    waiting: Callable[[str], object] = lambda _: None,
) -> Built:
    """Stage the pages and build the site.

    Args:
        root: The checkout.
        engine: `mkdocs` or `zensical`; both read the same `mkdocs.yml`.
        strict: Whether a warning of the engine (a link that leads nowhere, say) is an error.
        folder: Where the site goes; `site/` of the checkout by default.
        waiting: Called with a sentence if another build has to end first.

    Raises:
        StudyError: A page cannot be made, or the engine failed: its first complaint is named, and the site
            that was there still is.
    """
    from time import perf_counter

    start = perf_counter()
    if engine not in ENGINES:
        raise StudyError(f"There is no engine {engine!r}: choose {' or '.join(ENGINES)}.", exit_code=2)
    if not (root / CONFIG).is_file():
        raise StudyError(f"{CONFIG} is missing from {root}: the site cannot be built without it.")
    folder = folder or root / SITE
    place = folder.resolve()
    with _alone(root, waiting), _workshop(root, place) as made:
        if engine == "zensical":
            stage(root)
            _zensical(root, strict, made)
        else:
            _mkdocs(root, strict, made)
        try:
            swap(made, place, _aside(root, place))
        except OSError as error:
            raise StudyError(f"The site cannot be put into {folder}: {error.strerror}.") from None
    return Built(folder, engine, perf_counter() - start)


@contextmanager
def _alone(root: Path, waiting: Callable[[str], object]) -> Iterator[None]:
    """Hold the one right to build in a checkout; the system takes it from a process that dies."""
    from filelock import FileLock, Timeout

    folder = local_folder(root) / "locks"
    lock = FileLock(folder / "build.lock")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            waiting("Another build of this checkout is running: waiting for it to end …")
            lock.acquire(timeout=WAIT)
    except Timeout:
        raise StudyError("Another build of this checkout has not ended: end it, then try again.") from None
    except OSError as error:
        raise StudyError(f"{folder} cannot be written: {error.strerror}.") from None
    try:
        yield
    finally:
        lock.release()


def _aside(root: Path, place: Path) -> Path:
    """Return where a site may stand while the new one takes its place."""
    return local_folder(root) / "build" / f"former-{sha256(str(place).encode()).hexdigest()[:12]}"


@contextmanager
def _workshop(root: Path, place: Path) -> Iterator[Path]:
    """Return the folder to build into; what a killed build left is put back or removed."""
    recover(place, _aside(root, place))
    (root / f".{CONFIG}").unlink(missing_ok=True)
    folder = local_folder(root) / "build" / "new"
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _mkdocs(root: Path, strict: bool, folder: Path) -> None:
    os.environ.setdefault("NO_MKDOCS_2_WARNING", "1")  # a notice of the theme, not of this build
    try:
        from mkdocs.commands import build as command
        from mkdocs.config import load_config
        from mkdocs.exceptions import MkDocsException
    except ImportError:
        raise StudyError(_PACKAGES) from None
    with _inside(root), _warnings() as warnings, _uncollected():
        try:
            config = load_config(str(root / CONFIG), strict=strict, site_dir=str(folder))
            config.plugins.on_startup(command="build", dirty=False)
            command.build(config)
            config.plugins.on_shutdown()
        except MkDocsException as error:
            raise StudyError(_complaint(str(error), warnings)) from None
        except SystemExit:
            raise StudyError(_complaint("MkDocs gave up", warnings)) from None


def _complaint(error: str, warnings: list[str]) -> str:
    """Return the engine's first complaint: what it counts at the end tells nobody anything."""
    if not warnings or not error.startswith("Aborted with"):
        return error
    more = (
        f"\nThere are {len(warnings) - 1} more: `mkdocs build --strict` shows them."
        if len(warnings) > 1
        else ""
    )
    return f"The site was not built: {warnings[0].splitlines()[0]}{more}"


@contextmanager
def _inside(folder: Path) -> Iterator[None]:
    """Run with `folder` as the current one: both engines resolve paths from it."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Run without the cyclic collector: it finds nothing in a build and costs an eighth of its time."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


@contextmanager
def _warnings() -> Iterator[list[str]]:
    """Collect what MkDocs and its plugins warn of, instead of printing it."""
    warnings: list[str] = []

    class Collect(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            warnings.append(record.getMessage())

    logger, handler = logging.getLogger("mkdocs"), Collect(logging.WARNING)
    before, passed_on = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.WARNING)
    logger.propagate = False
    try:
        yield warnings
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
        logger.propagate = passed_on


CRASHES = 3
"""How often Zensical may be ended by a signal, as now and then while it leaves, before we give up."""


def _zensical(root: Path, strict: bool, folder: Path) -> None:
    # In a process of its own: it keeps threads and state of its own, and leaves by exiting.
    config = root / f".{CONFIG}"  # beside the other: all its paths are relative to where it is
    command = [sys.executable, "-P", "-m", "zensical", "build", "--clean", "--config-file", config.name]
    command += ["--strict"] if strict else []
    text = (root / CONFIG).read_text(encoding="utf-8")
    bare = re.sub(r"^site_dir:.*\n", "", text, flags=re.MULTILINE)
    try:
        config.write_text(f"{bare}\nsite_dir: {folder.relative_to(root).as_posix()}\n", encoding="utf-8")
        done = _run(command, root)
        for _ in range(CRASHES):
            if done.returncode >= 0:
                break
            done = _run(command, root)
    finally:
        config.unlink(missing_ok=True)
    output = _COLOUR.sub("", done.stdout + "\n" + done.stderr)
    if "No module named zensical" in output:
        raise StudyError(_PACKAGES)
    if done.returncode:
        raise StudyError(f"The site was not built: {_zensical_complaint(output)}")
    lighten(folder)
    protect(folder)


def _run(command: list[str], root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=root, capture_output=True, text=True, encoding="utf-8", check=False)


def _zensical_complaint(output: str) -> str:
    """Return the first complaint out of what Zensical prints, with its place."""
    if found := re.search(
        r"^RuntimeError: Python error: \w+: (.*?)(?=\nTraceback|\Z)", output, re.DOTALL | re.MULTILINE
    ):
        return found[1].strip()
    if found := re.search(
        r"^(?:Warning|Error): (?P<what>.+)\n[^\[\n]*\[ (?P<where>[^\]]+?) \]", output, re.MULTILINE
    ):
        return f"pages/{found['where']}: {found['what']}"
    lines = [line for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else "Zensical failed and said nothing"


def main() -> None:
    """Build for `study serve`, in a process that sees the code as it is now: arguments root and folder."""
    try:
        built = build(Path(sys.argv[1]), strict=False, folder=Path(sys.argv[2]))
    except StudyError as error:
        sys.exit(str(error))
    print(f"Built in {built.seconds:.1f} s: load the page anew.")


if __name__ == "__main__":
    main()
