"""The guide's commands run as they stand: from a table to a served prediction.

Of the part on a cluster, the problem file is written as the guide says, and its objects are made
and checked; the end-to-end test applies such objects.
"""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from homestead.cli.demo.server import free_port
from homestead.deployment.problems.pod_source import with_pod_source
from homestead.problem.loader import load_problem
from homestead.steps.commands.problem_objects import objects_of

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "tutorials" / "your-own-data.md"


def _commands(part: str) -> list[str]:
    """Return the commands of the guide before or after the heading of its part on Kubernetes."""
    local, cluster = GUIDE.read_text(encoding="utf-8").split("## 6. On Kubernetes")
    text = local if part == "local" else cluster
    return re.findall(r"^    (.+)$", text, re.MULTILINE)


def _run(script: list[str], folder: Path, ports: tuple[int, int]) -> str:
    """Run commands in bash, with our command in the path; return what they print."""
    programs = folder / "bin"
    programs.mkdir(exist_ok=True)
    command = programs / "homestead"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m homestead "$@"\n')
    command.chmod(0o755)
    variables = {name: v for name, v in os.environ.items() if not name.startswith("MLFLOW_")}
    environment = variables | {
        "PATH": os.pathsep.join(
            [str(programs), str(Path(sys.executable).parent), os.environ["PATH"]]
        ),
        "PYTHONPATH": str(ROOT),
        "HOMESTEAD_HOME": str(folder / "home"),
    }
    # The answer ends without a line break, and the server keeps the output open.
    text = "\n".join(["set -e", *script, "echo"])
    for port, free in zip(("9000", "9001"), ports, strict=True):
        text = text.replace(port, str(free))
    process = subprocess.Popen(
        ["bash", "-c", text],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("{"):
                break
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.communicate()
    return "".join(lines)


def test_the_commands_lead_to_a_prediction(tmp_path: Path) -> None:
    (tmp_path / "problems").symlink_to(ROOT / "problems")
    output = _run(_commands("local"), tmp_path, (free_port(), free_port()))
    assert "penguins: 344 valid rows, 0 bad" in output
    assert "decision: promote" in output
    answer = json.loads(output.splitlines()[-1])
    probabilities = dict(zip(answer["data"]["names"], answer["data"]["ndarray"][0], strict=True))
    assert max(probabilities, key=lambda name: probabilities[name]).endswith("Gentoo")

    edit = next(command for command in _commands("cluster") if command.startswith("sed"))
    subprocess.run(["bash", "-c", edit], cwd=tmp_path, check=True)
    path = tmp_path / "penguins.yaml"
    problem = with_pod_source(load_problem(path))
    assert problem.source == "s3://homestead/data/penguins.csv"
    objects = objects_of(problem, path.read_text(encoding="utf-8"))
    assert {"CronJob", "SeldonDeployment"} <= {document["kind"] for document in objects}
