"""Tables of Spark's own catalog: types and values, a hash without an order, mistakes."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from homestead.data.ingest import ingest
from homestead.data.tables import hash_source, read_table
from homestead.engine.spark_session import spark_session
from homestead.errors import UserError
from homestead.problem.loader import parse_problem
from tests.raw_flats import RAW_FLATS
from tests.spark import needs_spark

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = needs_spark
_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
_VALUES = """
SELECT id, double(d) AS d, CAST(u AS DECIMAL(20, 0)) AS u, t, array(1, 2) AS list,
       TIMESTAMP_NTZ '2024-03-10 02:30:00' AS naive, DATE '2024-02-29' AS day,
       TIMESTAMP '2024-03-10 13:30:00-08:00' AS instant
FROM VALUES (1582218195625938945, 'NaN', '18446744073709551615', '007'), (2, null, null, null),
            (3, '-0.0', '1', '') AS v(id, d, u, t)
"""


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[SparkSession]":
    warehouse = tmp_path_factory.mktemp("warehouse")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOMESTEAD_SPARK_MASTER", "local[2]")
        patch.setenv("TZ", "Asia/Kathmandu")
        options = f"spark.sql.warehouse.dir={warehouse} 'spark.driver.extraJavaOptions={_JAVA}'"
        patch.setenv("HOMESTEAD_SPARK_OPTIONS", options)
        session = spark_session()
        session.sql("CREATE DATABASE lake")
        session.sql(_VALUES).repartition(2).write.saveAsTable("lake.hard")
        yield session
        session.stop()


def test_values_come_as_they_are(spark: "SparkSession") -> None:
    """NaN beside null, ids above 2^53, unsigned integers, times with and without a zone."""
    table, _ = read_table("spark://spark_catalog.lake.hard")
    rows = table.set_index("id").to_dict("index")
    first, second, third = rows[1582218195625938945], rows[2], rows[3]
    assert first["u"] == Decimal(2**64 - 1)
    assert str(third["d"]) == "-0.0"
    assert str(first["naive"]) == "2024-03-10 02:30:00"
    assert first["instant"] == datetime(2024, 3, 10, 21, 30, tzinfo=UTC)
    assert (first["t"], third["t"], first["list"]) == ("007", "", "[1, 2]")
    assert str(first["day"]).startswith("2024-02-29")
    assert pd.isna(second["t"])
    assert pd.isna(second["u"])


def test_neither_files_nor_their_order_change_the_hash(spark: "SparkSession") -> None:
    ordered = spark.table("lake.hard").orderBy("id").coalesce(1)
    ordered.write.saveAsTable("lake.again")
    digest = hash_source("spark://lake.hard")
    assert hash_source("spark://lake.again") == digest == read_table("spark://lake.hard")[1]
    spark.table("lake.hard").where("id != 2").write.saveAsTable("lake.fewer")
    assert hash_source("spark://lake.fewer") != digest


def test_a_table_is_ingested_as_its_file_is(spark: "SparkSession", tmp_path: Path) -> None:
    names = ("id", "listed", "rent", "rooms", "baths", "district", "floor", "lift", "pets")
    rows = [(i, f"2024-0{1 + i % 5}-03", 60.5 + i, 1 + i % 9) for i in range(40)]
    flats = [(*row, None, "north", "1", True, None) for row in rows]
    flats[7] = (*flats[7][:3], 11, *flats[7][4:])
    types = (
        "id long, listed string, rent double, rooms int, baths int, district string, floor string"
    )
    frame = spark.createDataFrame(flats, f"{types}, lift boolean, pets boolean")
    assert tuple(frame.columns) == names
    frame.write.saveAsTable("lake.flats")
    frame.coalesce(1).write.parquet(str(tmp_path / "flats"))
    found = [
        ingest(parse_problem(RAW_FLATS.replace("flats.csv", source)))
        for source in ("spark://lake.flats", str(tmp_path / "flats"))
    ]
    assert found[0].counts == found[1].counts
    assert found[0].counts.bad == 1
    assert found[0].valid.equals(found[1].valid)


@pytest.mark.parametrize(
    ("table", "reason"),
    [("lake.nothing", "TABLE_OR_VIEW_NOT_FOUND"), ("nowhere.a.b", "REQUIRES_SINGLE_PART")],
)
def test_a_missing_table_is_named(spark: "SparkSession", table: str, reason: str) -> None:
    with pytest.raises(UserError, match=rf"^spark://{table}: Spark cannot read it: \[{reason}"):
        read_table(f"spark://{table}")
