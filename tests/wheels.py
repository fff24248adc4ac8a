"""Wheels of this tree, and environments without a clone that they are installed into."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from homestead.cli.demo.server import free_port

ROOT = Path(__file__).parents[1]


def build_wheel(folder: Path, project: Path = ROOT) -> Path:
    """Build the wheel of a project of this tree: the root, or ``serving`` for the small one."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=project, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return path


def install_wheel(folder: Path, python: str, wheel: Path, lock: str) -> Path:
    """Create an environment, install a wheel and the locked versions of what it needs.

    Args:
        folder: of the environment.
        python: interpreter of the environment.
        lock: name of a file in ``requirements``.

    Returns:
        The installed command.
    """
    uv = (sys.executable, "-m", "uv")
    subprocess.run([*uv, "venv", "--quiet", "--python", python, str(folder)], check=True)
    subprocess.run(
        [
            *(*uv, "pip", "install", "--quiet", "--python", str(folder / "bin" / "python")),
            *("--constraint", str(ROOT / "requirements" / f"{lock}.txt"), str(wheel)),
        ],
        check=True,
    )
    return folder / "bin" / "homestead"


def clean_environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return this process's environment without what points to the clone or to other state."""
    ours = ("HOMESTEAD_", "MLFLOW_", "PYTHONPATH")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, "OMP_NUM_THREADS": "1", "HOMESTEAD_LOOKUP_MS": "5000", **(more or {})}


def run(
    program: Path,
    folder: Path,
    *arguments: str,
    code: int = 0,
    environment: Mapping[str, str] | None = None,
) -> str:
    """Run a command in a folder; return what it prints on both streams."""
    process = subprocess.run(
        [str(program), *arguments],
        cwd=folder,
        env=clean_environment(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    assert process.returncode == code, process.stdout
    return process.stdout


@contextmanager
def serving(
    program: Path, folder: Path, problem: str, environment: Mapping[str, str]
) -> Iterator[str]:
    """Serve a problem of a folder; yield the address as soon as the server is ready."""
    port, metrics_port = free_port(), free_port()
    server = subprocess.Popen(
        [
            *(str(program), "serve", "--problem", problem),
            *("--port", str(port), "--metrics-port", str(metrics_port)),
        ],
        cwd=folder,
        env=clean_environment(environment),
    )
    try:
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 120
        while not is_ready(url):
            assert server.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield url
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(60) == 0


def is_ready(url: str) -> bool:
    """Return whether a server answers and is ready for predictions."""
    try:
        return httpx.get(f"{url}/v2/health/ready", timeout=10).status_code == 200
    except httpx.TransportError:
        return False
