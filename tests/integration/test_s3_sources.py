"""One data set in an object store, named as AWS and as Hadoop name it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from homestead.data.ingest import ingest
from homestead.data.tables import hash_source, read_table
from homestead.problem.loader import parse_problem
from homestead.tracking.openlineage.dataset_names import dataset_name
from tests.raw_flats import RAW_FLATS, raw_flats_rows
from tests.s3_gateway import s3_gateway
from tests.spark import CLUSTER_OPTIONS, needs_spark, s3_jars

# A process of its own: a session's options are those of its start.
_CATALOG = """
from homestead.data.ingest import ingest
from homestead.engine.spark_session import spark_session
from homestead.problem.loader import parse_problem
from tests.raw_flats import RAW_FLATS, raw_flats_rows

spark = spark_session()
rows = raw_flats_rows().assign(floor=["1", "", "2", "0", "1"]).astype(str).replace("nan", "")
spark.createDataFrame(rows).write.saveAsTable("flats")
spark.sql("ALTER TABLE flats RENAME TO sold")
found = ingest(parse_problem(RAW_FLATS.replace("flats.csv", "spark://default.sold")))
print("rows", len(found.valid))
"""


def test_s3_and_s3a_name_one_data_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import s3fs

    with s3_gateway(tmp_path / "data") as gateway:
        for name, value in gateway.environment().items():
            monkeypatch.setenv(name, value)
        s3fs.S3FileSystem.clear_instance_cache()
        store = s3fs.S3FileSystem()
        rows = raw_flats_rows().assign(floor=["1", "", "2", "0", "1"])
        for part, some in enumerate((rows.head(2), rows.tail(3))):
            text = some.to_csv(index=False).encode()
            store.pipe_file(f"homestead/flats/part-{part}.csv", text)
        for place in (
            "homestead/flats/",
            "homestead/flats/part-*.csv",
            "homestead/flats/part-0.csv",
        ):
            sources = [f"{scheme}://{place}" for scheme in ("s3", "s3a", "s3n", "S3A")]
            assert len({hash_source(source) for source in sources}) == 1
            assert len({dataset_name(source) for source in sources}) == 1
            tables = [read_table(source)[0] for source in sources]
            assert all(table.equals(tables[0]) for table in tables)
        problems = [
            parse_problem(RAW_FLATS.replace("flats.csv", f"{scheme}://homestead/flats/"))
            for scheme in ("s3", "s3a")
        ]
        assert problems[0] == problems[1]
        found = [ingest(problem) for problem in problems]
        assert found[0].data_hash == found[1].data_hash == hash_source("s3://homestead/flats/")
        assert len(found[1].valid) == len(rows)


@needs_spark
def test_executors_read_a_catalogs_table_in_s3(tmp_path: Path) -> None:
    jars = s3_jars(tmp_path / "jars")
    with s3_gateway(tmp_path / "data") as gateway:
        options = (
            f"{CLUSTER_OPTIONS} spark.jars={jars} spark.sql.warehouse.dir=s3a://homestead/warehouse"
        )
        environment = {
            **os.environ,
            **gateway.environment(),
            "HOMESTEAD_HOME": str(tmp_path / "home"),
            "HOMESTEAD_SPARK_MASTER": "local-cluster[1,1,1024]",
            "HOMESTEAD_SPARK_OPTIONS": options,
        }
        result = subprocess.run(
            [sys.executable, "-c", _CATALOG],
            env=environment,
            cwd=Path(__file__).parents[2],
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert result.returncode == 0, result.stderr
        assert [name for name in gateway.objects("warehouse/sold") if name.endswith(".parquet")]
    assert result.stdout.splitlines()[-1] == f"rows {len(raw_flats_rows())}"
