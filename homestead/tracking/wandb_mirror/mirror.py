"""Copy runs of MLflow to Weights & Biases, each addition once.

A run of W&B has the id of MLflow's. Each copy is one segment of it, which goes on where the last
one ended: W&B's own step counts the rows and never goes back, and MLflow's step, which may, is a
value of each row and the axis of every chart. What is in W&B already is kept as a tag of the run,
so that another copy adds only what is new.
"""

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from mlflow import MlflowClient
from pydantic import BaseModel, ConfigDict

from homestead.errors import UserError
from homestead.settings import Settings
from homestead.tracking import tags
from homestead.tracking.wandb_mirror.activation import is_active
from homestead.tracking.wandb_mirror.content import (
    MetricPoint,
    MirroredArtifact,
    MirroredRun,
    read_run,
)

STEP = "mlflow_step"
# Nothing of this machine: its code, address of its repository, packages, load and output.
_PRIVATE: dict[str, Any] = {
    "silent": True,
    "console": "off",
    "disable_git": True,
    "save_code": False,
    "x_disable_machine_info": True,
    "x_disable_meta": True,
    "x_disable_stats": True,
    "x_save_requirements": False,
}


class MirroredState(BaseModel):
    """How much of a run is in W&B.

    Attributes:
        points: values of metrics.
        rows: rows of W&B's history, its next step.
        digest: of all else, as :meth:`MirroredRun.digest` returns it.
    """

    model_config = ConfigDict(frozen=True)
    points: int = 0
    rows: int = 0
    digest: str = ""


def mirror_run(
    mlflow: MlflowClient, settings: Settings, run_id: str, report: Callable[[str], None]
) -> None:
    """Copy a run and its child runs to W&B, if its variables are set and its client is installed.

    A failure is reported and stops nothing: MLflow has the run, and ``homestead mirror`` copies it
    later.
    """
    if not is_active():
        return
    try:
        changed = _mirror_family(mlflow, settings, run_id)
    except Exception as error:
        # The client raises its own errors, those of its service process and of the network.
        report(f"run {run_id} is not mirrored in Weights & Biases: {error}")
        return
    if changed:
        mode = " (offline)" if os.environ.get("WANDB_MODE") == "offline" else ""
        report(f"mirrored in Weights & Biases{mode}: {changed} of MLflow's runs")


def _mirror_family(mlflow: MlflowClient, settings: Settings, run_id: str) -> int:
    """Copy a run and its children; return how many had anything new."""
    experiment = mlflow.get_run(run_id).info.experiment_id
    children = mlflow.search_runs([experiment], f"tags.`{tags.PARENT_RUN}` = '{run_id}'")
    ids = [run_id, *sorted(child.info.run_id for child in children)]
    return sum([_mirror_one(mlflow, settings, id_) for id_ in ids])


def _mirror_one(mlflow: MlflowClient, settings: Settings, run_id: str) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        run = read_run(mlflow, run_id, Path(folder))
        text = mlflow.get_run(run_id).data.tags.get(tags.MIRRORED)
        state = MirroredState() if text is None else MirroredState.model_validate_json(text)
        points, digest = run.points[state.points :], run.digest()
        if not points and digest == state.digest:
            return False
        rows = as_rows(points)
        _write_segment(run, rows, state.rows, settings, Path(folder))
    after = MirroredState(points=len(run.points), rows=state.rows + len(rows), digest=digest)
    mlflow.set_tag(run_id, tags.MIRRORED, after.model_dump_json())
    return True


def as_rows(points: Sequence[MetricPoint]) -> list[dict[str, float]]:
    """Return rows of W&B's history: neighbours in time with one step are one row."""
    rows: list[dict[str, float]] = []
    for point in points:
        if not rows or rows[-1][STEP] != point.step or point.key in rows[-1]:
            rows.append({STEP: point.step})
        rows[-1][point.key] = point.value
    return rows


def _write_segment(
    run: MirroredRun, rows: list[dict[str, float]], first: int, settings: Settings, folder: Path
) -> None:
    """Write what is new of a run: rows, configuration, and the artifacts, which W&B compares.

    Args:
        first: W&B's step of the first row.

    Raises:
        UserError: W&B has rows of the run that are not from here, so that it would drop these.
    """
    with _own_folders(settings):
        import wandb

        segment = wandb.init(
            id=run.id,
            resume="allow",
            project=os.environ.get("WANDB_PROJECT") or run.problem,
            name=run.name,
            group=run.group,
            job_type="candidate" if run.parent else "training",
            notes=run.note or None,
            config=run.config,
            dir=str(settings.folder()),
            settings=wandb.Settings(**_PRIVATE),
        )
        try:
            # More than the tag says if a copy was killed before it wrote the tag.
            if segment.step > first + len(rows):
                raise UserError(
                    f"W&B's run {run.id}: found step {segment.step}, allowed is at most"
                    f" {first + len(rows)}: another program has written to it"
                )
            segment.define_metric(STEP, hidden=True)
            segment.define_metric("*", step_metric=STEP)
            for number, row in enumerate(rows, start=first):
                if number >= segment.step:
                    segment.log(row, step=number)
            for mirrored in run.artifacts:
                artifact = _as_artifact(run.problem, mirrored, folder)
                segment.log_artifact(artifact, aliases=["latest", *mirrored.aliases])
        finally:
            segment.finish(exit_code=0 if run.status == "FINISHED" else 1)
            wandb.teardown()


def _as_artifact(problem: str, mirrored: MirroredArtifact, folder: Path) -> Any:
    import wandb

    artifact = wandb.Artifact(
        f"{problem}-{mirrored.name}", type=mirrored.name, metadata=mirrored.metadata
    )
    for path, content in mirrored.files.items():
        file = folder / "content"
        file.write_bytes(content)
        artifact.add_file(str(file), name=path)  # copies it
    return artifact


@contextlib.contextmanager
def _own_folders(settings: Settings) -> Iterator[None]:
    """Let the client keep its files below the home, and send no reports of its own errors.

    A variable that is set stays.
    """
    folder = str(settings.folder("wandb"))
    defaults = dict.fromkeys(("WANDB_DATA_DIR", "WANDB_CACHE_DIR", "WANDB_CONFIG_DIR"), folder)
    defaults["WANDB_ERROR_REPORTING"] = "false"
    added = {name: value for name, value in defaults.items() if not os.environ.get(name)}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)
