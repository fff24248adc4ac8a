"""What is read of versions: what cannot be read is a note, not an error."""

from datetime import UTC, datetime, timedelta

import numpy as np
import sqlalchemy as sa

from homestead.database.engine import open_database
from homestead.settings import Settings
from homestead.steps.performance.versions import VersionReader
from homestead.tracking import registry, runs
from tests.registry import PROBLEM
from tests.served import flats_rents, log_flats, released_flats

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)


def test_what_cannot_be_read_of_a_version_is_noted(settings: Settings) -> None:
    settings.folder()
    engine: sa.Engine = open_database(settings.database_url)
    version = released_flats(settings, 16.0, rows=60)
    area, rent = flats_rents(30, seed=1)
    at = NOW.timestamp() - np.linspace(86_400, 60, 30)
    log_flats(engine, version, area, at, rent)
    # Another model answered, too, which the registry does not know any more.
    log_flats(engine, version.model_copy(update={"version": "0"}), area, at + 1)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE predictions SET digest = 'e' WHERE version = '0'"))
    mlflow = runs.open_client(settings)
    reader = VersionReader(
        PROBLEM, settings, mlflow, engine, NOW - timedelta(days=2), NOW, NOW + timedelta(days=1)
    )
    uncertified = version.model_copy(update={"certificate": None})
    read = reader.read(uncertified)
    assert (read.predictions, len(read.answered), len(read.labelled)) == (30, 30, 30)
    assert read.certificate is None
    assert reader.notes[0].startswith("No promise of version 1: ")
    assert reader.read_others(read) == []
    assert read.learnt is not None
    assert "at least 50" in read.learnt.undefined
    assert reader.read(version).promised["mae"].value == 16.0
    keyless = VersionReader(
        PROBLEM,
        settings.model_copy(update={"verify_keys": settings.home / "no keys"}),
        mlflow,
        engine,
        NOW - timedelta(days=2),
        NOW,
        NOW,
    )
    # This version's run has no certificate for people, so there is no promise without keys.
    assert keyless.read(version).certificate is None
    run_id = registry.version_run_id(mlflow, PROBLEM.name, version.version)
    assert "performance_model.json" in {file.path for file in mlflow.list_artifacts(run_id)}
    signed = reader.read(version).certificate
    assert signed is not None
    mlflow.log_text(run_id, signed.to_json(), "certificate.json")
    assert keyless.read(version).promised["mae"].value == 16.0
    assert "is not verified: HOMESTEAD_VERIFY_KEYS" in keyless.notes[-1]
    engine.dispose()
