"""Reproduce: rebuild a version from its recorded inputs, and compare the bytes."""

import hashlib
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from homestead.data.ingest import open_checked
from homestead.data.labelled.training_rows import labelled_rows_at_their_time
from homestead.errors import UserError
from homestead.files import write_bytes
from homestead.names import LABELLED_ROWS_FILE
from homestead.problem.schema import Problem
from homestead.problem.values.row_hashes import table_hash
from homestead.settings import Settings
from homestead.steps.history.reproduction.recorded_inputs import TrainingInputs, recorded_inputs
from homestead.steps.history.reproduction.report import ReproductionReport
from homestead.steps.training_set import build_training_set
from homestead.tracking import registry, runs
from homestead.training.distributed.workers import distributed_boosting, settings_of_run

if TYPE_CHECKING:
    from mlflow import MlflowClient


def reproduce(
    problem: str,
    settings: Settings,
    version: str,
    *,
    report: Callable[[str], None],
    data: str = "",
    output: Path | None = None,
) -> ReproductionReport:
    """Rebuild a registered version, if its needed inputs are here; register nothing.

    The winning candidate alone is trained, on the training set that is rebuilt from the recorded
    data by the problem file as it was.

    Args:
        version: its number.
        report: takes a line for each trial of the search.
        data: a source with the recorded bytes, instead of the recorded source.
        output: ONNX file to write, whatever its digest.

    Raises:
        UserError: there is no such version.
    """
    mlflow = runs.open_client(settings)
    registered = registry.version_of_number(mlflow, problem, version.removeprefix("v"))
    inputs = recorded_inputs(mlflow, problem, registered, settings.home, data)
    outcome = ReproductionReport(
        problem=problem,
        version=registered.version,
        digest=registered.digest,
        inputs=inputs.checks,
    )
    if inputs.problem is None:
        return outcome
    started = time.monotonic()
    try:
        training_set_hash, content = _rebuild(inputs.problem, inputs, settings, mlflow, report)
    except UserError as error:
        return outcome.model_copy(update={"error": str(error)})
    if output is not None:
        write_bytes(output, content)
    recorded = inputs.training_set_hash
    return outcome.model_copy(
        update={
            "rebuilt_digest": hashlib.sha256(content).hexdigest(),
            "training_set_is_same": recorded == training_set_hash if recorded else None,
            "seconds": time.monotonic() - started,
        }
    )


def _rebuild(
    problem: Problem,
    inputs: TrainingInputs,
    settings: Settings,
    mlflow: "MlflowClient",
    report: Callable[[str], None],
) -> tuple[str, bytes]:
    """Return the hash of the training set and the content of the model's file.

    Raises:
        UserError: the source was replaced meanwhile, or a step fails.
    """
    import pandas as pd

    from homestead.training.search import train_candidate

    # Through files, as between the steps of a pipeline: a type that a file changes is the same.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        valid, views, dataset = (folder / name for name in ("valid", "views", "dataset"))
        with open_checked(problem) as (checked, data_hash):
            if data_hash != inputs.data_hash:
                raise UserError(f"the data changed while they were read: found {data_hash[:12]}")
            checked.write_valid(valid)
        if inputs.labelled is not None:
            rows = valid.rename(folder / "table")
            logged = runs.download_artifact(mlflow, inputs.labelled, LABELLED_ROWS_FILE, folder)
            with labelled_rows_at_their_time(logged, rows, problem, folder) as added:
                added.write_with(valid)
        build_training_set(problem, valid=valid, views=views, dataset=dataset, report=report)
        table = pd.read_parquet(dataset)
    with distributed_boosting(settings_of_run(settings, inputs.workers)):
        trained = train_candidate(inputs.candidate, table, problem, inputs.seed, report)
    return table_hash(table), trained.onnx
