"""Registered versions."""

import json
from typing import Any

import pytest

from homestead.settings import Settings
from homestead.steps.ui.page import Pages
from homestead.steps.ui.routes import respond
from homestead.steps.ui.sources import Sources
from tests.ui_home import PAGE


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
