"""Reproduction: the same bytes from recorded inputs, or what is missing and what differs."""

import hashlib
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from homestead.errors import UserError
from homestead.names import PROBLEM_FILE
from homestead.settings import Settings
from homestead.steps.history.reproduce import reproduce
from homestead.steps.history.reproduction.report import ReproductionReport, reproduction_lines
from homestead.tracking import registry, runs, tags
from homestead.tracking.environment import describe_environment
from homestead.training.distributed.workers import boosting_workers
from tests.components import TrainedHome
from tests.conftest import settings_at


@pytest.fixture
def settings(trained_home: TrainedHome) -> Iterator[Settings]:
    """Yield the settings of the trained home, at the commit that it was trained from."""
    with trained_home.environment():
        yield settings_at(trained_home.home)


def _reproduce(
    settings: Settings, data: str = "", output: Path | None = None
) -> ReproductionReport:
    return reproduce("churn", settings, "1", report=lambda _: None, data=data, output=output)


def test_the_champion_is_rebuilt_bit_by_bit(settings: Settings, tmp_path: Path) -> None:
    output = tmp_path / "rebuilt.onnx"
    report = _reproduce(settings, output=output)
    assert report.is_identical, list(reproduction_lines(report))
    assert report.training_set_is_same
    assert not report.other_inputs
    assert hashlib.sha256(output.read_bytes()).hexdigest() == report.digest
    assert {item.name for item in report.inputs} == {
        *("problem file", "data", "feature definitions", "candidate", "seed", "code", "packages"),
    }
    assert list(reproduction_lines(report))[-1].startswith("version 1 of churn was rebuilt in ")


def test_other_data_are_named_and_a_copy_of_the_right_ones_is_taken(
    settings: Settings, trained_home: TrainedHome, tmp_path: Path
) -> None:
    source = Path(trained_home.parsed_problem.source)
    other, copy = tmp_path / "other.csv", tmp_path / "copy.csv"
    other.write_bytes(source.read_bytes() + b"\n")
    copy.write_bytes(source.read_bytes())
    report = _reproduce(settings, str(other))
    assert report.rebuilt_digest is None
    lines = list(reproduction_lines(report))
    assert any(line.startswith("data") and f"{other} has " in line for line in lines)
    assert lines[-1] == "version 1 of churn was not rebuilt: missing or different: data"
    missing = _reproduce(settings, str(tmp_path / "none.csv"))
    assert [item.state for item in missing.other_inputs] == ["missing"]
    assert _reproduce(settings, str(copy)).is_identical


def test_what_is_not_as_recorded_is_told_even_if_the_bytes_are_the_same(
    settings: Settings, trained_home: TrainedHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOMESTEAD_COMMIT", "deadbeef")
    other_packages = re.sub("(?m)^numpy==.*", "numpy==9", describe_environment())
    monkeypatch.setattr(
        "homestead.steps.history.reproduction.recorded_inputs.describe_environment",
        lambda: other_packages,
    )
    client = trained_home.client()
    candidate = registry.version_run_id(client, "churn", "1")
    client.set_tag(candidate, tags.SEED, "7")
    try:
        report = _reproduce(settings)
    finally:
        client.set_tag(candidate, tags.SEED, "0")
    assert [item.name for item in report.other_inputs] == ["code", "packages"]
    text = "\n".join(reproduction_lines(report))
    assert "recorded c0ffee, here deadbeef: check it out: git checkout c0ffee" in text
    assert re.search("numpy [0-9.]+, here 9\n", text)
    # Another seed gave another model here, or the same one; the verdict says which.
    assert report.training_set_is_same
    expected = "bit-identical" if report.is_identical else "DIFFERS"
    assert expected in text


def test_without_the_problem_file_nothing_is_built(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(mlflow: object, run_id: str, name: str) -> str:
        raise UserError(f"run {run_id}: cannot read {name}: deleted")

    monkeypatch.setattr("homestead.tracking.runs.read_text", gone)
    report = _reproduce(settings)
    assert report.rebuilt_digest is None
    assert f"cannot read {PROBLEM_FILE}" in "\n".join(reproduction_lines(report))


def test_an_unknown_version_is_refused(settings: Settings) -> None:
    with pytest.raises(UserError, match="churn: found no version '9', allowed are: 1"):
        reproduce("churn", settings, "9", report=lambda _: None)


def test_a_model_is_fitted_by_as_many_workers_as_it_was(
    trained_home: TrainedHome, tmp_path: Path
) -> None:
    """Trees of one process are others than those of two workers."""
    moved = tmp_path / "home"
    shutil.copytree(trained_home.home, moved)
    copy = settings_at(moved)
    client = runs.open_client(copy)
    client.log_param(registry.version_run_id(client, "churn", "1"), "boosting_workers", "2")
    workers: list[int] = []
    with trained_home.environment():
        report = reproduce("churn", copy, "1", report=lambda _: workers.append(boosting_workers()))
    assert workers[-1] == 2
    assert ("boosting workers", "2") in {(item.name, item.recorded) for item in report.inputs}
    assert boosting_workers() == 0
