"""A log without room: responses are refused, or their entries shed."""

from typing import Any

import pytest

from homestead.serving.prediction.prediction_logger import PredictionLogger
from homestead.settings import Settings
from tests.small_models import SMALL_ROW, SmallServer, release, save_version


def server_without_room(settings: Settings, policy: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    settings = settings.model_copy(update={"log_full_policy": policy})
    release(settings, save_version(settings.home, "1"))
    server = SmallServer(settings)

    def append(entry: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(server.spool, "append", append)
    return server


def test_what_cannot_be_logged_is_refused(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = server_without_room(settings, "refuse", monkeypatch)
    status, content = server.post({"jsonData": SMALL_ROW})
    assert (status, content["status"]["reason"]) == (503, "log")
    assert "the prediction log cannot be written" in content["status"]["info"]
    assert server.value("homestead_failed_requests_total", reason="log") == 1


def test_entries_are_shed_and_counted_if_the_settings_allow_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = server_without_room(settings, "shed", monkeypatch)
    assert server.post({"jsonData": [SMALL_ROW] * 3})[0] == 200
    assert server.value("homestead_prediction_log_shed_rows_total") == 3


def test_ids_are_unique_and_sorted_by_time(settings: Settings) -> None:
    release(settings, save_version(settings.home, "1"))
    server = SmallServer(settings)
    contents = [server.post({"jsonData": SMALL_ROW})[1] for _ in range(20)]
    ids = [content["meta"]["tags"]["prediction_id"] for content in contents]
    assert ids == sorted(set(ids))


def test_ids_are_sorted_by_time_and_none_follows_from_another(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(settings, save_version(settings.home, "1"))
    server = SmallServer(settings)
    logger = PredictionLogger("homes", server.spool, server.metrics, settings)
    seconds = 1_800_000_000.0
    monkeypatch.setattr("homestead.serving.prediction.prediction_logger.time.time", lambda: seconds)
    ids = [logger.new_id() for _ in range(2000)]
    assert len(set(ids)) == 2000
    assert {len(name) for name in ids} == {33}
    # Random bits differ everywhere, not by one.
    assert len({name[13:18] for name in ids}) > 1900
    seconds += 0.002
    assert logger.new_id() > max(ids)
