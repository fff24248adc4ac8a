"""The warm process: what it imports leaves it without threads that a fork would lose."""

import subprocess
import sys

IMPORT_ALL = """
import sys
from homestead.pipelines.step_processes import server
from homestead.threads import is_safe_to_fork
for name in (*server.NEEDED_AT_ONCE, *server.NEEDED, *server.NEEDED_BY_RUNS):
    server._load(name)
assert not {"kubernetes", "kfp.client"} & {*sys.modules}
assert {"kfp.local", "homestead.pipelines.retraining.local_runs"} <= {*sys.modules}
assert is_safe_to_fork()
from mlflow.utils import requirements_utils
assert requirements_utils._MODULES_TO_PACKAGES["onnxruntime"], "MLflow looks it up by other means"
assert "onnxruntime" not in sys.modules
"""


def test_all_that_steps_need_can_be_imported_before_a_fork() -> None:
    subprocess.run([sys.executable, "-c", IMPORT_ALL], check=True, timeout=120)
