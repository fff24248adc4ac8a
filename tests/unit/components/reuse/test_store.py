"""Store of steps' results: whole, unchanged, or not there."""

from pathlib import Path

import pytest

from homestead.components.reuse.store import StepStore


@pytest.fixture
def outputs(tmp_path: Path) -> dict[str, Path]:
    """Return a file and a folder that a step has written, and a file that it has not."""
    table, views = tmp_path / "run" / "table", tmp_path / "run" / "views"
    views.mkdir(parents=True)
    table.write_text("rows")
    (views / "house.parquet").write_text("views")
    return {"table": table, "views": views, "card": tmp_path / "run" / "card"}


@pytest.fixture
def store(tmp_path: Path) -> StepStore:
    return StepStore(tmp_path / "store")


def other(tmp_path: Path) -> dict[str, Path]:
    return {name: tmp_path / "other" / name for name in ("table", "views", "card")}


def test_a_result_outlives_the_files_that_it_was_made_of(
    store: StepStore, outputs: dict[str, Path], tmp_path: Path
) -> None:
    store.keep("ingest-1", outputs, ["a", "b"], {"table": {"rows": 3}})
    outputs["table"].unlink()
    wanted = other(tmp_path)
    result = store.restore("ingest-1", wanted)
    assert result is not None
    assert (result.value, result.metadata["table"]) == (["a", "b"], {"rows": 3})
    assert result.at > 0
    assert wanted["table"].read_text() == "rows"
    assert (wanted["views"] / "house.parquet").read_text() == "views"
    assert not wanted["card"].exists()
    assert store.restore("ingest-2", wanted) is None


@pytest.mark.parametrize("damaged", ["files/table", "files/views/house.parquet", "result.json"])
def test_a_result_of_which_a_byte_has_changed_is_none(
    store: StepStore, outputs: dict[str, Path], tmp_path: Path, damaged: str
) -> None:
    store.keep("ingest-1", outputs, None, {})
    (tmp_path / "store" / "ingest-1" / damaged).write_text("other")
    assert store.restore("ingest-1", other(tmp_path)) is None
    # The step runs again, and its result takes the place of the damaged one.
    outputs["table"].unlink()
    outputs["table"].write_text("rows")
    (outputs["views"] / "house.parquet").unlink()
    (outputs["views"] / "house.parquet").write_text("views")
    store.keep("ingest-1", outputs, None, {})
    assert store.restore("ingest-1", other(tmp_path)) is not None


def test_what_a_killed_process_had_begun_is_no_result(
    store: StepStore, outputs: dict[str, Path], tmp_path: Path
) -> None:
    store.keep("ingest-1", outputs, None, {})
    (tmp_path / "store" / "ingest-1" / "result.json").unlink()
    assert store.restore("ingest-1", other(tmp_path)) is None


def test_a_result_that_cannot_be_kept_fails_no_step(
    outputs: dict[str, Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    StepStore(tmp_path / "file").keep("ingest-1", outputs, None, {})
    assert "cannot be kept" in caplog.text


def test_the_results_used_last_stay(
    store: StepStore, outputs: dict[str, Path], tmp_path: Path
) -> None:
    for number in range(3):
        store.keep(f"ingest-churn-{number}", outputs, None, {})
    store.keep("ingest-other-0", outputs, None, {})
    assert store.restore("ingest-churn-0", other(tmp_path)) is not None
    store.prune("ingest-churn", 2)
    left = {path.name for path in (tmp_path / "store").iterdir()}
    assert left == {"ingest-churn-0", "ingest-churn-2", "ingest-other-0"}
