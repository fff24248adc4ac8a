"""A look at the performance: a real registry, prediction log and labels, and what is kept."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from homestead.cli.main import main
from homestead.database.engine import open_database
from homestead.database.job_runs import latest_job_runs
from homestead.errors import NoChampionError, UserError
from homestead.model.onnx_model import read_model
from homestead.model.performance_model import PerformanceModel
from homestead.performance.estimated import estimate
from homestead.performance.report import Figure, PerformanceReport
from homestead.performance.served_rows import served_rows
from homestead.problem.model_metrics.table import MODEL_METRICS
from homestead.settings import Settings
from homestead.steps.performance.job import run_performance_job
from homestead.steps.performance.look import look_at_performance
from homestead.steps.performance.on_holdout import log_estimates_on_holdout
from homestead.steps.performance.stored_reports import newest_report
from homestead.tracking import registry, runs
from tests.conftest import settings_at
from tests.registry import PROBLEM
from tests.served import answered_frame, flats_rents, log_flats, released_flats

PROMISED = 16.0


class Home:
    """A home with a champion, whose tests look at windows of their own."""

    def __init__(self, settings: Settings) -> None:
        settings.folder()
        self.settings = settings
        self.engine = open_database(settings.database_url)
        self.version = released_flats(settings, PROMISED)

    def log(
        self, now: datetime, area: np.ndarray, rent: np.ndarray | None = None, days: float = 20
    ) -> None:
        """Log predictions of the days before a time, evenly spread, with labels."""
        at = now.timestamp() - np.linspace(days * 86_400, 7200, len(area))
        log_flats(self.engine, self.version, area, at, rent)

    def look(self, now: datetime) -> PerformanceReport:
        """Look at the last 30 days."""
        return look_at_performance(PROBLEM, self.settings, now=now)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """Return a home that the tests of this module share: MLflow's store takes seconds to make."""
    home = Home(settings_at(tmp_path_factory.mktemp("look") / "home"))
    yield home
    home.engine.dispose()


def test_without_a_champion_the_error_says_to_train_one(home: Home) -> None:
    untrained = PROBLEM.model_copy(update={"name": "rooms"})
    with pytest.raises(NoChampionError, match="no champion of rooms; train one first"):
        look_at_performance(untrained, home.settings)
    said: list[str] = []
    assert (
        run_performance_job(untrained, home.settings, said.append, require_champion=False) is None
    )
    assert "no champion" in said[0]
    now = datetime.now(UTC)
    with pytest.raises(UserError, match="the window begins at"):
        look_at_performance(PROBLEM, home.settings, since=now, until=now)


def test_labels_show_harm_that_the_estimate_cannot_see(home: Home) -> None:
    now = datetime(2025, 2, 2, 6, tzinfo=UTC)
    area, rent = flats_rents(800, seed=1)
    # The relation between area and rent has changed; the areas have not.
    home.log(now, area, 1.1 * rent)
    report = home.look(now)
    assert report.measured is not None
    assert report.estimated is not None
    assert (report.verdict, report.basis, report.exit_code) == ("harm", "labels", 3)
    assert report.measured.low is not None
    assert report.limit is not None
    assert report.measured.low > report.limit
    assert report.estimated.verdict == "fine"
    assert report.promised is not None
    assert report.promised.value == PROMISED
    assert report.predictions == report.measured.rows == 800
    assert [v.version for v in report.versions] == ["1"]
    assert len(report.timeline) == 20 + 1
    assert sum(period.predictions for period in report.timeline) == 800

    folder = home.settings.home / "reports" / "flats" / "performance"
    text = (folder / "performance.json").read_text(encoding="utf-8")
    assert PerformanceReport.from_json(text) == report == newest_report(home.engine, "flats")
    assert "Only labels tell" in (folder / "performance.html").read_text(encoding="utf-8")
    mlflow = runs.open_client(home.settings)
    run_id = registry.version_run_id(mlflow, "flats", home.version.version)
    kept = mlflow.list_artifacts(run_id, f"performance/{now:%Y%m%dT%H%M%S.%fZ}")
    assert sorted(file.path.rpartition("/")[2] for file in kept) == [
        "performance.html",
        "performance.json",
    ]


