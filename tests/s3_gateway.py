"""An S3 gateway on this machine, with the accounts and the bucket of our manifests."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import yaml

from homestead.cli.demo.server import free_port

_SCRIPTS = Path(__file__).parents[1] / "manifests" / "base" / "s3" / "bucket.yaml"
_ACCOUNTS = ("reader", "drift", "release", "log", "retention")
_OWNER = "homestead"
_PROGRAM = "versitygw"


@dataclass(frozen=True)
class Gateway:
    """A gateway with the bucket ``homestead``.

    Attributes:
        address: that clients use.
        folder: of the gateway's data: each object is a file below ``buckets``.
    """

    address: str
    folder: Path

    def environment(self, account: str = _OWNER) -> dict[str, str]:
        """Return the variables by which a process uses the gateway as an account."""
        return {
            "AWS_ENDPOINT_URL": self.address,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": account,
            "AWS_SECRET_ACCESS_KEY": _secret(account),
            # Of this machine's user, if there is one.
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def objects(self, folder: str = "") -> dict[str, bytes]:
        """Return the contents of the bucket's objects by their keys."""
        bucket = self.folder / "buckets" / _OWNER
        return {
            str(path.relative_to(bucket)): path.read_bytes()
            for path in sorted((bucket / folder).rglob("*"))
            if path.is_file()
        }


@contextmanager
def s3_gateway(folder: Path) -> Iterator[Gateway]:
    """Run the gateway; a test is skipped where it is not installed.

    Neither Debian nor PyPI has it: ``.ci/run`` builds it, and the workflow at GitHub, which saves
    the minutes, takes it from its image.
    """
    program = shutil.which(_PROGRAM)
    if program is None:
        pytest.skip(
            f"needs {_PROGRAM}: go install github.com/versity/versitygw/cmd/versitygw@v1.8.0"
        )
    gateway = Gateway(f"http://127.0.0.1:{free_port()}", folder)
    folder.mkdir()
    _run_script("accounts.py", folder, {f"{name}_secret": _secret(name) for name in _ACCOUNTS})
    process = subprocess.Popen(
        [
            *(program, "--port", gateway.address.removeprefix("http://"), "--health", "/health"),
            *("--iam-dir", str(folder / "accounts"), "posix", str(folder / "buckets")),
        ],
        env={"ROOT_ACCESS_KEY": _OWNER, "ROOT_SECRET_KEY": _secret(_OWNER)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(f"{gateway.address}/health", process)
        _run_script("bucket.py", folder, gateway.environment())
        yield gateway
    finally:
        process.terminate()
        process.wait(30)


def _secret(account: str) -> str:
    return f"secret-of-{account}"


def _run_script(name: str, folder: Path, environment: dict[str, str]) -> None:
    """Run a script of the manifests, with the test's folder in place of the pod's."""
    script = next(yaml.safe_load_all(_SCRIPTS.read_text()))["data"][name]
    completed = subprocess.run(
        [sys.executable, "-c", script.replace("/data/", f"{folder}/")],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert completed.returncode == 0, completed.stderr


def _wait(address: str, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(200):
        assert process.poll() is None, "the gateway ended"
        try:
            if httpx.get(address).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError("the gateway does not answer")
