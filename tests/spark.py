"""Spark for tests: whether it can run here, and the settings of a small cluster of processes."""

import importlib.util
import shutil

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
