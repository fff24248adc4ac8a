"""Steps that the warm process forks: each is like a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil
import pytest

from homestead.pipelines.step_processes import client
from homestead.pipelines.step_processes.warm_process import (
    WARM_COMMAND,
    homestead_command,
    warm_process,
)

STEP = """
import os, random, signal, sys, tempfile, time
from pathlib import Path

def describe():
    print(os.getppid(), os.getcwd(), tempfile.gettempdir(), os.environ["COLOUR"], flush=True)
    print(sys.stdin.read(), random.random(), __import__("numpy").random.random(), flush=True)
    print("complaint", file=sys.stderr)
    raise SystemExit(3)

def sleep():
    Path("pid").write_text(str(os.getpid()))
    time.sleep(60)

def die():
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(scope="module")
def warm() -> Iterator[Mapping[str, str]]:
    with warm_process() as is_warm:
        assert is_warm
        yield {name: os.environ[name] for name in (client.SOCKET, "HOMESTEAD_STEP_CLIENT")}
    assert client.SOCKET not in os.environ


def start(function: str, folder: Path, variables: Mapping[str, str]) -> subprocess.Popen[str]:
    """Start a step in a folder, as the local runner's shell does."""
    (folder / "component.py").write_text(STEP)
    arguments = [
        *("--component_module_path", str(folder / "component.py")),
        *("--function_to_execute", function),
        *("--executor_input", json.dumps({"outputs": {"outputFile": str(folder / "output")}})),
    ]
    environment = {**os.environ, "COLOUR": "green", "TMPDIR": str(folder), **variables}
    if not variables:
        environment.pop(client.SOCKET, None)
    return subprocess.Popen(
        [sys.executable, "-I", "-S", client.__file__, "kfp.dsl.executor_main", *arguments],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def pid_of_sleeper(folder: Path) -> int:
    deadline = time.monotonic() + 60
    while not (folder / "pid").is_file() or not (text := (folder / "pid").read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return int(text)


def test_a_step_has_the_streams_environment_folder_and_exit_code_of_its_client(
    warm: Mapping[str, str], tmp_path: Path
) -> None:
    steps = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        steps.append(start("describe", tmp_path / name, warm))
    outputs = [step.communicate(name, timeout=180) for step, name in zip(steps, "ab", strict=True)]
    assert [step.returncode for step in steps] == [3, 3]
    described = [output.splitlines()[-2:] for output, _ in outputs]
    servers = {line[0].split()[0] for line in described}
    assert len(servers) == 1
    (server,) = servers
    assert psutil.Process(int(server)).ppid() == os.getpid()
    for (where, drawn), folder in zip(described, (tmp_path / "one", tmp_path / "two"), strict=True):
        assert where.split()[1:] == [str(folder), str(folder), "green"]
        assert drawn.split()[0] == {"one": "a", "two": "b"}[folder.name]
    # Neither Python's random numbers nor numpy's are those of the other step.
    assert len({number for _, drawn in described for number in drawn.split()[1:]}) == 4
    assert all(error.endswith("complaint\n") for _, error in outputs)


def test_a_step_that_is_terminated_ends_its_client_likewise(
    warm: Mapping[str, str], tmp_path: Path
) -> None:
    step = start("sleep", tmp_path, warm)
    sleeper = psutil.Process(pid_of_sleeper(tmp_path))
    step.terminate()
    step.communicate(timeout=180)
    assert step.returncode == -signal.SIGTERM
    assert not sleeper.is_running()


def test_a_step_ends_with_its_killed_client(warm: Mapping[str, str], tmp_path: Path) -> None:
    step = start("sleep", tmp_path, warm)
    sleeper = psutil.Process(pid_of_sleeper(tmp_path))
    step.kill()
    step.communicate(timeout=180)
    assert not psutil.wait_procs([sleeper], timeout=180)[1]


def test_a_killed_step_is_told_as_a_killed_process(warm: Mapping[str, str], tmp_path: Path) -> None:
    step = start("die", tmp_path, warm)
    step.communicate(timeout=180)
    assert step.returncode == -signal.SIGKILL


@pytest.mark.parametrize("variables", [{}, {client.SOCKET: "/nowhere"}])
def test_without_a_warm_process_the_client_becomes_the_step(
    variables: dict[str, str], tmp_path: Path
) -> None:
    step = start("describe", tmp_path, variables)
    output, error = step.communicate("a", timeout=120)
    assert step.returncode == 3, error
    assert output.splitlines()[-2].split()[0] == str(os.getpid())


@pytest.mark.parametrize("is_forked", [True, False])
def test_a_homestead_process_is_forked_where_there_is_a_warm_process(
    warm: Mapping[str, str], *, is_forked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in warm.items():
        monkeypatch.setenv(name, value)
    if not is_forked:
        monkeypatch.delenv(client.SOCKET)
    command = homestead_command("validate", "--problem", "nowhere.yaml")
    assert (client.__file__ in command) is is_forked
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 1
    assert result.stderr.startswith("error: nowhere.yaml: no such problem file")
    assert "warning" not in result.stderr.lower()


def test_a_block_within_uses_the_same_process_which_ends_with_the_outer_one(
    warm: Mapping[str, str],
) -> None:
    with warm_process() as is_warm:
        assert is_warm
        assert os.environ[client.SOCKET] == warm[client.SOCKET]
    assert Path(warm[client.SOCKET]).exists()


def test_the_path_of_the_client_is_no_part_of_the_command() -> None:
    # The local runner replaces "python3", which a path of site-packages holds.
    assert WARM_COMMAND.count("python3") == 1
