"""A moved or copied home: its registry refers to the artifacts in the new place alone."""

import shutil
from pathlib import Path

import sqlalchemy as sa

from homestead.model.onnx_model import read_model
from homestead.names import CERTIFICATE_FILE
from homestead.settings import Settings
from homestead.tracking import registry, runs
from tests.conftest import ODD_NAME, settings_at
from tests.registry import PROBLEM, log_candidates, promote, release


def texts(settings: Settings) -> list[str]:
    """Return every text in the registry's database."""
    engine = sa.create_engine(settings.tracking_uri)
    tables = sa.MetaData()
    try:
        with engine.connect() as connection:
            tables.reflect(connection)
            return [
                value
                for table in tables.tables.values()
                for row in connection.execute(sa.select(table))
                for value in row
                if isinstance(value, str)
            ]
    finally:
        engine.dispose()


def test_a_copy_reads_and_writes_its_own_files(tmp_path: Path) -> None:
    original = settings_at(tmp_path / "original")
    candidate = log_candidates(original)["a"]
    promote(original, candidate, None)
    copy = settings_at(tmp_path / ODD_NAME)
    shutil.copytree(original.home, copy.home)
    hidden = original.home.rename(tmp_path / "hidden")

    mlflow = runs.open_client(copy)
    champion = registry.champion(mlflow, PROBLEM.name)
    assert champion is not None
    assert read_model(champion.uri, champion.digest).digest == candidate.digest
    assert "promote" in runs.read_text(mlflow, candidate.run_id, CERTIFICATE_FILE)
    released = release(copy)
    assert released is not None
    assert released.challenger == champion
    started = runs.start_run(mlflow, copy, PROBLEM, {})
    mlflow.log_text(started, "text", "note.txt")
    assert runs.read_text(mlflow, started, "note.txt") == "text"
    assert not original.home.exists()
    assert not [text for text in texts(copy) if original.home.as_uri() in text]
    assert list(copy.home.glob("mlartifacts/*/*/artifacts/note.txt"))
    assert sorted(tmp_path.iterdir()) == sorted([hidden, copy.home])

    # While the original is still there, neither touches the other.
    hidden.rename(original.home)
    before = texts(original)
    runs.open_client(original)
    assert texts(original) == before
    uri = registry.champion(runs.open_client(copy), PROBLEM.name)
    assert uri == champion


def test_a_store_that_another_home_uses_is_left_alone(tmp_path: Path) -> None:
    owner = settings_at(tmp_path / "owner")
    runs.open_client(owner)
    guest = owner.model_copy(update={"home": tmp_path / "guest"})
    runs.start_run(runs.open_client(guest), guest, PROBLEM, {})
    before = texts(owner)
    runs.open_client(owner)
    runs.open_client(guest)
    assert texts(owner) == before
