"""Sources of the page: all are opened to read alone, and none is made."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from homestead.database.engine import open_database, open_read_only
from homestead.errors import UserError
from homestead.settings import Settings
from homestead.steps.ui.problems import problem_names
from homestead.steps.ui.sources import Sources
from homestead.tracking import runs
from tests.conftest import settings_at
from tests.registry import PROBLEM
from tests.ui_home import PAGE_PROBLEM


def test_a_connection_refuses_to_write(database_url: str) -> None:
    made = open_database(database_url)
    made.connect().close()
    made.dispose()
    engine = open_read_only(database_url)
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM task_runs")) == 0
    for statement in ("DELETE FROM task_runs", "CREATE TABLE more (id INT)"):
        with engine.connect() as connection, pytest.raises(sa.exc.SQLAlchemyError):
            connection.execute(sa.text(statement))
    engine.dispose()


def test_nothing_is_made_where_nothing_is(settings: Settings) -> None:
    sources = Sources(settings)
    assert (sources.has_database, sources.has_registry, sources.plan("x")) == (False, False, None)
    assert problem_names(sources) == []
    with pytest.raises(sa.exc.OperationalError):
        sources.engine.connect()
    assert not settings.home.exists()
    sources.close()


def test_the_plan_on_a_cluster_follows_from_the_record(home: Settings, sources: Sources) -> None:
    on_cluster = Sources(home.model_copy(update={"release_uri": "configmap://homestead"}))
    plan, local = on_cluster.plan(PAGE_PROBLEM), sources.plan(PAGE_PROBLEM)
    assert plan is not None
    assert local is not None
    assert plan.challenger is not None
    assert local.challenger is not None
    assert plan.champion.digest == local.champion.digest
    assert plan.challenger.digest == local.challenger.digest
    on_cluster.close()


def test_a_given_problem_file_is_the_only_one(home: Settings) -> None:
    sources = Sources(home, PROBLEM)
    assert problem_names(sources) == [PROBLEM.name]
    assert sources.problem(PROBLEM.name) is PROBLEM
    sources.close()


def test_a_problem_without_its_file_says_why(sources: Sources) -> None:
    with pytest.raises(UserError, match=f"{PAGE_PROBLEM}: no champion"):
        sources.problem(PAGE_PROBLEM)


def test_artifacts_are_read_in_a_home_that_was_moved(settings: Settings, tmp_path: Path) -> None:
    mlflow = runs.open_client(settings)
    run_id = runs.start_run(mlflow, settings, PROBLEM, {})
    mlflow.log_text(run_id, "name: flats", "problem.yaml")
    moved = settings_at(tmp_path / "moved")
    settings.home.rename(moved.home)
    sources = Sources(moved)
    # No other command has opened the home since.
    assert runs.read_text(sources.mlflow, run_id, "problem.yaml") == "name: flats"
    sources.close()
