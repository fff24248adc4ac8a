"""Lineage of a trained home: from a prediction, a version and a data hash to everything else."""

import json
import math
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from homestead.database.engine import open_database
from homestead.errors import UserError
from homestead.model.onnx_model import Model, read_model
from homestead.prediction_log.insert_rows import insert_lines
from homestead.problem.values.row_hashes import table_hash
from homestead.reports.lineage.text import lineage_lines
from homestead.settings import Settings
from homestead.steps.history.lineage import read_lineage
from homestead.tracking import registry
from tests.components import PIPELINE_RUN, TrainedHome
from tests.conftest import settings_at
from tests.factories import prediction_entry
from tests.history import log_predictions


@pytest.fixture(scope="module")
def settings(trained_home: TrainedHome, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    database = trained_home.database_copy(tmp_path_factory.mktemp("log"))
    return settings_at(trained_home.home).model_copy(update={"database_url": database})


@pytest.fixture(scope="module")
def model(trained_home: TrainedHome, settings: Settings) -> Iterator[Model]:
    """Yield the champion, of which seven rows are in the log."""
    champion = registry.champion(trained_home.client(), "churn")
    assert champion is not None
    model = read_model(champion.uri, champion.digest)
    rows = pd.read_parquet(trained_home.artifact("training_set", "dataset")).head(7)
    engine = open_database(settings.database_url)
    log_predictions(
        engine, model, champion.version, rows.assign(id=rows.customer), start=time.time()
    )
    removed = prediction_entry("removed", 1.0, 2.0, 3.0)
    removed.problem = "churn"
    removed.predictions = [math.nan, math.inf, 6.0]
    assert not insert_lines(engine, [removed])
    yield model
    engine.dispose()


def test_a_prediction_leads_to_everything_that_it_came_from(
    trained_home: TrainedHome, settings: Settings, model: Model
) -> None:
    report = read_lineage("churn", settings, "1-000000")
    assert report.kind == "prediction"
    assert report.prediction is not None
    assert (report.prediction.version, report.prediction.rows) == ("1", 1)
    [version] = report.versions
    assert (version.version, version.digest) == ("1", model.digest)
    assert version.aliases == ("champion",)
    assert version.certificate.decision == "promote"
    assert version.certificate.signed_by
    assert not version.certificate.problem
    assert [run.kind for run in version.runs] == ["training", "candidate"]
    assert version.runs[0].run_id == trained_home.run_id
    assert version.runs[0].pipeline_run == PIPELINE_RUN
    origin = version.origin
    assert origin.data_hash == trained_home.parameter("open_run", "data_hash")
    dataset = pd.read_parquet(trained_home.artifact("training_set", "dataset"))
    assert origin.training_set_hash == table_hash(dataset)
    assert origin.commit == "c0ffee"
    assert (origin.candidate, origin.seed) == ("logistic", "0")
    assert set(origin.views) == set(trained_home.parsed_problem.views)
    assert len(origin.environment) == 64
    assert Path(origin.source).name == "churn.csv"
    [release] = version.releases
    assert release.state == "promoted"
    assert (version.use.rows, version.use.shadow_rows) == (7, 0)
    text = "\n".join(lineage_lines(report))
    assert f"digest            {model.digest}" in text
    assert "predictions       7 rows answered" in text


def test_a_version_a_digest_and_the_data_lead_to_the_same(
    trained_home: TrainedHome, settings: Settings, model: Model
) -> None:
    by_number = read_lineage("churn", settings, "v1")
    by_digest = read_lineage("churn", settings, model.digest[:12])
    data_hash = trained_home.parameter("open_run", "data_hash")
    by_data = read_lineage("churn", settings, data_hash[:8])
    assert [report.kind for report in (by_number, by_digest, by_data)] == [
        *("version", "version", "data")
    ]
    assert by_number.versions == by_digest.versions == by_data.versions
    assert trained_home.run_id not in {run.run_id for run in by_data.other_runs}


def test_a_prediction_of_a_deleted_version_says_so(settings: Settings, model: Model) -> None:
    report = read_lineage("churn", settings, "removed")
    assert not report.versions
    text = "\n".join(lineage_lines(report))
    assert "note: version 3 is not in the registry any more" in text
    # A value that is no number is null, and the others show.
    assert "no value, no value, 6.0" in text
    document = json.loads(report.model_dump_json())
    assert document["prediction"]["predictions"] == [None, None, 6.0]


def test_an_unknown_name_is_refused_with_what_is_allowed(settings: Settings, model: Model) -> None:
    with pytest.raises(UserError, match=r"nothing is known of 'v7'; allowed are .* version \(1\)"):
        read_lineage("churn", settings, "v7")
