"""Keys in SQL agree with their canonical form; connections read nothing of Python."""

import duckdb
import pandas as pd
import pytest

from homestead.engine.limits import connect
from homestead.features.duckdb_tables import column_array, key_sql, number_sql, time_sql
from homestead.problem.entity_keys import canonical_key
from tests.factories import flats_problem


@pytest.mark.parametrize(
    "value",
    [
        *("14", "14.0::DOUBLE", "14.5::DECIMAL(5, 1)", "-0.5::DOUBLE", "-0.0::DOUBLE", "TRUE"),
        *("1152921504606846977", "1152921504606846977::HUGEINT", "1152921504606846977::UBIGINT"),
        *("'NaN'::DOUBLE", "'inf'::DOUBLE", "NULL", "(-9223372036854775808)::BIGINT"),
    ],
)
def test_an_integer_key_in_sql_is_the_canonical_one(value: str) -> None:
    with connect() as connection:
        source = connection.sql(f"SELECT {value} AS c0")
        [(raw,)] = source.fetchall()
        sql = key_sql("c0", source.types[0].id.replace("null", "integer"), text=False)
        [(key,)] = connection.sql(f"SELECT {sql} FROM (SELECT {value} AS c0)").fetchall()  # noqa: S608
    assert key == canonical_key(raw)


def test_a_number_that_64_bits_cannot_hold_is_no_key() -> None:
    with connect() as connection:
        for value, type_id in (("1e300", "double"), ("9223372036854775808", "hugeint")):
            sql = key_sql(value, type_id, text=False)
            assert connection.sql(f"SELECT {sql}").fetchall() == [(None,)]


def test_values_of_another_type_are_refused_with_what_is_allowed() -> None:
    with pytest.raises(TypeError, match="a number"):
        key_sql("c0", "varchar", text=False)
    with pytest.raises(TypeError, match="text"):
        key_sql("c0", "double", text=True)
    with pytest.raises(TypeError, match="a timestamp"):
        time_sql("c0", "varchar")
    with pytest.raises(TypeError, match="a number"):
        number_sql("c0", "varchar")


def test_a_column_has_the_problems_type_though_all_its_values_are_missing() -> None:
    problem = flats_problem()
    for name, arrow_type in (("district", "string"), ("lift", "bool"), ("floor", "double")):
        values = pd.Series([None, None], dtype=object, name=name)
        array = column_array(values, problem)
        assert (str(array.type), array.null_count) == (arrow_type, 2)


def test_a_query_does_not_see_variables_of_python() -> None:
    secret = pd.DataFrame({"x": [1]})
    with connect() as connection, pytest.raises(duckdb.CatalogException, match="secret"):
        connection.sql("SELECT * FROM secret")
    assert len(secret) == 1


def test_times_with_a_zone_become_utc() -> None:
    with connect() as connection:
        for value, expected in (
            ("TIMESTAMPTZ '2024-01-01 00:00:00+02'", "2023-12-31 22:00:00"),
            ("DATE '2024-01-01'", "2024-01-01 00:00:00"),
            ("TIMESTAMP '2024-01-01 00:00:01'", "2024-01-01 00:00:01"),
        ):
            type_id = connection.sql(f"SELECT {value}").types[0].id
            [(time,)] = connection.sql(f"SELECT {time_sql(value, type_id)}").fetchall()
            assert str(time) == expected
