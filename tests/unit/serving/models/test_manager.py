"""Following the release plan: new versions, plans that cannot be followed, shared look-ups."""

import logging

import pytest

from homestead.errors import UserError
from homestead.serving.metric_registry import ServerMetrics
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
