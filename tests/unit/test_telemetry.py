"""Telemetry of libraries is off, unless the environment says otherwise."""

import os

import pytest

from homestead.telemetry import disable_telemetry


def test_telemetry_is_off_and_what_the_user_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ORT_DISABLE_TELEMETRY")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "false")
    disable_telemetry()
    assert os.environ["ORT_DISABLE_TELEMETRY"] == "1"
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "false"
