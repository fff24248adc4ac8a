"""Locations: the home's own keys lie below it, and others are told apart from them."""

from pathlib import Path

import pytest

from homestead.locations import own_signing_key, own_verify_keys
from homestead.settings import Settings


def test_keys_lie_below_the_home_unless_they_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for variable in ("HOMESTEAD_SIGNING_KEY", "HOMESTEAD_VERIFY_KEYS"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOMESTEAD_HOME", str(tmp_path))
    settings = Settings.read()
    assert settings.signing_key == own_signing_key(tmp_path)
    assert settings.verify_keys == own_verify_keys(tmp_path)
    assert settings.has_own_signing_key
    monkeypatch.setenv("HOMESTEAD_SIGNING_KEY", "/var/run/signing.pem")
    assert not Settings.read().has_own_signing_key
