"""Following the release plan: new versions, plans that cannot be followed, shared look-ups."""

import logging
from pathlib import Path

import fsspec
import pytest

from homestead.errors import UserError
from homestead.serving.metrics.metric_registry import ServerMetrics
from homestead.serving.models import manager as manager_module
from homestead.serving.models.manager import ModelManager
from homestead.settings import Settings
from tests.small_models import release, save_version


def served_versions(manager: ModelManager) -> list[str]:
    return [model.version for model in manager.served.models]


@pytest.fixture
def manager(settings: Settings) -> ModelManager:
    release(settings, save_version(settings.home, "1"))
    manager = ModelManager("homes", settings, ServerMetrics())
    manager.poll_plan()
    return manager


def test_a_changed_plan_is_followed(manager: ModelManager, settings: Settings) -> None:
    assert manager.is_ready
    champion, challenger = (save_version(settings.home, version) for version in "12")
    release(settings, champion, challenger=challenger, traffic_share=0.25)
    manager.poll_plan()
    assert served_versions(manager) == ["1", "2"]
    assert manager.served.traffic_share == 0.25
    release(settings, challenger)
    manager.poll_plan()
    assert served_versions(manager) == ["2"]


def test_versions_that_stay_are_not_loaded_again(manager: ModelManager, settings: Settings) -> None:
    champion = manager.champion
    assert champion is not None
    challenger = save_version(settings.home, "2", 2.0)
    release(settings, save_version(settings.home, "1"), challenger=challenger)
    manager.poll_plan()
    assert manager.champion is champion
    # Both have the same views.
    assert manager.served.models[1].lookup is champion.lookup


def test_a_plan_that_cannot_be_followed_keeps_the_served_model(
    manager: ModelManager, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    lost = save_version(settings.home, "2").model_copy(update={"digest": "0" * 64})
    release(settings, lost)
    with caplog.at_level(logging.ERROR):
        manager.poll_plan()
    assert served_versions(manager) == ["1"]
    assert "keeping version 1" in caplog.text
    assert "allowed is 000000000000" in caplog.text


def test_a_model_of_another_problem_is_refused(settings: Settings) -> None:
    release(settings, save_version(settings.home, "1", problem="offices"))
    manager = ModelManager("homes", settings, ServerMetrics())
    with pytest.raises(UserError, match="found a model of the problem offices, allowed is homes"):
        manager.start_following_plan()
    assert not manager.is_ready


def test_a_server_without_a_release_does_not_start(settings: Settings) -> None:
    with pytest.raises(UserError, match="no release yet"):
        ModelManager("homes", settings, ServerMetrics()).start_following_plan()


def test_a_server_that_waits_follows_the_first_release(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    metrics = ServerMetrics()
    manager = ModelManager("homes", settings, metrics)
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            manager.poll_plan()
        assert caplog.text.count("homes: waiting for the first release in ") == 1
        assert not manager.is_ready
        release(settings, save_version(settings.home, "1"))
        manager.poll_plan()
    assert manager.is_ready
    # Waiting is no error, about which an alert would be sent.
    assert metrics.counter("homestead_release_plan_errors_total", "homes")._value.get() == 0


def test_a_server_that_waits_tries_again_to_read_its_model(
    settings: Settings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manager_module, "_RETRY_INTERVAL_S", 0.0)
    version = save_version(settings.home, "1")
    away = Path(version.uri).rename(settings.home / "away.onnx")
    release(settings, version)
    manager = ModelManager("homes", settings, ServerMetrics())
    for _ in range(3):
        manager.poll_plan()
    assert not manager.is_ready
    assert caplog.text.count("nothing is served yet: ") == 1
    assert "no such file" in caplog.text
    away.rename(version.uri)
    manager.poll_plan()
    assert manager.is_ready


def test_a_restart_needs_no_object_store(settings: Settings) -> None:
    local = save_version(settings.home, "1")
    store = fsspec.filesystem("memory")
    store.pipe("/homes/1.onnx", Path(local.uri).read_bytes())
    release(settings, local.model_copy(update={"uri": "memory://homes/1.onnx"}))
    for _ in range(2):
        manager = ModelManager("homes", settings, ServerMetrics())
        manager.start_following_plan()
        manager.stop()
        assert manager.is_ready
        if store.exists("/homes/1.onnx"):
            store.rm("/homes/1.onnx")
    release(settings, local)
    manager.poll_plan()
    assert served_versions(manager) == ["1"]
