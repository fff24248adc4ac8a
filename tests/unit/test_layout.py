"""The layout of the sources: small modules, small folders, and a test module beside each module."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "homestead").rglob("*.py"))
MAX_LINES = 250
MAX_MODULES = 12
# A module with fewer lines may be tested through the one that uses it.
LINES_OF_WEIGHT = 80


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_module_is_longer_than_a_reader_keeps_in_mind() -> None:
    too_long = {str(p.relative_to(ROOT)): n for p in SOURCES if (n := _lines(p)) > MAX_LINES}
    assert not too_long


def test_no_folder_holds_more_modules_than_a_reader_overlooks() -> None:
    counts: dict[str, int] = {}
    for path in SOURCES:
        if path.name != "__init__.py":
            folder = str(path.parent.relative_to(ROOT))
            counts[folder] = counts.get(folder, 0) + 1
    assert not {folder: count for folder, count in counts.items() if count > MAX_MODULES}


@pytest.mark.parametrize(
    "source",
    # Migrations have no test of their own each: test_upgrade.py runs them all.
    [
        path
        for path in SOURCES
        if _lines(path) >= LINES_OF_WEIGHT and path.parent.name != "versions"
    ],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_each_module_of_weight_has_a_test_module_of_its_name(source: Path) -> None:
    room = source.parent.relative_to(ROOT / "homestead")
    assert (ROOT / "tests" / "unit" / room / f"test_{source.stem}.py").is_file()


def test_the_serving_image_is_built_from_modules_that_exist() -> None:
    text = (ROOT / "serving" / "Dockerfile").read_text(encoding="utf-8")
    named = {
        module
        for line in re.findall(r"import (homestead.*?)[;']", text)
        for module in re.findall(r"homestead[\w.]*", line)
    }
    assert named
    assert [module for module in named if importlib.util.find_spec(module) is None] == []
