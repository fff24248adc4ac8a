"""Schemas of rows: they accept what the server accepts."""

from typing import Any

import jsonschema
import pytest

from homestead.problem.sections.column import Column
from homestead.serving.errors import RefusedError
from homestead.serving.inputs.field_checks import column_check
from homestead.serving.protocols.json_schema import example_row, field_schema, row_schema
from tests.homes import ROW, homes_contract

CONTRACT = homes_contract()


@pytest.mark.parametrize("row", [ROW, {"id": 7}, {**ROW, "floor": None}, {"near": None}, {}])
def test_valid_rows_follow_the_schema(row: dict[str, Any]) -> None:
    jsonschema.validate(row, row_schema(CONTRACT))


@pytest.mark.parametrize(
    "change",
    [{"area": 501}, {"area": None}, {"kind": "boat"}, {"lift": 2}, {"lift": "on"}, {"colour": 1}],
)
def test_invalid_rows_do_not_follow_the_schema(change: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**ROW, **change}, row_schema(CONTRACT))


@pytest.mark.parametrize("lift", [True, 0, 1.0, "yes", "false", None])
def test_a_boolean_and_a_category_may_be_written_as_in_a_table(lift: Any) -> None:
    columns = {
        "lift": Column(type="boolean", nullable=True),
        "zone": Column(type="category", allowed=("1", "02", "x")),
    }
    contract = homes_contract(columns=columns)
    schemas = {name: field_schema(contract, name, nullable=False) for name in columns}
    jsonschema.validate(lift, schemas["lift"])
    for zone in ("1", 1, 1.0, "02", "x"):
        jsonschema.validate(zone, schemas["zone"])
        assert column_check(columns["zone"])(zone) in (0, 1, 2)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(2, schemas["zone"])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate("on", schemas["lift"])


def test_a_field_is_described_with_its_unit() -> None:
    column = Column(type="number", description="living area", unit="m²", range=(10, 500.5))
    schema = field_schema(homes_contract(columns={"area": column}), "area", nullable=False)
    assert schema == {
        "type": "number",
        "minimum": 10,
        "maximum": 500.5,
        "description": "living area (m²)",
    }


def test_the_example_is_a_key_if_the_rest_can_be_looked_up() -> None:
    assert example_row(CONTRACT) == {"id": 1}
    row = example_row(homes_contract(views=()))
    assert set(row) == {"area", "rooms", "lat", "lift", "kind", "floor"}
    jsonschema.validate(row, row_schema(CONTRACT))


def test_thousands_of_categories_and_those_without_a_list_are_not_enumerated() -> None:
    levels = tuple(f"level_{number}" for number in range(5000))
    columns = {
        "listed": Column(type="category", allowed=levels),
        "learnt": Column(type="category", allowed=(*levels, "other"), unseen="other"),
        "few": Column(type="category", allowed=("a", "other"), unseen="other", nullable=True),
        "free": Column(type="category"),
        "name": Column(type="text", max_length=9),
    }
    contract = homes_contract(columns=columns)
    schemas = {name: field_schema(contract, name, nullable=False) for name in columns}
    assert len(str(schemas)) < 1500
    assert "5,000 values, the first: level_0" in schemas["listed"]["description"]
    for name, value in [
        ("learnt", "new"),
        ("learnt", 1.5),
        ("few", None),
        ("free", "x"),
        ("name", 14),
    ]:
        jsonschema.validate(value, schemas[name])
        column_check(columns[name])(value)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate("x" * 10, schemas["name"])


@pytest.mark.parametrize(
    ("column", "accepted", "refused"),
    [
        (
            Column(type="number", range=(0, 10), nullable=True, missing=("-999", "?")),
            [5, None, -999, "-999", "?"],
            [-998, "x", 11],
        ),
        (
            Column(type="integer", range=(0, 10), nullable=True, missing=("-1.5",)),
            [5, -1.5, "-1.5", None],
            [1.5, -1],
        ),
        (
            Column(type="category", allowed=("a", "b"), nullable=True, missing=("?", "9")),
            ["a", "?", 9, "9", None],
            ["c", 8],
        ),
        (
            Column(type="timestamp", nullable=True, missing=("0", "never")),
            ["2015-01-01", "never", 0, None],
            [1],
        ),
        (Column(type="boolean", nullable=True, missing=("-1",)), [True, -1, "-1"], [2]),
        (Column(type="number", range=(0, 10), missing=("-999",)), [5], [-999, None]),
    ],
    ids=lambda value: value.type if isinstance(value, Column) else "",
)
def test_markers_of_missing_values_follow_the_schema_as_the_server_takes_them(
    column: Column, accepted: list[Any], refused: list[Any]
) -> None:
    schema = field_schema(homes_contract(columns={"x": column}), "x", nullable=False)
    check = column_check(column)
    for value in accepted:
        jsonschema.validate(value, schema)
        check(value)
    for value in refused:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(value, schema)
        with pytest.raises(RefusedError):
            check(value)


def test_markers_are_described() -> None:
    column = Column(type="number", range=(0, 10), nullable=True, missing=("-999",))
    schema = field_schema(homes_contract(columns={"x": column}), "x", nullable=False)
    assert schema["description"] == "missing: -999"
