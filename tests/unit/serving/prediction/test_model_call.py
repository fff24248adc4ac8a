"""Sizes of requests: what is refused, and what is computed beside the event loop."""

import asyncio
import threading
from typing import Any, cast

import numpy as np
import pytest

from homestead.serving.errors import RefusedError
from homestead.serving.features.lookup_steps import LookupSteps
from homestead.serving.inputs.dependencies import RowValues
from homestead.serving.inputs.feature_fill import FilledViews
from homestead.serving.inputs.resolver import ResolvedInputs, Resolver
from homestead.serving.metrics.metric_registry import ServerMetrics
from homestead.serving.models.loaded_model import LoadedModel
from homestead.serving.prediction.heavy_lane import HeavyLane
from homestead.serving.prediction.model_call import resolve_inputs
from homestead.serving.protocols.base import PredictionRequest
from homestead.serving.request_limits import MAX_INLINE_ROWS, MAX_KEYS_PER_READ, MAX_ROWS
from homestead.settings import Settings
from tests.homes import NOW, ROW, homes_contract
from tests.lookups import FakeStore, opened_lookup
from tests.small_models import SMALL_ROW, SmallServer, release, save_version


@pytest.fixture
def server(settings: Settings) -> SmallServer:
    release(settings, save_version(settings.home, "1"))
    return SmallServer(settings)


@pytest.mark.parametrize("count", [MAX_INLINE_ROWS, MAX_INLINE_ROWS + 1, 3 * MAX_INLINE_ROWS])
def test_large_requests_get_the_same_predictions(server: SmallServer, count: int) -> None:
    # The last row is no case for the fast path: an integer written as a float.
    rows = [SMALL_ROW] * (count - 1) + [{"area": 90, "rooms": 4.0}]
    expected = [[83.0]] * (count - 1) + [[94.0]]
    for content in (
        {"jsonData": rows},
        {"data": {"ndarray": [list(row.values()) for row in rows]}},
        {"data": {"names": ["area", "rooms"], "ndarray": [list(row.values()) for row in rows]}},
    ):
        status, answer = server.post(content)
        assert status == 200, answer
        assert answer["data"]["ndarray"] == expected


def test_a_mistake_in_a_large_request_is_named(server: SmallServer) -> None:
    rows = [SMALL_ROW] * MAX_INLINE_ROWS + [{"area": 9, "rooms": 3}]
    status, content = server.post({"jsonData": rows})
    assert status == 400
    assert content["status"]["info"] == "row 200: area: found 9, allowed is 10 to 500"


@pytest.mark.parametrize(
    "content", [{"jsonData": [{}] * (MAX_ROWS + 1)}, {"data": {"ndarray": [[]] * (MAX_ROWS + 1)}}]
)
def test_too_many_rows_are_refused(server: SmallServer, content: dict[str, object]) -> None:
    status, answer = server.post(content)
    assert status == 413
    assert answer["status"]["info"] == "found 10001 rows, allowed are up to 10000"


class ModelWithLookup:
    """What resolving a request needs of a model: homes, over a store that knows even keys.

    Attributes:
        threads: those that filled in features.
    """

    def __init__(self, settings: Settings) -> None:
        self.resolver = Resolver(homes_contract())
        self.lookup = opened_lookup(settings, 2000.0, ServerMetrics())
        self.threads: set[threading.Thread] = set()
        self._fill = self.resolver.fill_features
        self.resolver.fill_features = self._fill_recorded

    def resolve(self, rows: list[dict[str, Any]]) -> ResolvedInputs:
        model, request = cast(LoadedModel, self), PredictionRequest(rows)
        return asyncio.run(resolve_inputs(model, request, NOW, HeavyLane()))

    def _fill_recorded(
        self, row_values: list[RowValues], rows: list[dict[str, Any]]
    ) -> LookupSteps[FilledViews]:
        steps, found = self._fill(row_values, rows), None
        while True:
            self.threads.add(threading.current_thread())
            try:
                entities = steps.send(cast(Any, found))
            except StopIteration as end:
                return cast(FilledViews, end.value)
            found = yield entities


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> FakeStore:
    store = FakeStore()
    monkeypatch.setattr("homestead.serving.features.lookup.row_reader", store)
    return store


@pytest.mark.parametrize("count", [MAX_INLINE_ROWS, MAX_KEYS_PER_READ + 1, MAX_ROWS])
def test_features_of_large_requests_are_filled_in_beside_the_event_loop(
    store: FakeStore, settings: Settings, count: int
) -> None:
    store.times = dict.fromkeys(store.times, NOW)
    model = ModelWithLookup(settings)
    resolved = model.resolve([{**ROW, "cell": key} for key in range(count)])
    expected = [np.nan if key % 2 else 1.0 for key in range(count)]
    np.testing.assert_array_equal([row[-1] for row in resolved.rows], expected)
    sizes = [len(read) for read in store.reads]
    assert sum(sizes) == count
    assert max(sizes) <= MAX_KEYS_PER_READ
    is_inline = model.threads == {threading.main_thread()}
    assert is_inline == (count <= MAX_INLINE_ROWS)
    assert len(model.threads) == 1
    model.lookup.close()


def test_a_large_request_is_refused_with_its_own_mistake_or_the_stores(
    store: FakeStore, settings: Settings
) -> None:
    model = ModelWithLookup(settings)
    rows = [{"id": 2 * key} for key in range(MAX_INLINE_ROWS)] + [{"id": 2.0**54}]
    with pytest.raises(RefusedError, match=r"row 200: id: found 1.8.*allowed is an integer of 64"):
        model.resolve(rows)
    assert store.reads == []
    rows[-1] = {"id": 1}
    with pytest.raises(RefusedError, match="row 200: unknown id 1"):
        model.resolve(rows)
    store.error = ConnectionError("away")
    with pytest.raises(RefusedError, match="the feature store cannot be read") as error:
        model.resolve(rows)
    assert error.value.status == 503
    model.lookup.close()
