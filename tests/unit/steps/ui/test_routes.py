"""Addresses of the page: what each shows, that nothing is written, that no row spoils it."""

import hashlib
import json
import math
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from homestead.database.engine import open_database
from homestead.prediction_log.tables import PREDICTIONS
from homestead.release.plan import ModelVersion
from homestead.settings import Settings
from homestead.steps.releases.records import ReleaseRecords
from homestead.steps.ui.page import Pages
from homestead.steps.ui.readings import Readings
from homestead.steps.ui.responses import Response
from homestead.steps.ui.routes import respond
from homestead.steps.ui.sources import Sources
from tests import certified, factories
from tests.conftest import settings_at
from tests.report_pages import visible_text
from tests.ui_home import HTML_NAME, add_predictions, add_surroundings

PROBLEM = "homes"
PAGE = f"/problems/{PROBLEM}"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a home with two versions under release, traffic, reports and jobs; without MLflow."""
    settings = settings_at(tmp_path_factory.mktemp("template") / "home")
    champion, challenger = (
        ModelVersion(version=version, digest=version * 64, uri="file:///gone")
        for version in ("1", "2")
    )
    plan = certified.release(
        settings, PROBLEM, champion, challenger=challenger, traffic_share=0.1, paired_share=0.1
    )
    engine = open_database(settings.database_url)
    record = factories.release_record(
        problem=PROBLEM, champion=plan.champion, challenger=plan.challenger
    )
    ReleaseRecords(engine, settings).start(record)
    engine.dispose()
    add_surroundings(settings, PROBLEM)
    return settings.home


@pytest.fixture
def home(template: Path, settings: Settings) -> Settings:
    """Copy the home for a test."""
    shutil.copytree(template, settings.home)
    return settings


def _get(settings: Settings, target: str) -> Response:
    sources = Sources(settings)
    try:
        return respond(Pages(sources, Readings()), target)
    finally:
        sources.close()


def _text(settings: Settings, target: str) -> str:
    response = _get(settings, target)
    assert response.status == 200
    return visible_text(response.content.decode())


def _change(settings: Settings, statement: str, **values: object) -> None:
    engine = open_database(settings.database_url)
    with engine.begin() as connection:
        connection.execute(sa.text(statement), values)
    engine.dispose()


def _content(home: Path) -> dict[str, str]:
    """Return the hash of each file, without the two that sqlite keeps beside an open database."""
    return {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(home.rglob("*"))
        if path.is_file() and not path.name.endswith(("-shm", "-wal"))
    }


def test_the_page_of_a_problem_shows_what_is_known(home: Settings) -> None:
    text = _text(home, PAGE)
    assert "Champion: version 1 111111111111 certificate verified" in text
    assert "Challenger: version 2 222222222222 certificate verified" in text
    assert "Answers 10% of the subjects" in text
    assert "3,000 requests answered in 24h" in text
    assert "40.0% of the inputs drifted; more than 30.0% is drift. 500 rows" in text
    assert "Job Last succeeded Last failed drift failed" in text


def test_the_list_of_problems_leads_to_each(home: Settings) -> None:
    add_predictions(home, "another", 5, until=time.time())
    page = _get(home, "/").content.decode()
    assert f'href="{PAGE}"' in page
    assert 'href="/problems/another"' in page


def test_no_get_changes_anything(home: Settings) -> None:
    before = _content(home.home)
    for target in (
        *("/", PAGE, f"{PAGE}?window=7d", f"{PAGE}/data.json", "/static/page.js"),
        *("/reports/homes/drift/summary.html", f"/runs/{'a' * 32}/model_card.html"),
        *("/problems/none", "/nothing", f"{PAGE}/lineage?of=1"),
    ):
        _get(home, target)
    assert _content(home.home) == before


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_one_value_that_is_no_number_leaves_the_other_rows(home: Settings, value: float) -> None:
    _change(
        home,
        "UPDATE predictions SET prediction = :value, latency_s = :value WHERE prediction_id = :id",
        value=value,
        id="homes-00000000",
    )
    _change(home, "UPDATE drift_reports SET share = :value WHERE id = 2", value=value)
    text = _text(home, PAGE)
    # sqlite has no NaN in numbers, but has one in the report's JSON.
    assert "not a number" in text
    assert "401" in text
    content = json.loads(_get(home, f"{PAGE}/data.json").content, parse_constant=pytest.fail)
    recent = content["boxes"]["traffic"]["content"]["recent"]
    assert recent[0]["prediction"] is None
    assert recent[1]["prediction"] == 401.0


def test_a_name_with_html_in_it_is_text_everywhere(home: Settings) -> None:
    for column in ("entity", "label", "version", "prediction_id"):
        add_predictions(
            home, PROBLEM, 1, until=time.time(), **{"prediction_id": column, column: HTML_NAME}
        )
    add_predictions(home, HTML_NAME, 1, until=time.time())
    for target in ("/", PAGE):
        page = _get(home, target).content.decode()
        assert "<img" not in page
        assert "&lt;img" in page
    # In the tooltip of a chart's bar, and in a table of the drift report.
    assert "<title>" in page
    assert "version &lt;img" in page


def test_a_table_that_is_missing_has_its_error_in_its_own_box(home: Settings) -> None:
    _change(home, "DROP TABLE served_plans")
    _change(home, "DROP TABLE task_runs")
    page = _get(home, PAGE).content.decode()
    assert page.count("no such table") == 2
    assert "run &#39;homestead migrate&#39;" in page
    assert "3,000" in page


def test_a_certificate_that_does_not_verify_is_shown_as_such(home: Settings) -> None:
    for path in (home.home / "certificates").iterdir():
        path.write_bytes(b"{}")
    text = _text(home, PAGE)
    assert text.count("certificate not verified") == 2
    assert "the certificate was changed" in text


def test_a_registry_that_is_away_has_its_error_in_its_own_boxes(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    away = home.model_copy(update={"tracking_uri": "http://127.0.0.1:9"})
    pages, content = Pages(Sources(away)), dict[str, Any]()
    for _ in range(10):
        content = json.loads(respond(pages, f"{PAGE}/data.json").content)["boxes"]
        if not content["registry"]["is_pending"]:
            break
    pages.sources.close()
    assert "127.0.0.1" in content["registry"]["error"]
    assert content["models"]["error"] == content["traffic"]["error"] == ""


def test_an_empty_home_says_what_to_do(settings: Settings) -> None:
    text = _text(settings, "/")
    assert "homestead demo" in text
    assert "homestead init table.csv" in text
    assert not settings.home.exists()


def test_a_problem_without_a_model_says_which_command_makes_one(settings: Settings) -> None:
    settings.folder()
    add_predictions(settings, PROBLEM, 1, until=time.time() - 10 * 86_400)
    text = _text(settings, PAGE)
    assert "No version is released yet. homestead train" in text
    assert "homestead drift" in text
    assert "0 requests answered in 24h" in text


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("/problems/none", "found no problem 'none', allowed are: homes"),
        (f"{PAGE}?window=9y", "window: found '9y', allowed are: 1h, 24h, 7d, 30d"),
    ],
)
def test_an_unknown_name_is_answered_with_those_that_there_are(
    home: Settings, target: str, said: str
) -> None:
    response = _get(home, target)
    assert response.status == 404
    assert said in response.content.decode().replace("&#39;", "'")


def test_windows_divide_the_same_requests(home: Settings) -> None:
    engine = open_database(home.database_url)
    with engine.begin() as connection:
        connection.execute(sa.delete(PREDICTIONS))
    engine.dispose()
    add_predictions(home, PROBLEM, 600, until=time.time(), span_s=1800)
    for window in ("1h", "24h", "7d", "30d"):
        content = json.loads(_get(home, f"{PAGE}/data.json?window={window}").content)
        versions = content["boxes"]["traffic"]["content"]["versions"]
        assert {version: sum(counts) for version, counts in versions.items()} == {
            "2": 60,
            "1": 540,
        }
