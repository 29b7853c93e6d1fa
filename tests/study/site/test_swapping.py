"""Builds that are killed and builds that race, for real: a whole site stands at every moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from study.site import building, swapping
from study.site.swapping import recover, swap

REPOSITORY = Path(__file__).parents[3]


def folder(path: Path, text: str) -> Path:
    path.mkdir(parents=True)
    (path / "index.html").write_text(text)
    return path


def tree(path: Path) -> dict[str, bytes]:
    return {one.relative_to(path).as_posix(): one.read_bytes() for one in path.rglob("*") if one.is_file()}


@pytest.mark.parametrize("in_one_step", [True, False])
def test_the_new_takes_the_place_of_the_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_one_step: bool
) -> None:
    if not in_one_step:
        monkeypatch.setattr(swapping, "_exchanged", lambda one, other: False)
    place, aside = tmp_path / "site", tmp_path / "aside"
    for text in ("first", "second"):
        swap(folder(tmp_path / "new", text), place, aside)
        assert tree(place) == {"index.html": text.encode()}
        assert sorted(tmp_path.iterdir()) == [place]


@pytest.mark.skipif(
    sys.platform not in ("linux", "darwin"), reason="only these exchange two folders in one step"
)
def test_on_this_system_it_is_one_step(tmp_path: Path) -> None:
    one, other = folder(tmp_path / "one", "1"), folder(tmp_path / "other", "2")
    assert swapping._exchanged(one, other)
    assert tree(one) == {"index.html": b"2"}
    assert not swapping._exchanged(one, tmp_path / "missing")


def test_where_it_takes_two_steps_the_next_build_puts_the_old_one_back(tmp_path: Path) -> None:
    place, aside = tmp_path / "site", tmp_path / "aside"
    folder(aside, "old")  # as a process leaves it that dies between the two
    recover(place, aside)
    assert tree(place) == {"index.html": b"old"}
    folder(aside, "older")
    recover(place, aside)
    assert tree(place) == {"index.html": b"old"}


def test_a_swap_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(swapping, "_exchanged", lambda one, other: False)
    place = folder(tmp_path / "site", "old")
    with pytest.raises(OSError, match="missing"):
        swap(tmp_path / "missing", place, tmp_path / "aside")
    assert tree(place) == {"index.html": b"old"}
    (tmp_path / "file").write_text("x")
    with pytest.raises(NotADirectoryError):
        swap(folder(tmp_path / "new", "x"), tmp_path / "file", tmp_path / "aside")


SLOW = """
import sys
from pathlib import Path
from study.site import building

def engine(root, strict, folder):
    print("building", flush=True)
    sys.stdin.readline()
    folder.mkdir()
    for number in range(400):
        (folder / f"{{number}}.html").write_text({text!r})
    if {text!r} == "broken":
        raise building.StudyError("It is broken.")

building._mkdocs = engine
building.build(Path(sys.argv[1]), waiting=lambda said: print(said, flush=True))
print("built", flush=True)
"""


def begin(root: Path, text: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SLOW.format(text=text), str(root)], cwd=REPOSITORY,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("foundations", "papers"):
        (tmp_path / name).mkdir()
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "mkdocs.yml").touch()
    folder(tmp_path / "site", "old")
    return tmp_path


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def go_on(process: subprocess.Popen[str]) -> None:
    assert process.stdin
    process.stdin.write("\n")
    process.stdin.flush()


def test_of_two_builds_at_once_the_second_waits_and_says_so(root: Path) -> None:
    with begin(root, "first") as first:
        assert said(first) == "building"
        with begin(root, "second") as second:
            assert said(second) == "Another build of this checkout is running: waiting for it to end …"
            assert tree(root / "site") == {"index.html": b"old"}
            go_on(first)
            assert said(first) == "built"
            assert said(second) == "building"
            assert tree(root / "site")["0.html"] == b"first"
            go_on(second)
            assert said(second) == "built"
    assert set(tree(root / "site").values()) == {b"second"}
    assert list((root / ".study/build").iterdir()) == []


def test_a_build_that_is_killed_leaves_the_old_site_and_the_next_clears_up(root: Path) -> None:
    whole = [{"index.html": b"old"}, {f"{number}.html": b"new" for number in range(400)}]
    seen = set()
    for turn in range(12):
        with begin(root, "new") as process:
            assert said(process) == "building"
            go_on(process)
            made = root / ".study/build/new"
            while process.poll() is None and len(list(made.glob("*"))) < 36 * turn:
                pass  # killed earlier or later in what it does
            process.send_signal(signal.SIGKILL)
        found = tree(root / "site")
        assert found in whole
        seen.add(len(found))
    with begin(root, "new") as process:
        assert said(process) == "building"
        go_on(process)
        assert said(process) == "built"
    assert tree(root / "site") == whole[1]
    assert list((root / ".study/build").iterdir()) == []


def test_a_build_that_fails_leaves_the_old_site(root: Path) -> None:
    with begin(root, "broken") as process:
        assert said(process) == "building"
        go_on(process)
        assert process.wait() == 1
    assert tree(root / "site") == {"index.html": b"old"}
    assert list((root / ".study/build").iterdir()) == []


def test_somebody_who_looks_during_a_swap_always_sees_a_whole_site(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from study.site.swapping import swap\n"
        "root = Path(sys.argv[1])\n"
        "for number in range(300):\n"
        "    made = root / 'new'; made.mkdir(); (made / 'a').write_text(str(number))\n"
        "    swap(made, root / 'site', root / 'aside')\n"
    )
    swap_all = [sys.executable, "-c", code, str(tmp_path)]
    folder(tmp_path / "site", "old")
    (tmp_path / "site/a").write_text("old")
    with subprocess.Popen(swap_all, cwd=REPOSITORY) as process:
        while process.poll() is None:
            assert (tmp_path / "site").is_dir()
            here = os.open(tmp_path / "site", os.O_RDONLY)  # as a server that opens a file of it
            os.close(here)
        assert process.returncode == 0
    assert (tmp_path / "site/a").read_text() == "299"


@pytest.mark.parametrize("engine", ["mkdocs", "zensical"])
def test_a_failed_build_of_either_engine_keeps_the_site_and_leaves_no_litter(
    toy, strictly, engine: str
) -> None:
    toy.write("site/index.html", "old")
    toy.edit("papers/coin/notes.md", "1. Flip it twice.", "1. Flip $\\wrong$.")
    assert strictly(toy.root, engine).returncode == 1
    assert tree(toy.path("site")) == {"index.html": b"old"}
    assert not toy.path(".mkdocs.yml").exists()
    assert list(toy.path(".study/build").iterdir()) == []


def test_the_lock_is_waited_for_no_longer_than_that(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "WAIT", 0.0)
    with begin(root, "first") as first:
        assert said(first) == "building"
        with pytest.raises(building.StudyError, match="Another build of this checkout has not ended"):
            building.build(root)
        go_on(first)
