"""Responses that cannot be sent as they should, and what they count."""

from typing import Any

import pytest

from homestead.serving.protocols import seldon
from homestead.settings import Settings
from tests.small_models import SMALL_ROW, SmallServer, release, save_version


def test_a_response_that_cannot_be_encoded_is_an_internal_error(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(settings, save_version(settings.home, "1"))
    server = SmallServer(settings)

    def encode(response: Any) -> bytes:
        raise ValueError("a secret value")

    monkeypatch.setattr(seldon, "encode_response", encode)
    status, content = server.post({"jsonData": SMALL_ROW})
    assert (status, content["status"]["reason"]) == (500, "internal")
    assert "secret" not in content["status"]["info"]
    assert server.entries() == []
    assert server.value("homestead_failed_requests_total", reason="internal") == 1


def test_the_duration_of_each_response_is_observed(settings: Settings) -> None:
    release(settings, save_version(settings.home, "1"))
    server = SmallServer(settings)
    for _ in range(3):
        server.post({"jsonData": [SMALL_ROW] * 2})
    assert server.value("homestead_prediction_duration_seconds_count", version="1") == 3
    assert server.value("homestead_predictions_total", version="1") == 6
