"""Shell blocks of guides: found, and run in bash as they are printed.

A block is fenced and marked ``bash``. A comment above it says what a test needs to know:

- ``<!-- not run: REASON -->``;
- ``<!-- run by: PATH -->``, a test that runs it otherwise;
- ``<!-- exit code: 0 or 3 -->`` of the last command, if not 0.

A block of ``text`` right below is the shape of what is printed: each of its lines stands in the
output in this order, figures and hashes may be others, and ``…`` is anything.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx

from homestead.cli.demo.server import free_port
from tests.unit.docs.pages import ROOT

_BLOCK = re.compile(
    r"^(?P<indent> *)```bash\n(?P<script>.*?)^ *```\n(?:\n?^ *```text\n(?P<output>.*?)^ *```\n)?",
    re.MULTILINE | re.DOTALL,
)
_MARK = re.compile(r"<!-- (not run|run by|exit code): (.+?) -->\s*\Z")
# Commands that end when someone stops them.
_SERVER = re.compile(r"^(?:\S+=\S* )*homestead (serve|ui|labels serve|retrain serve)\b[^&|]*$")
_PORTS = ("9000", "9001", "9003", "9004", "9005")
_START_TIMEOUT_S = 120


@dataclass(frozen=True)
class ShellBlock:
    """One block of a page.

    Attributes:
        line: number of its first line in the page, from 1.
        script: the commands.
        output: the shape of what they print, empty for anything.
        not_run: why no test runs it; empty if one does.
        run_by: path of the test that runs it in another way, or empty.
        exit_codes: allowed ones of the last command.
    """

    line: int
    script: str
    output: str = ""
    not_run: str = ""
    run_by: str = ""
    exit_codes: tuple[int, ...] = (0,)


def shell_blocks(text: str) -> list[ShellBlock]:
    """Return the shell blocks of a page in their order."""
    blocks = []
    for match in _BLOCK.finditer(text):
        mark = _MARK.search(text[: match.start()].rstrip() + "\n")
        kind, value = (mark[1], mark[2]) if mark else ("", "")
        blocks.append(
            ShellBlock(
                line=text[: match.start()].count("\n") + 1,
                script=_dedent(match["script"], match["indent"]),
                output=_dedent(match["output"] or "", match["indent"]),
                not_run=value if kind == "not run" else "",
                run_by=value if kind == "run by" else "",
                exit_codes=tuple(map(int, value.split(" or "))) if kind == "exit code" else (0,),
            )
        )
    return blocks


def _dedent(text: str, indent: str) -> str:
    return re.sub(f"^{indent}", "", text, flags=re.MULTILINE)


def missing_lines(shape: str, output: str) -> list[str]:
    """Return the lines of a shape that the output lacks, or has in another order."""
    rest = iter(output.splitlines())
    return [
        line
        for line in filter(None, map(str.strip, shape.splitlines()))
        if not any(re.fullmatch(_pattern(line), other.strip()) for other in rest)
    ]


def _pattern(line: str) -> str:
    """Return what a printed line matches: figures, hashes and white space may be others."""
    parts = re.split(r"(…|\b[0-9a-f]{8,}\b|[-+]?\d[\d.,:e+-]*|\s+)", line)
    patterns = {"…": ".*"}
    texts = []
    for index, part in enumerate(parts):
        if index % 2 == 0:
            texts.append(re.escape(part))
        elif part.isspace():
            texts.append(r"\s+")
        else:
            texts.append(patterns.get(part, r"[-+]?[\w.,:+-]+"))
    return "".join(texts)


def named_files(text: str) -> dict[str, str]:
    """Return a page's blocks of YAML whose first line is a comment with a file's name."""
    found = re.findall(r"^```yaml\n(# ([\w-]+\.yaml)\n.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return {name: content for content, name in found}


class Shell:
    """Runs blocks of one page in a folder; what they start ends with it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._groups: list[subprocess.Popen[bytes]] = []
        self._ports = {port: str(free_port()) for port in _PORTS}
        programs = folder / ".venv" / "bin"
        programs.mkdir(parents=True, exist_ok=True)
        for name, words in {"homestead": "-m homestead", "python": ""}.items():
            program = programs / name
            program.write_text(f'#!/bin/sh\nexec {sys.executable} {words} "$@"\n')
            program.chmod(0o755)
        unwanted = ("HOMESTEAD_", "MLFLOW_")
        kept = {name: v for name, v in os.environ.items() if not name.startswith(unwanted)}
        self._environment = kept | {
            "PATH": os.pathsep.join([str(programs), os.environ["PATH"]]),
            "PYTHONPATH": str(ROOT),
            "OMP_NUM_THREADS": "1",
            "PREDICTIVE_UNIT_HTTP_SERVICE_PORT": self._ports["9000"],
            "PREDICTIVE_UNIT_METRICS_SERVICE_PORT": self._ports["9001"],
        }

    @property
    def url(self) -> str:
        """Address of the server that ``homestead serve`` starts."""
        return f"http://127.0.0.1:{self._ports['9000']}"

    def run(self, script: str) -> tuple[int, str]:
        """Run a block's commands; return the last exit code and what was printed.

        A server at a block's end goes on, and answers when this returns.
        """
        for port, free in self._ports.items():
            script = re.sub(rf"\b{port}\b", free, script)
        *before, last = script.rstrip().splitlines()
        server = _SERVER.match(last)
        port = self._port(server[1], last) if server else ""
        if server:
            option = "" if port in last or server[1] == "serve" else f" --port {port}"
            script = "\n".join([*before, f"{last.partition(' #')[0]}{option} &"])
        with tempfile.TemporaryFile("w+b") as output:
            process = subprocess.Popen(
                ["bash", "-c", f"set -eo pipefail\n{script}"],
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self._groups.append(process)
            code = process.wait(timeout=600)
            if server:
                self._wait(int(port), server[1], process.pid, output)
            output.seek(0)
            return code, output.read().decode()

    def _port(self, command: str, line: str) -> str:
        stated = re.search(r"--port (\d+)", line)
        default = {"serve": "9000", "ui": "9005", "labels serve": "9004", "retrain serve": "9003"}
        return stated[1] if stated else self._ports[default[command]]

    def _wait(self, port: int, command: str, group: int, output: IO[bytes]) -> None:
        deadline = time.monotonic() + _START_TIMEOUT_S
        while time.monotonic() < deadline and _is_alive(group):
            try:
                if command != "serve":
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    return
                if httpx.get(f"http://127.0.0.1:{port}/v2/health/ready").status_code == 200:
                    return
            except (OSError, httpx.TransportError):
                pass
            time.sleep(0.2)
        output.seek(0)
        raise AssertionError(f"homestead {command} does not answer: {output.read().decode()}")

    def stop(self) -> None:
        """Stop the servers that the blocks started, and wait for them."""
        for process in self._groups:
            try:
                os.killpg(process.pid, signal.SIGTERM)
            except ProcessLookupError:
                continue
        for process in self._groups:
            _wait_for_group(process.pid)


def _is_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _wait_for_group(group: int) -> None:
    deadline = time.monotonic() + 30
    while _is_alive(group):
        if time.monotonic() > deadline:
            os.killpg(group, signal.SIGKILL)
            return
        time.sleep(0.05)


@contextmanager
def open_shell(folder: Path) -> Iterator[Shell]:
    """Open a shell, whose servers end with the block of code."""
    shell = Shell(folder)
    try:
        yield shell
    finally:
        shell.stop()
