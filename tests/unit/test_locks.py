"""Locks: one holder at a time, on each kind of database."""

import threading

import pytest

from homestead.database import locks
from homestead.errors import UserError
from homestead.settings import Settings


@pytest.fixture
def settings(settings: Settings, database_url: str) -> Settings:
    return settings.model_copy(update={"database_url": database_url})


def test_the_second_waits_until_the_first_is_done(settings: Settings) -> None:
    seen: list[str] = []

    def second() -> None:
        with locks.exclusive_lock(settings, "promote-homes"):
            seen.append("second")

    with locks.exclusive_lock(settings, "promote-homes"):
        waiting = threading.Thread(target=second)
        waiting.start()
        with locks.exclusive_lock(settings, "promote-flats"):
            waiting.join(0.5)
        seen.append("first")
    waiting.join(30)
    assert seen == ["first", "second"]


def test_who_waits_too_long_is_told_so(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "PATIENCE_S", 1)
    with (
        locks.exclusive_lock(settings, "promote-homes"),
        pytest.raises(UserError, match=r"lock promote-homes: .*(locked|lock timeout)"),
        locks.exclusive_lock(settings, "promote-homes"),
    ):
        pass
    with locks.exclusive_lock(settings, "promote-homes"):
        pass
