"""Start and end runs whose events OpenLineage's client sends, and print how long it took.

python -m tests.conformance.openlineage_calls HOME DEAD_URL
"""

import json
import os
import sys
import time
from pathlib import Path

from homestead.problem.schema import Problem
from homestead.tracking import runs, tags
from homestead.tracking.openlineage import emit
from tests.conftest import settings_at
from tests.history import register_file
from tests.registry import PROBLEM
from tests.small_models import small_onnx


def main(home: Path, dead_url: str) -> None:
    """Run three trainings of one pipeline run's id: one ends well, one fails, one is not told."""
    settings = settings_at(home)
    mlflow = runs.open_client(settings)

    def train(problem: Problem, status: str, run_tags: dict[str, str]) -> str:
        common = {
            tags.PIPELINE_RUN: "7",
            tags.PROBLEM: problem.name,
            tags.DATA_HASH: "d4" * 32,
            tags.SOURCE: "s3a://sales/2026/flats.parquet",
            tags.COMMIT: "c0ffee",
        }
        run_id = runs.start_run(mlflow, settings, problem, common)
        for name, value in run_tags.items():
            mlflow.set_tag(run_id, name, value)
        runs.finish_run(mlflow, settings, mlflow.get_run(run_id), status)
        return run_id

    model = register_file(mlflow, PROBLEM.name, small_onnx(), home / "models")
    finished = train(PROBLEM, "FINISHED", {tags.VERSION: "1", tags.DECISION: "promote"})
    other = PROBLEM.model_copy(update={"name": "houses"})
    failed = train(other, "FAILED", {tags.REASON: "<b>no rows</b>"})
    os.environ["OPENLINEAGE_URL"] = dead_url
    emit._DEADLINE_S = 0.5
    started = time.monotonic()
    train(other, "FINISHED", {})
    print(  # noqa: T201
        json.dumps(
            {
                "finished": finished,
                "failed": failed,
                "digest": model.digest,
                "folder": str(home / "models"),
                "untold_s": time.monotonic() - started,
            }
        )
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
