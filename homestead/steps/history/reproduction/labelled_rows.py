"""Labelled predictions that a version was trained on, as its run holds them."""

import hashlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from homestead.errors import UserError
from homestead.names import LABELLED_ROWS_FILE
from homestead.steps.history.reproduction.report import RecordedInput
from homestead.tracking import runs

if TYPE_CHECKING:
    from mlflow import MlflowClient


def labelled_rows(
    mlflow: "MlflowClient", run_id: str, recorded: str
) -> tuple[str | None, list[RecordedInput]]:
    """Return the run that has the file, and the file's comparison with the recorded hash.

    Args:
        run_id: the parent run of the training.
        recorded: SHA-256 of the file, '' if the run had no labelled rows.

    Returns:
        None and nothing, if the run had none.
    """
    if not recorded:
        return None, []
    check = RecordedInput(name="labels", state="same", recorded=recorded, is_needed=True)
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = runs.download_artifact(mlflow, run_id, LABELLED_ROWS_FILE, Path(folder))
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
    except UserError as error:
        return None, [check.model_copy(update={"state": "missing", "explanation": str(error)})]
    if found == recorded:
        return run_id, [check]
    explanation = f"recorded {recorded[:12]}, {LABELLED_ROWS_FILE} of run {run_id} has {found[:12]}"
    differs = {"state": "differs", "found": found, "explanation": explanation}
    return run_id, [check.model_copy(update=differs)]
