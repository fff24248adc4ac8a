"""Values of requests as the problem's table writes them, on the fast path and beside it."""

import math
from typing import Any

import pytest

from homestead.problem.contract import Contract
from homestead.problem.loader import parse_problem
from homestead.problem.sections.column import Column
from homestead.serving.errors import RefusedError
from homestead.serving.inputs.field_checks import column_check
from tests.homes import ROW, homes_contract, homes_resolver, resolve
from tests.problem_text import changed_flats


def _resolver(**columns: dict[str, Any]) -> Any:
    contract = homes_contract()
    changed = {name: contract.columns[name].model_copy(update=c) for name, c in columns.items()}
    return homes_resolver(columns={**contract.columns, **changed})


@pytest.mark.parametrize("value", [-1, -1.0, "?"])
def test_a_marker_is_a_missing_value(value: Any) -> None:
    resolver = _resolver(floor={"missing": ("-1", "?")})
    [row] = resolve({**ROW, "floor": value, "cell_size": 1, "age": 3}, resolver=resolver)
    assert math.isnan(row["floor"])


def test_blanks_around_a_category_are_ignored() -> None:
    resolver = _resolver(kind={"trim": True})
    [row] = resolve({**ROW, "kind": " house ", "floor": 1}, resolver=resolver)
    assert row["kind"] == 1


def test_a_marker_of_a_column_that_is_always_there_is_refused() -> None:
    check = column_check(Column(type="number", missing=("-999",)))
    with pytest.raises(RefusedError, match="found null, allowed is a number"):
        check(-999)


def test_another_form_of_time_is_refused_with_the_declared_one() -> None:
    check = column_check(Column(type="timestamp", time_format="%d/%m/%Y"))
    assert check("31/12/2014") == check("2014-12-31")
    with pytest.raises(RefusedError, match="allowed is an ISO 8601 time or %d/%m/%Y"):
        check("12/31/2014")


def test_a_model_file_holds_what_the_format_says_of_all_columns() -> None:
    text = changed_flats(format={"missing": ["?"], "trim": True}, columns__area__missing=[-1])
    contract = Contract.from_problem(parse_problem(text))
    assert contract.columns["area"].missing == ("-1", "?")
    assert contract.columns["lift"].trim
    plain = Contract.from_problem(parse_problem(changed_flats()))
    assert "trim" not in plain.model_dump_json()
