"""The Spark session of a process, made from the settings.

pyspark is imported only where ``HOMESTEAD_ENGINE`` is ``spark``, or a source is a table of Spark's
catalog: it is an extra, and needs Java. A process has one session, which ends with it: starting one
takes seconds, and executors that were started for the first job compute the next ones.
"""

import atexit
import importlib.util
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from homestead import setting_values as values
from homestead.engine.spark_kubernetes import MASTER_SCHEME, kubernetes_options, own_pod
from homestead.errors import UserError
from homestead.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# Bytes of rows that go to a Python worker at once: Spark's own limit counts rows, whatever their
# size.
_BATCH_BYTES = 16 * 2**20


def spark_session(settings: Settings | None = None, *, source: str = "") -> "SparkSession":
    """Return this process's Spark session; start it if there is none.

    Python workers of executors run this Python and this package, which an executor's image holds
    under the same paths.

    Args:
        settings: master and options; those of the environment if None.
        source: that needs Spark, whatever the engine is; '' if the engine does.

    Raises:
        UserError: pyspark or Java is missing, or the master cannot be used.
    """
    _require_programs(source)
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    running = SparkSession.getActiveSession()
    if running is not None:
        return running
    settings = settings or Settings.read()
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.master(settings.spark_master).appName("homestead")
    for name, value in spark_options(settings).items():
        builder = builder.config(name, value)
    try:
        session: SparkSession = builder.getOrCreate()
    except (PySparkException, OSError) as error:
        raise _not_started(settings, error) from None
    except Exception as error:
        if type(error).__module__.partition(".")[0] != "py4j":
            raise
        raise _not_started(settings, error) from None
    atexit.register(session.stop)
    return session


def spark_options(settings: Settings) -> dict[str, str]:
    """Return the options of a session by name, those that the user gives ahead of ours.

    Raises:
        UserError: executors are to be pods, and this process's pod cannot be found.
    """
    package = Path(__file__).parents[2]
    on_kubernetes = settings.spark_master.startswith(MASTER_SCHEME)
    return {
        "spark.log.level": "ERROR",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.local.dir": tempfile.gettempdir(),
        "spark.sql.session.timeZone": "UTC",
        # Plans are those that were asked for, whatever the sizes: the same bits each time.
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.execution.arrow.maxBytesPerBatch": str(_BATCH_BYTES),
        "spark.executorEnv.PYTHONPATH": str(package),
        **_s3_options(),
        **(kubernetes_options(own_pod()) if on_kubernetes else {}),
        **values.spark_options(settings.spark_options),
    }


def _s3_options() -> dict[str, str]:
    """Return the object store's region and address, as AWS's variables name them for this machine.

    Spark itself takes the keys among these variables to its executors, but neither of these.
    """
    variables = {
        "spark.hadoop.fs.s3a.endpoint.region": ("AWS_REGION", "AWS_DEFAULT_REGION"),
        "spark.hadoop.fs.s3a.endpoint": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
    }
    found = {
        option: next(filter(None, map(os.environ.get, names)), "")
        for option, names in variables.items()
    }
    options = {option: value for option, value in found.items() if value}
    if "spark.hadoop.fs.s3a.endpoint" in options:
        # Stores other than AWS's rarely have a host name for each bucket.
        options["spark.hadoop.fs.s3a.path.style.access"] = "true"
    return options


def _require_programs(source: str) -> None:
    """Raise the error of a missing package or program."""
    needs, remedy = "HOMESTEAD_ENGINE is spark", ", or set HOMESTEAD_ENGINE=local"
    if source:
        needs, remedy = f"{source} is read by Spark", ""
    if importlib.util.find_spec("pyspark") is None:
        raise UserError(
            f"{needs}, but pyspark is not installed: pip install 'homestead[spark]'{remedy}"
        )
    home = os.environ.get("JAVA_HOME")
    if shutil.which(str(Path(home, "bin", "java")) if home else "java") is None:
        where = f"JAVA_HOME ({home})" if home else "PATH"
        raise UserError(
            f"{needs}, but there is no java in {where}: install Java 17 or later"
            f" (apt-get install default-jre-headless){remedy}"
        )


def _not_started(settings: Settings, error: Exception) -> UserError:
    lines = [line.strip() for line in str(error).splitlines()]
    causes = [line for line in lines if line.startswith("Caused by:")]
    return UserError(
        f"HOMESTEAD_SPARK_MASTER: found {settings.spark_master!r}, with which Spark does not start:"
        f" {causes[-1].removeprefix('Caused by:').strip() if causes else lines[0]}; allowed are"
        " local[*], spark://HOST:PORT, k8s://URL and yarn, and Spark needs Java 17 or later"
    )
