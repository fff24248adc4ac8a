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
