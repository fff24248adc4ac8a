"""Names of data sets: one for each, however it is addressed, and no secret in it."""

from pathlib import Path

import pytest

from homestead.tracking.openlineage.dataset_names import DatasetName, dataset_name


@pytest.mark.parametrize("scheme", ["s3", "s3a", "S3A", "s3n"])
def test_the_schemes_of_s3_name_one_data_set(scheme: str) -> None:
    name = dataset_name(f"{scheme}://sales/2026/houses.parquet")
    assert name == DatasetName("s3://sales", "2026/houses.parquet")


@pytest.mark.parametrize(
    ("uri", "namespace", "name"),
    [
        ("gs://sales/houses.csv", "gs://sales", "houses.csv"),
        ("s3://sales", "s3://sales", "/"),
        ("/data/a b.csv", "file", "/data/a b.csv"),
        ("file:///data/a%20b.csv", "file", "/data/a b.csv"),
        ("https://ann:secret@example.org/t.csv?token=x", "https://example.org", "t.csv"),
        (
            "dvc://https://a:b@example.org/r.git@9f/t.csv",
            "dvc://https://example.org/r.git",
            "t.csv",
        ),
        ("dvc:///data/repo@9f/tables/t.csv", "dvc:///data/repo", "tables/t.csv"),
    ],
)
def test_places_have_the_names_of_the_specification(uri: str, namespace: str, name: str) -> None:
    assert dataset_name(uri) == (namespace, name)


def test_a_query_has_its_database_s_name_and_a_digest_of_its_own() -> None:
    one = dataset_name("postgresql+psycopg://ann@db/shop?query=SELECT 1")
    assert one.namespace == "postgres://db:5432"
    assert one.name.startswith("shop.query-")
    assert one == dataset_name("postgres://bob@db:5432/shop?sslmode=require&query=SELECT 1")
    assert one != dataset_name("postgresql://ann@db/shop?query=SELECT 2")
    local = dataset_name("sqlite:///shop.db?query=SELECT 1")
    assert local.namespace == "file"
    assert local.name.startswith(f"{Path.cwd()}/shop.db/query-")


def test_a_relative_path_is_the_file_that_it_leads_to() -> None:
    assert dataset_name("t.csv") == DatasetName("file", str(Path.cwd() / "t.csv"))


def test_a_table_of_a_catalog_has_the_name_that_spark_knows() -> None:
    assert dataset_name("spark://lake.sales.flats") == ("spark", "lake.sales.flats")
