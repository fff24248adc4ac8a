"""Figures of the alerts, from the database."""

import time

from homestead.database.engine import open_database
from homestead.database.served_plans import ServedPlan, write_served_plan
from homestead.settings import Settings
from homestead.steps.ui.boxes.alerts import read_alert_states, read_figures
from homestead.steps.ui.sources import Sources
from tests.ui_home import PAGE_PROBLEM, add_drift_reports, change


def _firing(sources: Sources) -> set[str]:
    view = read_alert_states(sources, PAGE_PROBLEM)
    assert view is not None
    return {alert.name for alert in view.alerts if alert.state == "firing"}


def test_what_the_tables_say_fires(home: Settings, sources: Sources) -> None:
    assert _firing(sources) == {
        *("HomesteadDrift", "HomesteadTaskFailed"),
        # The release began in 1970.
        *("HomesteadReleaseUndecided", "HomesteadReleaseControllerAbsent"),
    }


def test_without_a_problem_file_the_default_limits_count_and_the_page_says_so(
    home: Settings, sources: Sources
) -> None:
    view = read_alert_states(sources, PAGE_PROBLEM)
    assert view is not None
    assert view.note.startswith("With default limits, since the problem file cannot be read")


def test_a_verdict_ends_the_time_without_one(home: Settings, sources: Sources) -> None:
    assert read_figures(sources, PAGE_PROBLEM).inconclusive_since is None
    change(home, "DELETE FROM drift_reports")
    add_drift_reports(home, PAGE_PROBLEM, [0.1, None, None])
    since = read_figures(sources, PAGE_PROBLEM).inconclusive_since
    assert since is not None
    assert 3600 <= time.time() - since < 3800


def test_a_server_with_another_plan_counts_from_when_it_took_it(
    home: Settings, sources: Sources
) -> None:
    now = time.time()
    assert read_figures(sources, PAGE_PROBLEM).other_plans_since is None
    plan = ServedPlan("pod:1", PAGE_PROBLEM, "other", since=now - 400, seen_at=now)
    engine = open_database(home.database_url)
    write_served_plan(engine, plan)
    engine.dispose()
    assert read_figures(sources, PAGE_PROBLEM).other_plans_since == now - 400
    assert "HomesteadReleaseServersDiffer" in _firing(sources)
