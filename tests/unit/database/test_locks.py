"""Locks: one holder at a time, on each kind of database."""

import threading

import pytest

from homestead.database import locks
from homestead.errors import UserError
from homestead.settings import Settings


@pytest.fixture
def settings(settings: Settings, database_url: str) -> Settings:
    return settings.model_copy(update={"database_url": database_url})


def test_the_second_holder_waits_for_the_first(settings: Settings) -> None:
    holders: list[str] = []

    def second() -> None:
        with locks.exclusive_lock(settings, "promote-homes"):
            holders.append("second")

    with locks.exclusive_lock(settings, "promote-homes"):
        waiting = threading.Thread(target=second)
        waiting.start()
        with locks.exclusive_lock(settings, "promote-flats"):
            waiting.join(0.5)
        holders.append("first")
    waiting.join(30)
    assert holders == ["first", "second"]


def test_a_lock_that_is_never_released_is_an_error(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "LOCK_TIMEOUT_S", 1)
    with (
        locks.exclusive_lock(settings, "promote-homes"),
        pytest.raises(UserError, match=r"lock promote-homes: .*(locked|lock timeout)"),
        locks.exclusive_lock(settings, "promote-homes"),
    ):
        pass
    with locks.exclusive_lock(settings, "promote-homes"):
        pass
