"""The example that works: an entity of the store, its look-ups tried, found in the background."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from homestead.problem.contract import Contract
from homestead.problem.entity_keys import EntityKey
from homestead.problem.sections.column import Column
from homestead.serving.errors import RefusedError
from homestead.serving.front.example_row import ExampleRow, find_row
from homestead.serving.inputs.feature_fill import FilledViews
from tests.homes import homes_contract


class FakeLookup:
    """A store that has some keys, of which some are complete."""

    def __init__(self, keys: list[EntityKey], complete: set[EntityKey]) -> None:
        self.keys, self.complete = keys, complete
        self.searches = 0

    def some_keys(self, view: Any, count: int) -> list[EntityKey]:
        self.searches += 1
        if not self.keys:
            raise OSError("away")
        return self.keys[:count]

    async def result_of(self, row: dict[str, Any]) -> Any:
        if row["id"] not in self.complete:
            raise RefusedError(404, "entity", "unknown")
        return SimpleNamespace(views=FilledViews())


def model(lookup: FakeLookup, contract: Contract | None = None) -> Any:
    resolver = SimpleNamespace(resolve=lambda rows, now: rows[0])
    return SimpleNamespace(lookup=lookup, contract=contract or homes_contract(), resolver=resolver)


def test_the_first_entity_whose_look_ups_succeed_is_the_example() -> None:
    assert asyncio.run(find_row(model(FakeLookup([5, 6, 7], {6, 7})))) == {"id": 6}


@pytest.mark.parametrize(("keys", "complete"), [([], {1}), ([5, 6], {7})])
def test_none_is_found_in_a_store_that_is_away_or_incomplete(
    keys: list[EntityKey], complete: set[EntityKey]
) -> None:
    assert asyncio.run(find_row(model(FakeLookup(keys, complete)))) is None


def test_a_sensitive_key_is_never_shown() -> None:
    columns = homes_contract().columns | {"id": Column(type="integer", sensitive="hash")}
    lookup = FakeLookup([5], {5})
    assert asyncio.run(find_row(model(lookup, homes_contract(columns=columns)))) is None
    assert lookup.searches == 0


def test_the_example_follows_the_champion_and_is_announced_once() -> None:
    first, second = FakeLookup([6], {6}), FakeLookup([9], {9})
    models = SimpleNamespace(champion=None, is_ready=False)
    example = ExampleRow(cast(Any, models))
    announced: list[Any] = []

    async def run() -> None:
        following = asyncio.create_task(example.follow_champion(announced.append))
        await asyncio.sleep(0.01)
        assert not announced
        models.champion, models.is_ready = model(first), True
        await _until(lambda: announced == [{"id": 6}])
        contract = models.champion.contract
        assert example.row(contract) == {"id": 6}
        models.champion = model(second)
        assert example.row(models.champion.contract) == {"id": 1}
        await _until(lambda: example.row(models.champion.contract) == {"id": 9})
        await asyncio.sleep(0.6)
        following.cancel()

    asyncio.run(run())
    assert announced == [{"id": 6}]
    assert (first.searches, second.searches) == (1, 1)


async def _until(condition: Any) -> None:
    for _ in range(300):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("waited too long")
