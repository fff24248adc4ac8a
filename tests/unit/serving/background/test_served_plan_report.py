"""The server's row in the table of served plans follows what it has in effect."""

import time
from dataclasses import replace

import msgspec
import pytest

from homestead.database.engine import open_database
from homestead.database.served_plans import HEARTBEAT_S, read_served_plans
from homestead.serving.background.served_plan_report import ServedPlanReport
from homestead.serving.models.plan_state import PlanState
from homestead.settings import Settings
from tests.small_models import SmallServer, release, save_version


def test_changes_and_heartbeats_are_written(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.folder()
    engine = open_database(settings.database_url)
    report = ServedPlanReport(engine, "homes")
    report.write_if_due()
    assert read_served_plans(engine, "homes") == []
    release(settings, save_version(settings.home, "1"))
    states: list[PlanState] = []
    manager = SmallServer(settings).manager
    manager.tell_changes_to(states.append)
    # In parts, as a pipe may deliver them.
    line = states[0].to_line()
    report.read(line[:10])
    report.read(line[10:])
    report.write_if_due()
    (row,) = read_served_plans(engine, "homes")
    assert (row.champion, row.challenger, row.error) == ("1", None, None)
    assert row.plan_digest == states[0].digest
    assert row.since is not None
    assert row.since <= row.seen_at <= time.time()
    # A plan that cannot be followed leaves what is in effect, and says why.
    challenger = save_version(settings.home, "2").model_copy(update={"uri": "/nowhere.onnx"})
    release(settings, save_version(settings.home, "1"), challenger=challenger, traffic_share=0.5)
    manager.poll_plan()
    report.read(states[-1].to_line())
    report.write_if_due()
    (refused,) = read_served_plans(engine, "homes")
    assert refused.error is not None
    assert "/nowhere.onnx" in refused.error
    assert replace(refused, error=None, seen_at=row.seen_at) == row
    now_s = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now_s + HEARTBEAT_S + 1)
    report.write_if_due()
    assert read_served_plans(engine, "homes")[0].seen_at > refused.seen_at
    report.delete()
    assert read_served_plans(engine, "homes") == []
    engine.dispose()


def test_a_line_of_the_longest_state_fits_into_one_write_to_a_pipe() -> None:
    digest = "f" * 64
    state = PlanState(digest, 10**9, "9" * 32, digest, "8" * 32, digest, 1.7e9)
    line = state.with_error("\u20ac" * 5000).to_line()
    assert len(line) < 4096
    assert msgspec.json.decode(line, type=PlanState).champion == "9" * 32
