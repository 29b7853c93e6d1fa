"""Workers end with the process that started them, however it ends."""

import os
import signal
import subprocess
import sys
import textwrap
import threading

import pytest

from foundations.experiment import parent

pytestmark = pytest.mark.skipif(os.name != "posix", reason="elsewhere nothing is done")

RUNS = """
    import os, sys, time
    from foundations.experiment.backends import stream

    def job(number):
        os.write({pipe}, f"{{os.getpid()}}\\n".encode())
        {then}

    if __name__ == "__main__":
        for _ in stream(job, [(number,) for number in range(2)], backend="loky", n_jobs=2):
            pass
        sys.stdin.readline()
"""


@pytest.mark.parametrize("then", ["return number", "time.sleep(600)"], ids=["idle", "at work"])
def test_workers_of_a_killed_process_end(tmp_path, then):
    """The reading end of a pipe sees its end once every process that holds the other end is gone."""
    script = tmp_path / "runs.py"
    fifo = tmp_path / "alive"
    os.mkfifo(fifo)
    opened = f"os.open({str(fifo)!r}, os.O_WRONLY)"
    script.write_text(textwrap.dedent(RUNS.format(pipe=opened, then=then)))
    process = subprocess.Popen(
        [sys.executable, str(script)],
        stdin=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        with fifo.open() as alive:  # waits for the first worker
            workers = {int(alive.readline()) for _ in range(2)}
            process.kill()
            process.wait(timeout=30)
            ended = threading.Thread(target=alive.read, daemon=True)
            ended.start()
            ended.join(timeout=15)
            outlived = ended.is_alive()
            for worker in workers if outlived else ():
                os.kill(worker, signal.SIGKILL)
            assert not outlived, f"workers {workers} outlive the process that started them"
    finally:
        process.kill()
        process.communicate()


CHILD = """
    import os, sys
    from foundations.experiment import parent

    if sys.argv[1] == "poll":
        del os.pidfd_open
        parent._POLL_INTERVAL = 0.01
    sys.stdin.readline()
    parent.end_with_parent(int(sys.argv[2]))
    print("watching", flush=True)
    sys.stdin.readline()
    sys.stdin.read()
    os.kill(os.getpid(), 9)
"""


def middle(how: str, pid: str) -> subprocess.Popen[str]:
    """Start a process that starts one that watches it, and that waits then."""
    start = (
        "import os, subprocess, sys\n"
        f"pid = {pid}\n"
        f"child = subprocess.Popen([sys.executable, '-c', {textwrap.dedent(CHILD)!r}, {how!r}, str(pid)])\n"
        "child.wait()\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", start],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


@pytest.mark.parametrize("how", ["pidfd", "poll"])
def test_a_process_ends_with_its_parent(how):
    """Its standard output, which it shares with its parent, closes; its standard input stays open."""
    if how == "pidfd" and not hasattr(os, "pidfd_open"):
        pytest.skip("this system has no pidfd_open")
    process = middle(how, "os.getpid()")
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write("go\n")
        process.stdin.flush()
        assert process.stdout.readline() == "watching\n"
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=30)
        read: list[str] = []
        reader = threading.Thread(target=lambda: read.append(process.stdout.read()), daemon=True)  # type: ignore[union-attr]
        reader.start()
        reader.join(timeout=15)
        assert read == [""]
    finally:
        process.kill()
        process.stdin.close()
        process.stdout.close()


@pytest.mark.parametrize("how", ["pidfd", "poll"])
def test_a_process_whose_parent_is_gone_already_ends_at_once(how):
    if how == "pidfd" and not hasattr(os, "pidfd_open"):
        pytest.skip("this system has no pidfd_open")
    process = middle(how, "os.getppid()")
    out, _ = process.communicate("go\n", timeout=30)
    assert out == ""


def test_where_there_is_no_parent_to_watch_nothing_happens(monkeypatch):
    with monkeypatch.context() as changed:
        changed.setattr(parent.os, "name", "nt")
        parent.end_with_parent(-1)
