"""What is known of the online store without a request."""

import asyncio

from homestead.serving.errors import StoreUnavailableError
from homestead.serving.features.lookup import FeatureLookup
from homestead.serving.metrics.metric_registry import ServerMetrics
from homestead.settings import Settings
from tests.homes import homes_contract
from tests.lookups import KNOWN, FakeStore, opened_lookup, read


def test_a_contract_without_views_needs_no_store(settings: Settings) -> None:
    lookup = FeatureLookup(homes_contract(views=()), settings, ServerMetrics())
    lookup.open()
    assert lookup.wait_until_tried(0)


def test_gauges_tell_whether_the_store_is_read_and_how_new_its_values_are(
    store: FakeStore, settings: Settings
) -> None:
    metrics = ServerMetrics()
    store.error = ConnectionError("away")
    lookup = opened_lookup(settings, 2000.0, metrics)
    labels = {"model": "homes"}
    value = metrics.registry.get_sample_value
    assert value("homestead_feature_store_available", labels) == 0
    store.error = None
    asyncio.run(read(lookup, ("homes", 2)))
    assert value("homestead_feature_store_available", labels) == 1
    lookup.close()
    opened_lookup(settings, 2000.0, metrics).close()
    view = {**labels, "view": "cells"}
    assert value("homestead_feature_freshness_timestamp_seconds", view) == 5.0


def test_an_unknown_entity_of_a_view_without_any_values_is_no_mistake_of_the_client(
    store: FakeStore, settings: Settings
) -> None:
    store.times = {"cells": 5.0}
    metrics = ServerMetrics()
    lookup = opened_lookup(settings, 2000.0, metrics)
    known, lost, unknown = asyncio.run(read(lookup, ("homes", 2), ("homes", 1), ("cells", 1)))
    assert (known, unknown) == (KNOWN, None)
    assert isinstance(lost, StoreUnavailableError)
    assert "the feature store holds no values of homes" in str(lost)
    labels = {"model": "homes", "view": "homes"}
    name = "homestead_feature_freshness_timestamp_seconds"
    assert metrics.registry.get_sample_value(name, labels) == 0
    lookup.close()
