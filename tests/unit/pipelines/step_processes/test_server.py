"""The warm process: what it imports leaves it without threads that a fork would lose."""

import subprocess
import sys
import threading

from homestead.pipelines.step_processes import server

IMPORT_ALL = """
import sys
from homestead.pipelines.step_processes import server
for name in (*server.NEEDED_AT_ONCE, *server.NEEDED, *server.NEEDED_BY_RUNS):
    server._load(name)
assert not {"kubernetes", "kfp.client"} & {*sys.modules}
assert {"kfp.local", "homestead.pipelines.retraining.local_runs"} <= {*sys.modules}
assert server._is_safe_to_fork()
assert "onnxruntime" not in sys.modules
"""


def test_a_process_with_a_thread_is_not_forked() -> None:
    stopping = threading.Event()
    thread = threading.Thread(target=stopping.wait)
    thread.start()
    try:
        assert not server._is_safe_to_fork()
    finally:
        stopping.set()
        thread.join()


def test_all_that_steps_need_can_be_imported_before_a_fork() -> None:
    subprocess.run([sys.executable, "-c", IMPORT_ALL], check=True, timeout=120)
