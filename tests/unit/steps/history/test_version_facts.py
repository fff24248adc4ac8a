"""Facts of a version whose run, certificate or documents are gone."""

from pathlib import Path

from homestead.database.engine import open_database
from homestead.settings import Settings
from homestead.steps.history.lineage import read_lineage
from homestead.tracking import runs
from tests.history import register_file
from tests.small_models import small_onnx


def test_a_version_of_an_earlier_release_has_what_is_recorded_and_no_more(
    settings: Settings, tmp_path: Path
) -> None:
    mlflow = runs.open_client(settings)
    hashes = {"homestead.data_hash": "ab" * 32, "homestead.run": "f" * 32}
    for factor in (1.0, 2.0):
        register_file(mlflow, "homes", small_onnx(factor), tmp_path / "models", **hashes)
    open_database(settings.database_url).dispose()
    report = read_lineage("homes", settings, "ab" * 4)
    first, second = report.versions
    assert (first.siblings, second.siblings) == (("2",), ("1",))
    assert first.certificate.problem == "the version has no signed certificate"
    assert [run.status for run in first.runs] == ["", ""]
    assert first.origin.data_hash == "ab" * 32
    assert first.origin.views == {}
    assert (first.releases, first.use.rows) == ((), 0)
