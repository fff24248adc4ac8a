"""The wheels on each further Python of this machine: new environments train, serve, predict."""

import os
import subprocess
import sys
import zipfile
from email import message_from_bytes
from pathlib import Path

import httpx
import pytest

from homestead import __version__
from tests.conftest import CHURN
from tests.serving import FULL
from tests.wheels import ROOT, build_wheel, install_wheel, run, serving

VERSIONS = ("3.11", "3.12", "3.13", "3.14")
RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"
# Text is ASCII there where no encoding is named.
C_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def small_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("small"), ROOT / "serving")


@pytest.fixture(params=VERSIONS)
def python(request: pytest.FixtureRequest) -> str:
    """Return the interpreter of a version; skip the versions that this machine lacks."""
    version = str(request.param)
    if version == RUNNING:
        if len(_find("--all").splitlines()) > 1:
            pytest.skip("the whole suite runs on this version; the wheel is tried on the others")
        return sys.executable
    found = _find(version)
    if not found:
        pytest.skip(f"needs Python {version}: uv python install {version}")
    return found


def _find(version: str) -> str:
    """Return what ``scripts/find-python`` prints, '' if there is none."""
    script = [str(ROOT / "scripts" / "find-python"), version]
    return subprocess.run(script, capture_output=True, encoding="utf-8", check=False).stdout.strip()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make a folder with a problem file and its table, as a user has them, with other letters."""
    folder = tmp_path / "project"
    folder.mkdir()
    for path in (CHURN, CHURN.with_suffix(".csv")):
        text = path.read_text(encoding="utf-8")
        text = text.replace("pro]", "größer]").replace(",pro,", ",größer,")
        (folder / path.name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.timeout(1800)
def test_it_trains_serves_and_predicts(
    wheel: Path, small_wheel: Path, python: str, project: Path, tmp_path: Path
) -> None:
    complete = install_wheel(tmp_path / "complete", python, wheel, "pipeline")
    output = run(complete, project, "train", "--problem", "churn.yaml", environment=C_LOCALE)
    assert "promote" in output
    # Such as those that Python 3.12 and later print when they compile a module for the first time.
    assert "Warning" not in output
    assert (project / ".homestead" / "homestead.db").exists()
    row = {**FULL, "plan": "größer"}
    predictions = []
    small = install_wheel(tmp_path / "small", python, small_wheel, "serving")
    for program in (complete, small):
        with serving(program, project, "churn.yaml", C_LOCALE) as url:
            response = httpx.post(f"{url}/predict", json={"jsonData": row}, timeout=30)
        assert response.status_code == 200, response.text
        assert response.json()["data"]["names"] == ["stayed", "left"]
        predictions.append(response.json()["data"])
    assert predictions[0] == predictions[1]
    # The small install says where the rest is, in one sentence.
    output = run(small, project, "train", "--problem", "churn.yaml", code=1)
    (line,) = output.splitlines()
    assert "pip install homestead" in line


def test_the_small_wheel_has_the_code_and_nothing_of_training(small_wheel: Path) -> None:
    with zipfile.ZipFile(small_wheel) as archive:
        names = set(archive.namelist())
        metadata = message_from_bytes(
            archive.read(f"homestead_serving-{__version__}.dist-info/METADATA")
        )
    sources = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "homestead").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert sources <= names
    assert not [name for name in names if name.endswith((".pyc", ".parquet"))]
    required = {text.split(">")[0] for text in metadata.get_all("Requires-Dist", [])}
    assert not required & {"pandas", "scikit-learn", "mlflow", "feast", "kfp", "pyarrow"}


def test_importing_the_server_takes_nothing_of_training(tmp_path: Path) -> None:
    code = (
        "import sys, homestead.serving.main, homestead.serving.app;"
        "print(*{'pandas', 'sklearn', 'mlflow', 'feast'} & sys.modules.keys())"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert result.stdout.strip() == ""
