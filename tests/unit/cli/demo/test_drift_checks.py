"""Drift checks beside the demo: in order, each with a page of its own, and with their failures."""

from contextlib import closing
from datetime import UTC, datetime

import psutil
import pytest

from homestead.cli.demo.drift_checks import DriftChecks
from homestead.database.engine import open_database
from homestead.errors import UserError
from homestead.settings import Settings
from tests.factories import flats_problem, flats_rows
from tests.flats_registry import log_rows, register_flats

PROBLEM = flats_problem()
START_S, SHIFT_S = 1_800_000_000.0, 1_800_000_100.0


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)


def test_windows_are_checked_in_turn_and_keep_their_pages(settings: Settings) -> None:
    register_flats(settings, flats_rows(2000, 0))
    engine = open_database(settings.database_url)
    log_rows(engine, flats_rows(600, 3), id_="normal", timestamp_s=START_S)
    shifted = flats_rows(500, 4).assign(area=1.0, age=2.0)
    log_rows(engine, shifted, id_="shifted", timestamp_s=SHIFT_S)
    engine.dispose()
    with closing(DriftChecks(PROBLEM, settings)) as checks:
        first = checks.start("normal", _utc(START_S), _utc(SHIFT_S))
        second = checks.start("shifted", _utc(SHIFT_S))
        normal, normal_page = first.result()
        drifted, drifted_page = second.result()
    assert (normal.verdict, normal.rows) == ("no drift", 600)
    assert (drifted.verdict, drifted.rows) == ("drift", 500)
    pages = [page.read_text() for page in (normal_page, drifted_page)]
    assert pages[0] != pages[1]
    newest = settings.folder("reports", "flats", "drift") / drifted_page.name
    assert pages[1] == newest.read_text()


def test_a_failure_and_a_kill_are_told(settings: Settings) -> None:
    settings.folder()
    with closing(DriftChecks(PROBLEM, settings)) as checks:
        with pytest.raises(UserError, match="no champion of flats; train one first"):
            checks.start("normal", _utc(START_S)).result()
        check = checks.start("shifted", _utc(START_S))
        for process in psutil.Process().children():
            if "spawn_main" in " ".join(process.cmdline()):
                process.kill()
        with pytest.raises(UserError, match=r"the drift check of shifted was killed|no champion"):
            check.result()
        with pytest.raises(UserError, match="the drift check of later was killed"):
            checks.start("later", _utc(START_S)).result()
