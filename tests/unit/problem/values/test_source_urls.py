"""Sources that are no files: what is refused, and what is relative to the problem file."""

from pathlib import Path

import pytest

from homestead.errors import UserError
from homestead.problem.loader import parse_problem
from homestead.problem.values.source_urls import (
    canonical_source,
    parse_sql_source,
    resolve_source,
    source_place,
)
from tests.problem_text import changed_flats


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("postgresql://me:hidden@db/flats?query=SELECT 1", "HOMESTEAD_SOURCE_PASSWORD"),
        ("postgresql://db/flats?password=hidden&query=SELECT 1", "HOMESTEAD_SOURCE_PASSWORD"),
        ("https://me:hidden@example.org/flats.csv", "HOMESTEAD_SOURCE_PASSWORD"),
        ("https://example.org/flats.csv?api_key=hidden", "the secret 'api_key', which is no part"),
        ("https://example.org/flats.csv?X-Amz-Signature=hidden", "HOMESTEAD_SOURCE_TOKEN"),
        ("http://example.org/flats.csv", "found http://, over which anybody on the way may chan"),
        ("postgresql://db/flats", "without a query, allowed is postgresql://…?query=SELECT …"),
        ("spark://lake..flats", "allowed is spark://database.table or"),
        ("spark://host:7077", "allowed is spark://database.table or"),
        ("spark://lake.flats?query=SELECT 1", "allowed is spark://database.table or"),
    ],
)
def test_a_secret_or_an_unsafe_address_is_refused(source: str, message: str) -> None:
    with pytest.raises(UserError) as error:
        parse_problem(changed_flats(source=source), "flats.yaml")
    assert "flats.yaml: source: " in str(error.value)
    assert message in str(error.value)
    assert "hidden" not in str(error.value)


@pytest.mark.parametrize(
    "source",
    [
        "https://example.org/flats.csv?year=2024",
        "http://localhost:8000/flats.csv",
        "postgresql://me@db:5432/flats?sslmode=require&query=SELECT * FROM t WHERE token = 'a:b@c'",
        "s3://bucket/flats/*.parquet",
        "spark://lake.sales.flats",
    ],
)
def test_other_sources_are_allowed(source: str) -> None:
    assert parse_problem(changed_flats(source=source)).source == source


@pytest.mark.parametrize("scheme", ["s3", "s3a", "S3A", "s3n"])
def test_an_object_store_has_one_name(scheme: str) -> None:
    problem = parse_problem(changed_flats(source=f"{scheme}://bucket/s3a://x.csv"))
    assert problem.source == "s3://bucket/s3a://x.csv"
    assert canonical_source("s3a.csv") == "s3a.csv"


def test_a_table_of_a_catalog_is_quoted() -> None:
    source = parse_sql_source("spark://lake.a%2Eb`; DROP.flats")
    assert source.query == "SELECT * FROM `lake`.`a.b``; DROP`.`flats`"
    assert source_place("spark://lake.flats") == "spark://lake.flats"
    assert resolve_source("spark://lake.flats", Path("/home/me")) == "spark://lake.flats"


def test_the_query_is_the_last_parameter() -> None:
    source = parse_sql_source("postgresql://db/x?sslmode=require&query=SELECT a+1, '%25' FROM t&u")
    assert source.url == "postgresql://db/x?sslmode=require"
    assert source.query == "SELECT a+1, '%' FROM t&u"


@pytest.mark.parametrize(
    ("source", "resolved"),
    [
        ("sqlite:///flats.db?query=SELECT 1", "sqlite:////home/me/flats.db?query=SELECT 1"),
        ("sqlite:////data/flats.db?query=SELECT 1", "sqlite:////data/flats.db?query=SELECT 1"),
        ("../data/*.csv", "/home/data/*.csv"),
        ("/data/flats.csv", "/data/flats.csv"),
        ("s3://bucket/flats.csv", "s3://bucket/flats.csv"),
    ],
)
def test_relative_paths_are_relative_to_the_problem_file(source: str, resolved: str) -> None:
    assert resolve_source(source, Path("/home/me")) == resolved


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("s3://bucket/flats.parquet", "s3://bucket/flats.parquet"),
        (
            "postgresql://me@db/flats?sslmode=require&query=SELECT *\n  FROM flats",
            "postgresql://me@db/flats?query=SELECT * FROM flats",
        ),
        (
            "sqlite:///f.db?query=SELECT id, listed, rent, area, district, lift, baths, age FROM t",
            "sqlite:///f.db?query=SELECT id, listed, rent, area, district, lift, baths, age FR …",
        ),
    ],
)
def test_messages_name_the_beginning_of_a_query(source: str, place: str) -> None:
    assert source_place(source) == place
