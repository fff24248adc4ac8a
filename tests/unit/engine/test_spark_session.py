"""Spark's session: its options, what is missing, and that nobody else pays for it."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from homestead.data.sources.spark_catalog import open_table
from homestead.engine.spark_session import spark_options, spark_session
from homestead.errors import UserError
from homestead.settings import Settings
from tests.spark import needs_spark

ROOT = Path(__file__).parents[3]


def test_the_users_options_go_before_our_own() -> None:
    given = (
        'spark.executor.memory=3g spark.ui.enabled=true spark.driver.extraJavaOptions="-Da=1 -Db=2"'
    )
    options = spark_options(Settings.read(spark_options=given))
    assert options["spark.executor.memory"] == "3g"
    assert options["spark.ui.enabled"] == "true"
    assert options["spark.driver.extraJavaOptions"] == "-Da=1 -Db=2"
    assert options["spark.sql.session.timeZone"] == "UTC"


def test_executors_import_this_package() -> None:
    folder = Path(spark_options(Settings.read())["spark.executorEnv.PYTHONPATH"])
    assert (folder / "homestead" / "engine" / "spark_tasks.py").is_file()


def test_executors_find_the_object_store_of_awss_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    assert not [name for name in spark_options(Settings.read()) if "s3a" in name]
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-north-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://store:7070")
    options = spark_options(Settings.read())
    assert options["spark.hadoop.fs.s3a.endpoint.region"] == "eu-north-1"
    assert options["spark.hadoop.fs.s3a.endpoint"] == "http://store:7070"
    assert options["spark.hadoop.fs.s3a.path.style.access"] == "true"
    given = "spark.hadoop.fs.s3a.endpoint=http://other:7070"
    options = spark_options(Settings.read(spark_options=given))
    assert options["spark.hadoop.fs.s3a.endpoint"] == "http://other:7070"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("executor.memory=3g", "found 'executor.memory', allowed are spark.NAME=VALUE"),
        ("spark.a=1, spark.b=2 c", "found 'c', allowed are spark.NAME=VALUE"),
        ("spark.a='1", "No closing quotation; allowed are spark.NAME=VALUE"),
    ],
)
def test_options_that_are_none_are_named(
    monkeypatch: pytest.MonkeyPatch, options: str, message: str
) -> None:
    monkeypatch.setenv("HOMESTEAD_SPARK_OPTIONS", options)
    with pytest.raises(UserError, match=f"^HOMESTEAD_SPARK_OPTIONS: {message}"):
        Settings.read()


def test_without_pyspark_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "pyspark" else found(name)
    )
    with pytest.raises(UserError, match=r"pip install 'homestead\[spark\]', or set HOMESTEAD_EN"):
        spark_session()
    # Another engine would not help a table that Spark alone can read.
    with (
        pytest.raises(UserError, match=r"pip install 'homestead\[spark\]'$") as raised,
        open_table("spark://lake.sales", "SELECT 1"),
    ):
        pass
    assert str(raised.value).startswith("spark://lake.sales is read by Spark, but pyspark is not")


@pytest.mark.parametrize("home", ["", "/nowhere"])
@pytest.mark.skipif(importlib.util.find_spec("pyspark") is None, reason="needs homestead[spark]")
def test_without_java_one_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, home: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("JAVA_HOME", home)
    where = r"JAVA_HOME \(/nowhere\)" if home else "PATH"
    with pytest.raises(UserError, match=f"there is no java in {where}: install Java 17 or later"):
        spark_session()


def test_nothing_imports_pyspark_where_the_engine_is_this_machine() -> None:
    code = (
        "import sys, homestead.features.views, homestead.features.training_set\n"
        "import homestead.engine.run, homestead.engine.spark_session\n"
        "assert not {'pyspark', 'py4j'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


@needs_spark
def test_a_master_that_is_none_is_named(tmp_path: Path) -> None:
    """Java writes its own lines first, in a process of its own."""
    code = "from homestead.engine.spark_session import spark_session\nspark_session()"
    told = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "HOMESTEAD_SPARK_MASTER": "mesos", "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert "UserError: HOMESTEAD_SPARK_MASTER: found 'mesos', with which Spark" in told.stderr
    assert told.returncode == 1
