"""When lineage events are sent, and what is said if they cannot be."""

import pytest

from homestead.tracking.openlineage.activation import (
    activating_variable,
    is_active,
    missing_package,
)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("OPENLINEAGE_URL", "http://localhost:5000", "OPENLINEAGE_URL"),
        ("OPENLINEAGE__TRANSPORT__TYPE", "file", "OPENLINEAGE__TRANSPORT__TYPE"),
        ("OPENLINEAGE_NAMESPACE", "mine", None),
        ("OPENLINEAGE_URL", "", None),
    ],
)
def test_an_endpoint_asks_for_events(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, expected: str | None
) -> None:
    monkeypatch.setenv(name, value)
    assert activating_variable() == expected
    monkeypatch.setenv("OPENLINEAGE_DISABLED", "true")
    assert activating_variable() is None


def test_without_the_client_nothing_is_sent_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert missing_package() == ""
    monkeypatch.setenv("OPENLINEAGE_URL", "http://localhost:5000")
    assert not is_active()
    assert "pip install 'homestead[openlineage]'" in missing_package()
