"""Fingerprints of what a step's result follows from: its code, its files, its part of a problem."""

import hashlib
import json
import sys
from collections.abc import Iterable
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import homestead
from homestead.problem.schema import Problem

# Of these, other versions may give other bytes from the same rows.
_LIBRARIES = ("duckdb", "numpy", "pandas", "pyarrow", "scikit-learn", "lightgbm", "optuna", "onnx")
# Sections of a problem file that neither the checks of the rows, nor the data sheet, nor the
# training set depend on; nor, but for the candidates, a training. A new section counts until it is
# listed here.
_AFTER_THE_DATA = frozenset(
    {
        *("candidates", "card", "drift", "gate", "objectives", "performance", "release"),
        *("retraining", "scoring"),
    }
)


def content_hash(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, or of a folder's names and files, in hex.

    Raises:
        OSError: there is no such file, or it cannot be read.
    """
    if not path.is_dir():
        return _file_hash(path)
    files = sorted(file for file in path.rglob("*") if file.is_file())
    return hash_of([file.relative_to(path).as_posix(), _file_hash(file)] for file in files)


def hash_of(parts: Iterable[Any]) -> str:
    """Return the SHA-256 of values that JSON can hold, in hex."""
    text = json.dumps(list(parts), sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def data_sections(problem: Problem) -> dict[str, Any]:
    """Return what a problem says of its data: all that its training set follows from."""
    return problem.model_dump(mode="json", exclude=set(_AFTER_THE_DATA))


def training_sections(problem: Problem, candidate: str) -> dict[str, Any]:
    """Return what a problem says of a candidate's training: all but others and what comes after.

    Args:
        candidate: a key of ``problem.candidates``.
    """
    definition = problem.candidates[candidate].model_dump(mode="json")
    return {**data_sections(problem), "candidates": {candidate: definition}}


@cache
def code_hash() -> str:
    """Return a hash of this package's code, of Python's version and of its libraries', in hex.

    It takes the files, not the version: code that is worked on changes without one.
    """
    root = Path(homestead.__file__).parent
    files = sorted(path for path in root.rglob("*.py"))
    code = [[path.relative_to(root).as_posix(), _file_hash(path)] for path in files]
    return hash_of([homestead.__version__, sys.version, _library_versions(), code])


def _library_versions() -> dict[str, str]:
    versions = {}
    for name in _LIBRARIES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = ""
    return versions


def _file_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
