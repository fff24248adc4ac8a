"""Keys and times of served rows, as far as the log tells them."""

import numpy as np
import pandas as pd
import pytest

from homestead.prediction_log.history.logged_inputs import logged_inputs
from homestead.problem.contract import Contract, ContractView
from homestead.problem.sections.column import Column
from homestead.steps.history.comparison.served_rows import ServedRows, entity_keys, served_rows
from homestead.steps.history.replayed import ReplayedPart
from tests.homes import homes_contract


def _view(entity: str) -> ContractView:
    return ContractView(name="v", entity=entity, features=("near",), ttl_days=9, missing="null")


def _served(contract: Contract, features: list[str], entities: list[str | None]) -> ServedRows:
    inputs = logged_inputs(features, contract)
    rows = pd.DataFrame({"at": [1.7e9] * len(features), "entity": entities})
    nothing = np.zeros(len(features))
    part = ReplayedPart(rows, None, inputs, nothing, nothing, [""] * len(features), nothing > 0)
    return served_rows(part, contract, inputs.matrix)


def test_a_key_comes_from_inputs_from_expressions_or_from_the_logged_key() -> None:
    contract = homes_contract(features=("lat", "kind"))
    texts = ['{"lat": 47.56, "kind": 1.0}', '{"lat": null, "kind": null}']
    served = _served(contract, texts, ["7", None])
    cells, kinds, ids = (entity_keys(served, _view(name)) for name in ("cell", "kind", "id"))
    assert list(cells) == [475, pd.NA]
    assert list(kinds) == ["house", None]
    assert list(ids) == [7, pd.NA]
    assert (served.times == 1.7e9).all()


def test_a_key_of_several_columns_is_taken_apart() -> None:
    contract = homes_contract(key=("id", "kind"), features=("lat",))
    served = _served(contract, ['{"lat": 1.0}', '{"lat": 1.0}'], ['["7","flat"]', None])
    assert list(entity_keys(served, _view("id"))) == [7, pd.NA]
    assert list(entity_keys(served, _view("kind"))) == ["flat", None]


@pytest.mark.parametrize("is_sensitive", [True, False])
def test_why_a_key_is_not_known_is_said(is_sensitive: bool) -> None:
    columns = homes_contract().columns
    if is_sensitive:
        columns = columns | {"id": Column(type="integer", sensitive="hash")}
    contract = homes_contract(columns=columns, features=("area",))
    served = _served(contract, ['{"area": 80.0}'], ["5eb1"])
    entity, reason = ("id", "sensitive") if is_sensitive else ("cell", "neither logged nor derived")
    assert reason in str(entity_keys(served, _view(entity)))


def test_the_row_s_own_time_comes_first() -> None:
    served = _served(
        homes_contract(features=("sold",)), ['{"sold": 5.0}', '{"sold": null}'], [None] * 2
    )
    assert list(served.times) == [5.0, 1.7e9]
