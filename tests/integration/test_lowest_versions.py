"""The lowest versions that the ranges allow, with all extras: it trains, serves and predicts.

``make test-lowest`` installs ``requirements/lowest.txt`` and names the environment.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.conftest import CHURN
from tests.serving import FULL
from tests.wheels import build_wheel, run, serving

LOWEST = os.environ.get("HOMESTEAD_LOWEST", "")
pytestmark = [
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not LOWEST, reason="needs an environment of its own: make test-lowest"),
]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install this tree's wheel into the environment, and nothing else."""
    wheel = build_wheel(tmp_path_factory.mktemp("wheel"))
    uv = (sys.executable, "-m", "uv", "pip", "install", "--quiet", "--offline", "--no-deps")
    python = Path(LOWEST) / "bin" / "python"
    subprocess.run([*uv, "--reinstall", "--python", str(python), str(wheel)], check=True)
    return python.with_name("homestead")


def test_it_trains_serves_and_predicts(program: Path, tmp_path: Path) -> None:
    for path in (CHURN, CHURN.with_suffix(".csv")):
        shutil.copy(path, tmp_path)
    assert "promote" in run(program, tmp_path, "train", "--problem", "churn.yaml")
    with serving(program, tmp_path, "churn.yaml", {}) as url:
        response = httpx.post(f"{url}/predict", json={"jsonData": FULL}, timeout=30)
    assert response.status_code == 200, response.text
    assert response.json()["data"]["names"] == ["stayed", "left"]
    table = CHURN.with_suffix(".csv").name
    predicted = run(program, tmp_path, "predict", "--problem", "churn.yaml", table)
    assert len(predicted.splitlines()) > 700


@pytest.mark.parametrize("command", ["status", "drift --exit-zero", "validate", "compile"])
def test_other_commands_run_on_a_fresh_home(program: Path, tmp_path: Path, command: str) -> None:
    for path in (CHURN, CHURN.with_suffix(".csv")):
        shutil.copy(path, tmp_path)
    options = () if command == "status" else ("--problem", "churn.yaml")
    if command == "compile":
        # Pods cannot read a file of this machine.
        path = tmp_path / "churn.yaml"
        path.write_text(path.read_text().replace("source: ", "source: s3://homestead/data/"))
    assert "Traceback" not in run(program, tmp_path, *command.split(), *options)
