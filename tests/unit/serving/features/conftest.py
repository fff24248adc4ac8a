"""A fake online store, and look-ups in it."""

from collections.abc import Iterator

import pytest

from homestead.serving.features.lookup import FeatureLookup
from homestead.serving.metrics.metric_registry import ServerMetrics
from homestead.settings import Settings
from tests.lookups import FakeStore, opened_lookup


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> FakeStore:
    store = FakeStore()
    monkeypatch.setattr("homestead.serving.features.lookup.row_reader", store)
    return store


@pytest.fixture
def lookup(store: FakeStore, settings: Settings) -> Iterator[FeatureLookup]:
    lookup = opened_lookup(settings, 2000.0, ServerMetrics())
    yield lookup
    lookup.close()


@pytest.fixture
def impatient(store: FakeStore, settings: Settings) -> Iterator[FeatureLookup]:
    lookup = opened_lookup(settings, 40.0, ServerMetrics())
    yield lookup
    lookup.close()
