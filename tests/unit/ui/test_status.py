"""Lines of the state of a problem."""

from typing import Any

import pytest

from homestead.database.served_plans import ServedPlan
from homestead.ui.status import ProblemStatus, status_rows
from homestead.ui.views.box import Box
from homestead.ui.views.log import LogView
from homestead.ui.views.models import CertificateState, MetricFigure, ModelsView, VersionView
from homestead.ui.views.watching import JobView, ServersView

NOW = 1_000_000.0
KEYS = (
    *("models", "release", "jobs", "drift", "performance", "labels", "retraining"),
    *("log", "servers", "alerts"),
)


def lines_of(key: str, content: object, **box: Any) -> list[str]:
    boxes = {name: Box(name, name) for name in KEYS}
    boxes[key] = Box(key, key, content, **box)
    state = ProblemStatus("homes", "mae", "USD", boxes)
    rows = list(status_rows(state, NOW))
    nothing = list(status_rows(ProblemStatus("homes", "", "", {k: Box(k, k) for k in KEYS}), NOW))
    return [text for title, text in rows if (title, text) not in nothing]


@pytest.mark.parametrize("key", KEYS)
def test_what_is_not_there_yet_says_so(key: str) -> None:
    rows = dict(status_rows(ProblemStatus("homes", "", "", {k: Box(k, k) for k in KEYS}), NOW))
    assert all(rows.values())
    assert rows["model"] == "no champion yet: homestead train"


def test_a_champion_shows_the_metric_that_decides_with_unit_and_interval() -> None:
    metrics = (MetricFigure("r2", 0.9, 0.88, 0.91), MetricFigure("mae", 65001, 61567, 68882))
    version = VersionView(
        "champion", "3", "d" * 64, NOW - 7200, 1.0, CertificateState("verified", ""), metrics
    )
    assert lines_of("models", ModelsView(version, None)) == [
        "champion: version 3, made 2 h ago, answers 100% of requests",
        "  mae 65,001 USD (61,567 to 68,882) on the holdout, by its verified certificate",
    ]


def test_a_certificate_that_is_refused_is_said() -> None:
    refused = CertificateState("refused", "no trusted key signed it")
    version = VersionView("champion", "3", "d" * 64, None, None, refused)
    (_, line) = lines_of("models", ModelsView(version, None))
    assert line == "  certificate refused: no trusted key signed it"


def test_a_job_that_failed_last_stands_out() -> None:
    jobs = [JobView("drift", NOW - 7200, NOW - 60), JobView("training", NOW - 60, NOW - 7200)]
    assert lines_of("jobs", jobs) == ["drift FAILED 1 min ago; training succeeded 1 min ago"]


@pytest.mark.parametrize(
    ("rows", "size", "spool", "text"),
    [
        (1, 258_000, 0, "1 prediction, newest 1 min ago; database file 258.0 kB; spool empty"),
        (5, None, 2_500_000, "5 predictions, newest 1 min ago; 2.5 MB wait to be shipped"),
        (1000, 12, 0, "more than 1,000 predictions, newest 1 min ago; database file 12 bytes"),
    ],
)
def test_the_log_has_rows_and_sizes(rows: int, size: int | None, spool: int, text: str) -> None:
    (line,) = lines_of("log", LogView(rows, 1000, NOW - 60, size, spool))
    assert line.startswith(text)


def test_of_a_log_in_files_the_newest_hours_are_counted() -> None:
    (line,) = lines_of("log", LogView(5, 1000, NOW - 60, None, 0, hours=24))
    assert line == "5 predictions in the newest 24 hours, newest 1 min ago; spool empty"


def test_servers_with_another_plan_or_silent_ones_are_told_apart() -> None:
    servers = [
        ServedPlan("box/1", "homes", "p" * 64, champion="3", seen_at=NOW - 900),
        ServedPlan("box/2", "homes", "q" * 64, error="model is gone", seen_at=NOW - 900),
    ]
    assert lines_of("servers", ServersView(servers, "p" * 64)) == [
        "box/1: silent, seen 15 min ago, version 3",
        "box/2: silent, seen 15 min ago, version –, another plan than the release's: model is gone",
    ]


def test_an_error_is_shown_in_place_of_the_content() -> None:
    assert lines_of("drift", None, error="it is away") == ["cannot be read: it is away"]
