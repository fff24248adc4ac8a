"""Labelled predictions that a version was trained on, as its run holds them."""

import hashlib
from typing import TYPE_CHECKING

from homestead.errors import UserError
from homestead.names import LABELLED_ROWS_FILE
from homestead.steps.history.reproduction.report import RecordedInput
from homestead.tracking import runs

if TYPE_CHECKING:
    from mlflow import MlflowClient


def labelled_rows(
    mlflow: "MlflowClient", run_id: str, recorded: str
) -> tuple[bytes | None, list[RecordedInput]]:
    """Return the file and its comparison with the recorded hash.

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
        content = runs.read_artifact(mlflow, run_id, LABELLED_ROWS_FILE)
    except UserError as error:
        return None, [check.model_copy(update={"state": "missing", "explanation": str(error)})]
    found = hashlib.sha256(content).hexdigest()
    if found == recorded:
        return content, [check]
    explanation = f"recorded {recorded[:12]}, {LABELLED_ROWS_FILE} of run {run_id} has {found[:12]}"
    differs = {"state": "differs", "found": found, "explanation": explanation}
    return content, [check.model_copy(update=differs)]
