"""The guide's part on a cluster: the problem file is written as it says, and its objects are made.

The local part is run in ``test_documented_commands.py``; the end-to-end test applies such objects.
"""

import subprocess
from pathlib import Path

from homestead.deployment.problems.pod_source import with_pod_source
from homestead.problem.loader import load_problem
from homestead.steps.commands.problem_objects import objects_of
from tests.shell_blocks import open_shell, shell_blocks

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "tutorials" / "your-own-data.md"


def test_the_problem_that_the_guide_drafts_has_objects_on_a_cluster(tmp_path: Path) -> None:
    (tmp_path / "problems").symlink_to(ROOT / "problems")
    blocks = shell_blocks(GUIDE.read_text(encoding="utf-8"))
    with open_shell(tmp_path) as shell:
        for block in blocks[:2]:
            code, output = shell.run(block.script)
            assert code == 0, output
    cluster = next(block for block in blocks if "cluster" in block.not_run)
    edit = next(line for line in cluster.script.splitlines() if line.startswith("sed"))
    subprocess.run(["bash", "-c", edit], cwd=tmp_path, check=True)
    path = tmp_path / "penguins.yaml"
    problem = with_pod_source(load_problem(path))
    assert problem.source == "s3://homestead/data/penguins.csv"
    objects = objects_of(problem, path.read_text(encoding="utf-8"))
    assert {"CronJob", "SeldonDeployment"} <= {document["kind"] for document in objects}
