"""Spark for tests: whether it can run here, and the settings of a small cluster of processes."""

import importlib.util
import shutil
import subprocess
from pathlib import Path

import pytest

needs_spark = pytest.mark.skipif(
    importlib.util.find_spec("pyspark") is None or shutil.which("java") is None,
    reason="needs Spark: pip install 'homestead[spark]' and apt-get install default-jre-headless",
)
# Two executors of one core each, processes of their own as on two machines.
CLUSTER = "local-cluster[2,1,1024]"
CLUSTER_SETTINGS = {"HOMESTEAD_ENGINE": "spark", "HOMESTEAD_SPARK_MASTER": CLUSTER}
# Compiled code would not pay in a minute: without it Java costs a half.
JAVA_OPTIONS = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
# Executors elsewhere have another time zone, which no bit may depend on.
CLUSTER_OPTIONS = (
    "spark.executorEnv.TZ=Asia/Kathmandu spark.driver.memory=512m"
    f" 'spark.driver.extraJavaOptions={JAVA_OPTIONS}'"
    f" 'spark.executor.extraJavaOptions={JAVA_OPTIONS}'"
)


def s3_jars(folder: Path) -> str:
    """Return the jars by which Spark reads S3, as the option ``spark.jars`` names them.

    Where Maven is not installed, or cannot fetch them, the test is skipped.
    """
    if shutil.which("mvn") is None:
        pytest.skip("needs mvn: apt-get install maven")
    script = Path(__file__).parents[1] / "scripts" / "spark-jars"
    fetched = subprocess.run(
        [script, folder], capture_output=True, encoding="utf-8", timeout=300, check=False
    )
    if "could not be resolved" in fetched.stdout:
        pytest.skip(f"Maven cannot fetch the jars: {fetched.stdout[-300:]}")
    assert fetched.returncode == 0, fetched.stdout + fetched.stderr
    return ",".join(map(str, sorted(folder.glob("*.jar"))))
