"""Parts of the demo: the rows it sends, and how it counts what was logged."""

import pytest

from homestead.cli.demo import run as demo
from homestead.cli.demo.run import unseen_rows, wait_for_log
from homestead.data.ingest import ingest
from homestead.database.engine import open_database
from homestead.prediction_log.insert_rows import insert_lines
from homestead.problem.schema import Problem
from homestead.problem.sections.split import TimeSplit
from homestead.settings import Settings
from tests.factories import prediction_entry


def test_it_sends_rows_that_no_model_was_trained_on(churn: Problem) -> None:
    rows = unseen_rows(churn)
    assert len(rows) == 166
    assert isinstance(churn.split, TimeSplit)
    assert (rows["day"].dt.date >= churn.split.holdout_from).all()
    assert set(rows.customer) <= set(ingest(churn).valid.customer)


def test_it_counts_the_logged_rows_of_its_own_predictions(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "LOG_TIMEOUT_S", 0)
    settings.folder()
    assert wait_for_log(settings, ["a", "b"]) == 0
    engine = open_database(settings.database_url)
    entries = [prediction_entry(name, 60.0) for name in ("a", "other")]
    insert_lines(engine, entries)
    engine.dispose()
    assert wait_for_log(settings, ["a", "b"]) == 1
    assert wait_for_log(settings, ["a"]) == 1
