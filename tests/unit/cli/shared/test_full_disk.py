"""A disk that is full: each command ends with one sentence and leaves nothing half-written.

The disk is a small one of its own, which a process may mount in a user namespace of its own.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import CHURN

ROOT = Path(__file__).parents[4]
_SMALL, _LARGE = "200k", "64m"
# Runs commands on the full disk, then opens the stores with space: prints what was said and left.
_SCRIPT = f"""
import json, pathlib, subprocess, sys
from click.testing import CliRunner
from homestead.cli.main import main
from homestead.settings import Settings

def run(*arguments):
    result = CliRunner().invoke(main, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stderr.splitlines()

disk = pathlib.Path.cwd()
problem = {str(CHURN)!r}
said = {{}}
(disk / "filler").write_bytes(b"x" * 180_000)
before = sorted(disk.rglob("*"))
said["init"] = run("init", {str(CHURN.with_suffix(".csv"))!r}, "--target", "outcome")
said["compile"] = run("compile", "--problem", problem, "--output", str(disk / "out"))
left = [str(path) for path in sorted(disk.rglob("*")) if path not in before and path.is_file()]
(disk / "filler").unlink()
said["drift"] = run("drift", "--problem", problem, "--exit-zero")
from homestead.tracking import runs
try:
    runs.open_client(Settings.read())
except Exception as error:
    from homestead.cli.shared.failures import failure_message
    said["registry"] = 1, [failure_message(error)]
remount = ["mount", "-o", "remount,size={_LARGE}", str(disk)]
subprocess.run(remount, check=True)
said["again"] = run("drift", "--problem", problem, "--exit-zero")
experiments = runs.open_client(Settings.read()).search_experiments()
print(json.dumps([said, left, [experiment.name for experiment in experiments]]))
"""


def test_a_full_disk_is_one_sentence_and_leaves_no_half_of_a_file(tmp_path: Path) -> None:
    disk, script = tmp_path / "disk", tmp_path / "script.py"
    disk.mkdir()
    script.write_text(_SCRIPT)
    if not _may_mount(disk):
        pytest.skip("needs user namespaces, in which a process may mount a file system")
    inside = (
        f"mount -t tmpfs -o size={_SMALL} none {disk} && cd {disk}"
        f" && HOMESTEAD_HOME={disk}/home PYTHONPATH={ROOT} exec {sys.executable} {script}"
    )
    process = subprocess.run(
        ["unshare", "-rm", "sh", "-c", inside], capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, process.stderr
    said, left, experiments = json.loads(process.stdout.splitlines()[-1])
    for command in ("init", "compile", "drift", "registry"):
        code, lines = said[command]
        assert code == 1, (command, lines)
        assert any(phrase in lines[-1] for phrase in ("No space left", "disk is full")), lines
        assert f"df -h {disk}" in lines[-1]
        assert "Traceback" not in "\n".join(lines)
    assert left == []
    # With space, what began on the full disk is completed.
    assert said["again"][0] == 0, said["again"]
    assert experiments == ["Default"]


def _may_mount(folder: Path) -> bool:
    """Return whether this process may mount a disk of its own."""
    if shutil.which("unshare") is None:
        return False
    command = ["unshare", "-rm", "sh", "-c", f"mount -t tmpfs -o size=1m none {folder}"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
