"""The wheel: what it holds, and that it works where there is no clone."""

import shutil
import subprocess
import sys
import sysconfig
import zipfile
from email import message_from_string
from email.message import Message
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from homestead import __version__
from tests.wheels import ROOT, build_wheel, run


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


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
        *("serving", "kubernetes", "dvc", "openlineage", "wandb", "spark", "dev"),
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
