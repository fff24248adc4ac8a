"""Seconds and CPU seconds of a command, its processes included."""

import os
import subprocess
import tempfile
import time

from homestead.threads import thread_variables


def measure(command: list[str], environment: dict[str, str]) -> dict[str, float]:
    """Run a command and return its seconds, and the CPU seconds of all of its processes.

    Raises:
        RuntimeError: it failed.
    """
    # A command of a shell has none of what this process has set for itself.
    own = thread_variables()
    inherited = {name: value for name, value in os.environ.items() if name not in own}
    started_s = time.monotonic()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command, env={**inherited, **environment}, stdout=output, stderr=subprocess.STDOUT
        )
        # Child processes that were waited for are included, as those of a run's steps are.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            raise RuntimeError(f"{command}: {output.read().decode()[-2000:]}")
    return {
        "seconds": round(time.monotonic() - started_s, 2),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 2),
    }