def test_without_labels_the_estimate_is_near_what_was_promised(home: Home) -> None:
    now = datetime(2025, 4, 2, 6, tzinfo=UTC)
    area, _ = flats_rents(600, seed=2)
    home.log(now, area)
    report = home.look(now)
    assert report.measured is None
    assert report.estimated is not None
    assert report.estimated.low is not None
    assert report.estimated.high is not None
    assert report.estimated.low < PROMISED < report.estimated.high
    assert report.verdict == report.estimated.verdict != "harm"


def test_few_labels_tell_nothing(home: Home) -> None:
    now = datetime(2025, 6, 2, 6, tzinfo=UTC)
    area, rent = flats_rents(40, seed=3)
    home.log(now, area, rent)
    report = home.look(now)
    assert report.measured is not None
    assert report.measured.verdict == "inconclusive"
    assert "at least 100 rows are needed" in report.measured.reason


def test_the_same_data_get_the_same_verdict_and_looks_of_a_day_share_its_level(
    home: Home,
) -> None:
    now = datetime(2025, 8, 2, 6, tzinfo=UTC)
    area, rent = flats_rents(500, seed=4)
    home.log(now, area[:300], rent[:300])
    first = home.look(now)
    again = home.look(now + timedelta(hours=1))
    assert again.measured == first.measured
    assert again.look == first.look == 1
    home.log(now, area[300:], rent[300:], days=3)
    later = home.look(now + timedelta(hours=2))
    assert later.look == 3
    assert home.look(now + timedelta(days=1)).look == 1
    assert first.measured is not None
    assert later.measured is not None
    assert later.measured.level == pytest.approx(first.measured.level / 6)


def test_the_command_says_what_was_found_and_records_that_it_ran(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    area, rent = flats_rents(500, seed=5)
    home.log(datetime.now(UTC), area, 1.2 * rent, days=1)
    monkeypatch.setattr(Settings, "read", classmethod(lambda cls: home.settings))
    monkeypatch.setattr("homestead.problem.loader.load_problem", lambda path: PROBLEM)
    result = CliRunner().invoke(main, ["performance"])
    assert result.exit_code == 3, result.output
    assert result.output.startswith("harm: version 1: mae is ")
    assert "Only labels tell" in result.output
    assert CliRunner().invoke(main, ["performance", "--exit-zero"]).exit_code == 0
    assert ("performance", "succeeded") in latest_job_runs(home.engine, "flats")


def test_the_estimate_of_rows_like_the_holdout_is_the_promise(home: Home) -> None:
    mlflow = runs.open_client(home.settings)
    run_id = registry.version_run_id(mlflow, "flats", home.version.version)
    other_run = mlflow.create_run(mlflow.get_run(run_id).info.experiment_id).info.run_id
    area, rent = flats_rents(300, seed=6)
    dataset = pd.DataFrame({"area": area, "rent": rent, "split": "holdout"})
    model = read_model(home.version.uri, home.version.digest)
    log_estimates_on_holdout(mlflow, run_id, other_run, model, dataset, PROBLEM)
    text = runs.read_text(mlflow, other_run, "performance_model.json")
    learnt = PerformanceModel.from_json(text, other_run)
    assert set(learnt.on_holdout) == {"mae"}
    now = datetime(2025, 10, 2, 6, tzinfo=UTC)
    frame = answered_frame(model, area[:, None], np.full(300, now.timestamp()))
    promised = {"mae": Figure(value=21.0, rows=300)}
    rows = served_rows(frame, model.contract, model)
    corrected = estimate([MODEL_METRICS["mae"]], rows, learnt, 0.95, promised)["mae"].figure
    assert corrected.value == pytest.approx(21.0)
