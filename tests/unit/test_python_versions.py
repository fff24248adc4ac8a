"""Supported versions of Python: declared alike everywhere, and found on a machine that has one."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SCRIPT = ROOT / "scripts" / "find-python"
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """Make a folder with the programs that the script itself needs, and no Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("bash", "env", "grep", "sort"):
        (folder / name).symlink_to(str(shutil.which(name)))
    return folder


def add_program(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f"#!/usr/bin/env bash\n{text}\n", encoding="utf-8")
    (folder / name).chmod(0o755)


def found(programs: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(SCRIPT), *arguments],
        env={"PATH": str(programs)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_all_places_name_the_same_versions() -> None:
    classified = [
        text.rpartition(" ")[2]
        for text in PROJECT["classifiers"]
        if re.fullmatch(r"Programming Language :: Python :: 3\.\d+", text)
    ]
    supported = SpecifierSet(PROJECT["requires-python"])
    assert classified == [f"3.{minor}" for minor in range(30) if f"3.{minor}" in supported]
    script = SCRIPT.read_text(encoding="utf-8")
    assert f'SUPPORTED="{" ".join(reversed(classified))}"' in script
    assert f'RANGE="{PROJECT["requires-python"]}"' in script
    workflow = yaml.safe_load((ROOT / ".github/workflows/check.yml").read_text(encoding="utf-8"))
    matrix = workflow["jobs"]["code"]["strategy"]["matrix"]["python"]
    assert matrix == [classified[0], classified[-1]]
    lowest = workflow["jobs"]["lowest"]["steps"]
    assert lowest[1]["with"]["python-version"] == classified[0]
    assert lowest[2]["run"] == "make test-lowest"
    assert VERSION in classified


def test_a_name_that_only_prints_an_error_is_no_python(programs: Path) -> None:
    add_program(programs, "python3.14", 'echo "pyenv: python3.14: command not found" >&2; exit 127')
    # Answers to anything, but is no Python.
    add_program(programs, "python3.13", "echo /nowhere/python3.13")
    add_program(programs, "python3", f'exec {sys.executable} "$@"')
    result = found(programs, VERSION)
    assert Path(result.stdout.strip()).resolve() == Path(sys.executable).resolve()
    assert result.stderr == ""


def test_versions_that_pyenv_holds_are_found(programs: Path, tmp_path: Path) -> None:
    if sys.version_info >= (3, 14):
        pytest.skip("needs a version that is not the newest")
    versions = tmp_path / "versions"
    (versions / f"{VERSION}.2" / "bin").mkdir(parents=True)
    add_program(versions / f"{VERSION}.2" / "bin", "python", f'exec {sys.executable} "$@"')
    listed = f"{VERSION}.2\\n3.9.18\\nan-environment"
    add_program(
        programs,
        "pyenv",
        f'[ "$1" = versions ] && printf "{listed}\\n" || echo "{versions}/$2"',
    )
    result = found(programs)
    assert Path(result.stdout.strip()).resolve() == Path(sys.executable).resolve()
    assert len(found(programs, "--all").stdout.splitlines()) == 1


def test_without_python_uv_brings_one_or_one_sentence_says_what_to_install(
    programs: Path, tmp_path: Path
) -> None:
    result = found(programs)
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert "3.11, 3.12, 3.13 or 3.14" in line
    # Debian's Python without its module venv.
    add_program(programs, "python3.12", "exit 3")
    (line,) = found(programs).stderr.splitlines()
    assert "apt-get install python3.12-venv" in line
    calls = tmp_path / "calls"
    add_program(programs, "uv", f'echo "$*" >>{calls}; [ "$2" = install ] || echo /uv/python3.14')
    result = found(programs)
    assert (result.returncode, result.stdout) == (0, "/uv/python3.14\n")
    assert "python install" in calls.read_text(encoding="utf-8")


def test_make_takes_a_python_of_the_callers_choice_only_if_it_is_supported(tmp_path: Path) -> None:
    add_program(tmp_path, "old", "exit 1")
    result = subprocess.run(
        [
            *("make", "--no-print-directory", "setup", f"VENV={tmp_path / 'environment'}"),
            f"PYTHON={tmp_path / 'old'}",
        ],
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert result.returncode != 0
    assert "old is not a Python from 3.11 to 3.14" in result.stderr
    assert not (tmp_path / "environment").exists()
