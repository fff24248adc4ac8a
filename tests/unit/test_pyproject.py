"""Declared dependencies: the code's imports are among them, and the locks are within the ranges."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", re.MULTILINE)
# Imported by type checkers or where it is installed, by way of another package.
_BY_WAY_OF = {
    "IPython": "ipykernel",
    "google": "kfp",
    "dvc_data": "dvc",
    "kfp_server_api": "kfp",
    "pydantic_core": "pydantic",
    "kubernetes": "kubernetes",
    "urllib3": "kubernetes",
    "openlineage": "openlineage-python",
    "typeguard": "feast",
    "wandb": "wandb",
}


def locked(name: str) -> dict[str, str]:
    """Return the pinned versions of a lock by distribution."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    return {canonicalize_name(match[1]): match[2] for match in _PIN.finditer(text)}


def declared(*extras: str) -> list[Requirement]:
    """Return the requirements of the core, or of extras."""
    texts = [text for extra in extras for text in EXTRAS[extra]] or PROJECT["dependencies"]
    requirements = [Requirement(text) for text in texts]
    return [requirement for requirement in requirements if requirement.name != "homestead"]


@pytest.mark.parametrize(
    ("lock", "requirements"),
    [
        ("pipeline", declared()),
        ("pipeline", declared("serving", "kubernetes", "dvc")),
        ("serving", declared("serving")),
        ("dev", declared()),
        ("dev", declared(*(extra for extra in EXTRAS if extra not in ("openlineage", "wandb")))),
        ("trackers", declared("openlineage", "wandb")),
        ("spark", declared("spark")),
    ],
    ids=[
        *("pipeline-core", "pipeline-extras", "serving"),
        *("dev-core", "dev-extras", "trackers", "spark"),
    ],
)
def test_each_locked_version_is_in_the_declared_range(
    lock: str, requirements: list[Requirement]
) -> None:
    versions = locked(lock)
    for requirement in requirements:
        version = versions[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version, prereleases=True), (requirement, version)


# Held by the lowest s3fs, whose aiobotocore pins them.
_OLDER_BY_S3FS = {"aiobotocore", "multidict", "wrapt"}
_USERS_EXTRAS = [extra for extra in EXTRAS if extra != "dev"]


def test_the_lowest_versions_that_are_tried_are_those_of_the_ranges() -> None:
    """``make test-lowest`` installs them: a range that changes needs ``make lock``."""
    versions = locked("lowest")
    for requirement in [*declared(), *declared(*_USERS_EXTRAS)]:
        (lowest,) = (s.version for s in requirement.specifier if s.operator == ">=")
        version = versions[canonicalize_name(requirement.name)]
        assert f"{version}.".startswith(f"{lowest}."), requirement


def test_all_extras_together_hold_no_package_back_to_a_major_version_of_years_ago() -> None:
    """A low direct dependency may hold back another one: jinja2 3.1.0 took Flask to 2.2."""
    direct = {canonicalize_name(r.name) for r in [*declared(), *declared(*_USERS_EXTRAS)]}
    newest = {**locked("trackers"), **locked("dev")}
    older = {
        name
        for name, version in locked("lowest").items()
        if name in newest and name not in direct
        if Version(version).major != Version(newest[name]).major
    }
    assert older == _OLDER_BY_S3FS


def test_the_server_is_locked_within_the_declared_ranges() -> None:
    versions = locked("serving")
    shared = [r for r in declared() if canonicalize_name(r.name) in versions]
    assert {"httptools", "msgspec", "uvloop", "onnxruntime"} <= {r.name for r in shared}
    for requirement in shared:
        version = versions[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version, prereleases=True), (requirement, version)


def test_the_small_distribution_declares_what_the_image_installs() -> None:
    """Its dependencies have the ranges of the complete one, and are those of the image's lock."""
    text = (ROOT / "serving" / "pyproject.toml").read_text(encoding="utf-8")
    small = tomllib.loads(text)["project"]
    ranges = {r.name: r for r in [*declared(), *declared("serving")]}
    for requirement in map(Requirement, small["dependencies"]):
        assert requirement == ranges[requirement.name]
    lines = (ROOT / "requirements" / "serving.in").read_text(encoding="utf-8").splitlines()
    installed = {Requirement(line).name for line in lines if line and not line.startswith("#")}
    assert installed == {Requirement(text).name for text in small["dependencies"]}
    assert small["requires-python"] == PROJECT["requires-python"]


def test_every_import_of_the_code_is_declared() -> None:
    names = {canonicalize_name(r.name) for r in [*declared(), *declared(*EXTRAS)]}
    distributions = packages_distributions()
    for path in sorted((ROOT / "homestead").rglob("*.py")):
        for module in imported(path) - {"homestead"} - sys.stdlib_module_names:
            candidates = [_BY_WAY_OF.get(module, ""), *distributions.get(module, ())]
            assert names & {canonicalize_name(name) for name in candidates}, f"{path}: {module}"


def imported(path: Path) -> set[str]:
    """Return the top-level names that a module imports absolutely."""
    modules: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            modules |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules.add(node.module.partition(".")[0])
    return modules
