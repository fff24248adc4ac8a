"""A registry whose champion can be checked for drift, and rows that it served."""

import hashlib
from collections.abc import Sequence

import pandas as pd
from mlflow import MlflowClient
from sqlalchemy import Engine

from homestead.prediction_log.entries import PredictionEntry
from homestead.prediction_log.insert_rows import insert_lines
from homestead.problem.contract import Contract
from homestead.settings import Settings
from tests.factories import flats_problem
from tests.small_models import sum_onnx

CONTRACT = Contract.from_problem(flats_problem())


def register_flats(
    settings: Settings, reference: pd.DataFrame, contracts: Sequence[Contract] = (CONTRACT,)
) -> None:
    """Register a version of each contract; the last is the champion, trained on these rows."""
    home = settings.folder()
    client = MlflowClient(settings.tracking_uri, settings.tracking_uri)
    experiment = client.create_experiment("flats", (home / "artifacts").as_uri())
    run_id = client.create_run(experiment).info.run_id
    reference.to_parquet(home / "snapshot.parquet")
    client.log_artifact(run_id, str(home / "snapshot.parquet"))
    client.create_registered_model("flats")
    for contract in contracts:
        path = home / f"{digest(contract)}.onnx"
        path.write_bytes(sum_onnx(contract))
        tags = {"homestead.digest": digest(contract), "homestead.uri": str(path)}
        version = client.create_model_version("flats", "unused", run_id, tags=tags).version
    client.set_registered_model_alias("flats", "champion", version)


def digest(contract: Contract) -> str:
    """Return the digest of a contract's model."""
    return hashlib.sha256(sum_onnx(contract)).hexdigest()


def log_rows(
    engine: Engine,
    served: pd.DataFrame,
    contract: Contract = CONTRACT,
    id_: str = "a",
    timestamp_s: float = 1.0,
) -> None:
    """Write rows that a model served to the prediction log.

    Args:
        timestamp_s: when they were served, seconds since 1970.
    """
    values = served.astype(object).where(served.notna(), None).to_numpy().tolist()
    predictions = [0.0] * len(values)
    names = tuple(map(str, served))
    entry = PredictionEntry(
        id_, "flats", "1", digest(contract), timestamp_s, names, values, predictions
    )
    insert_lines(engine, [entry])
