"""The wheel: what it holds, and that it works where there is no clone."""

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
import zipfile
from email import message_from_string
from email.message import Message
from pathlib import Path

import httpx
import pytest
from packaging.requirements import Requirement

from homestead import __version__
from homestead.cli.demo.server import free_port
from tests.conftest import CHURN
from tests.serving import FULL

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        name = f"homestead-{__version__}.dist-info/METADATA"
        return message_from_string(archive.read(name).decode())


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into a fresh environment that has the running one's dependencies."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / "bin" / "python"
    (packages,) = folder.glob("lib/python*/site-packages")
    # The .pth files of that folder are not read, so the clone itself is not importable.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    subprocess.run(
        [
            *(sys.executable, "-m", "uv", "pip", "install", "--quiet", "--offline", "--no-deps"),
            *("--python", str(python), str(wheel)),
        ],
        check=True,
    )
    return folder / "bin" / "homestead"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder with a problem file and its table, as a user has them."""
    folder = tmp_path_factory.mktemp("project")
    for path in (CHURN, CHURN.with_suffix(".csv")):
        shutil.copy(path, folder)
    return folder


def environment() -> dict[str, str]:
    """Return this process's environment without what points to the clone or to other state."""
    ours = ("HOMESTEAD_", "MLFLOW_", "PYTHONPATH")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, "OMP_NUM_THREADS": "1", "HOMESTEAD_LOOKUP_MS": "5000"}


def run(program: Path, folder: Path, *arguments: str) -> str:
    process = subprocess.run(
        [str(program), *arguments],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stdout
    return process.stdout


def test_it_holds_the_package_and_the_files_that_commands_need(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {name.partition("/")[0] for name in names} == {
        "homestead",
        f"homestead-{__version__}.dist-info",
    }
    sources = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "homestead").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert sources <= names
    assert "homestead/py.typed" in names
    assert "homestead/reports/templates/model_card.html" in names
    bundled = {name.removeprefix("homestead/_bundled/") for name in names if "_bundled/" in name}
    assert bundled >= {
        "problems/house_price.yaml",
        "data/king_county_house_sales.parquet",
        "pipelines/compiled/training.yaml",
        "manifests/base/problem/objects.yaml",
        "manifests/overlays/kind/kustomization.yaml",
    }
    assert {name.partition("/")[0] for name in bundled} == {
        *("problems", "data", "pipelines", "manifests")
    }


def test_dependencies_are_ranges(metadata: Message) -> None:
    requirements = [Requirement(text) for text in metadata.get_all("Requires-Dist", [])]
    assert {"mlflow", "feast", "kfp", "onnxruntime", "httptools"} <= {
        requirement.name for requirement in requirements if requirement.marker is None
    }
    for requirement in requirements:
        if requirement.name == "homestead":
            continue
        operators = {specifier.operator for specifier in requirement.specifier}
        assert ">=" in operators, requirement
        assert "==" not in operators, requirement


def test_there_is_an_extra_for_each_use(metadata: Message) -> None:
    assert set(metadata.get_all("Provides-Extra", [])) == {
        *("serving", "kubernetes", "dvc", "openlineage", "wandb", "dev"),
    }


def test_it_says_its_version(installed: Path, tmp_path: Path) -> None:
    assert __version__ in run(installed, tmp_path, "--version")


def test_default_files_come_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    assert "house_price: 21612 valid rows, 1 bad" in run(installed, tmp_path, "validate")


def test_generated_files_are_written_below_the_working_folder(
    installed: Path, tmp_path: Path
) -> None:
    names = run(installed, tmp_path, "compile").split()
    assert "pipelines/compiled/training.yaml" in names
    for name in names:
        assert (tmp_path / name).read_text() == (ROOT / name).read_text(), name


@pytest.mark.skipif(
    not (shutil.which("kustomize") or shutil.which("kubectl")), reason="needs kustomize"
)
def test_overlays_come_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    output = run(installed, tmp_path, "check", "manifests/overlays/kind")
    assert "objects are" in output


@pytest.mark.timeout(1800)
def test_it_trains_and_serves_outside_of_a_clone(installed: Path, project: Path) -> None:
    output = run(installed, project, "train", "--problem", "churn.yaml")
    assert "decision: promote" in output
    port, metrics_port = free_port(), free_port()
    server = subprocess.Popen(
        [
            *(str(installed), "serve", "--problem", "churn.yaml"),
            *("--port", str(port), "--metrics-port", str(metrics_port)),
        ],
        cwd=project,
        env=environment(),
    )
    try:
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 120
        while not is_ready(url):
            assert server.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        response = httpx.post(f"{url}/predict", json={"jsonData": FULL}, timeout=30)
        assert response.status_code == 200, response.text
        assert response.json()["data"]["names"] == ["stayed", "left"]
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(60) == 0
    assert (project / ".homestead" / "homestead.db").exists()


def is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/v2/health/ready", timeout=10).status_code == 200
    except httpx.TransportError:
        return False
