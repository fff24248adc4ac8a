"""Rows that a small model served, as readers of the prediction log return them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from homestead.evaluation.certificate import Certificate, Estimate, ScoredModel
from homestead.evaluation.signed_certificate import SignedCertificate
from homestead.model.onnx_model import Model, read_model
from homestead.names import CHAMPION
from homestead.prediction_log.entries import PredictionEntry
from homestead.prediction_log.insert_rows import insert_lines
from homestead.prediction_log.labels.tables import LABELS
from homestead.release.plan import ModelVersion
from homestead.settings import Settings
from homestead.signing.key_files import open_signing_key
from homestead.tracking import registry, runs
from homestead.tracking.candidates import log_candidate
from homestead.tracking.certificates import store_certificate
from homestead.training.search import train_candidate
from tests.factories import certificate
from tests.registry import LINEAGE, PROBLEM


def answered_frame(
    model: Model, X: np.ndarray, at: np.ndarray, entities: Sequence[str | None] | None = None
) -> pd.DataFrame:
    """Return what the log keeps of rows that a model answers.

    Args:
        X: its inputs, (rows, features).
        at: seconds since 1970, (rows,).
    """
    contract, predictions = model.contract, model.predict(X)
    labels: list[Any] = [None] * len(X)
    if contract.classes:
        codes = predictions.argmax(axis=1)
        if contract.decision is not None:
            codes = contract.decision.codes(predictions)
        labels = [contract.classes[code] for code in codes]
        predictions = predictions[np.arange(len(X)), codes]
    features = [
        {n: None if np.isnan(v) else float(v) for n, v in zip(contract.features, row, strict=True)}
        for row in X
    ]
    return pd.DataFrame(
        {
            "prediction_id": [f"{number:033x}" for number in range(len(X))],
            "row": 0,
            "version": "1",
            "digest": model.digest,
            "at": at.astype(float),
            "entity": list(entities) if entities is not None else [None] * len(X),
            "features": features,
            "prediction": predictions,
            "label": labels,
        }
    ).astype({"entity": object, "label": object})


def labelled_frame(answered: pd.DataFrame, truth: Any) -> pd.DataFrame:
    """Return answered rows with what became known of them."""
    return answered.assign(truth=truth, labelled_at=answered["at"] + 60)


def released_flats(settings: Settings, promised: float, rows: int = 2000) -> ModelVersion:
    """Train, register and make champion a model of flats whose certificate promises an error.

    Args:
        promised: mean absolute error; of rows as :func:`flats_rents` makes them it is about 16.
    """
    mlflow = runs.open_client(settings)
    parent = runs.start_run(mlflow, settings, PROBLEM, {})
    area, rent = flats_rents(rows, seed=0)
    split = np.where(np.arange(rows) % 2 == 0, "train", "validation")
    days = pd.date_range("2024-01-01", periods=rows, unit="us")
    dataset = pd.DataFrame({"area": area, "rent": rent, "day": days, "split": split})
    trained = train_candidate("a", dataset, PROBLEM)
    candidate = log_candidate(mlflow, parent, PROBLEM, trained, {})
    estimate = Estimate(value=promised, low=0.98 * promised, high=1.02 * promised)
    issued = certificate(
        problem=PROBLEM.name,
        winner=ScoredModel(digest=candidate.digest, metrics={"mae": estimate}),
        champion=None,
        slices=(),
    )

    def write_documents(run_id: str) -> str:
        signed = SignedCertificate.sign(issued, open_signing_key(settings))
        return store_certificate(mlflow, candidate.model_id, candidate.uri, signed)

    def reevaluate(model: Model, version: ModelVersion) -> Certificate:
        raise AssertionError("there is no champion to compare with")

    version = registry.register_challenger(
        mlflow, settings, issued, candidate, LINEAGE, reevaluate, write_documents
    ).version
    assert version is not None
    mlflow.set_registered_model_alias(PROBLEM.name, CHAMPION, version.version)
    return version


def flats_rents(rows: int, seed: int, noise: float = 20.0) -> tuple[np.ndarray, np.ndarray]:
    """Return areas and rents of flats, (rows,) each."""
    draw = np.random.default_rng(seed)
    area = draw.uniform(20, 90, rows)
    return area, 9 * area + draw.normal(0, noise, rows)


def log_flats(
    engine: sa.Engine,
    version: ModelVersion,
    area: np.ndarray,
    at: np.ndarray,
    rent: np.ndarray | None = None,
) -> None:
    """Write predictions of flats to the prediction log, with their labels if rents are given.

    Args:
        at: seconds since 1970, (rows,).
    """
    predictions = read_model(version.uri, version.digest).predict(area[:, None])
    entries = [
        PredictionEntry(
            id=f"{int(moment * 1e6):013x}{number:020x}",
            problem=PROBLEM.name,
            version=version.version,
            digest=version.digest,
            timestamp_s=float(moment),
            feature_names=("area",),
            features=[[float(value)]],
            predictions=[float(predicted)],
            entities=[str(number)],
        )
        for number, (moment, value, predicted) in enumerate(zip(at, area, predictions, strict=True))
    ]
    insert_lines(engine, entries)
    if rent is None:
        return
    labels = [
        {
            "prediction_id": entry.id,
            "row": 0,
            "problem": PROBLEM.name,
            "at": entry.timestamp_s,
            "truth": float(truth),
            "labelled_at": entry.timestamp_s + 3600,
            "received_at": entry.timestamp_s + 7200,
            "source": "rents.csv",
            "offset_s": 0.0,
        }
        for entry, truth in zip(entries, rent, strict=True)
    ]
    with engine.begin() as connection:
        connection.execute(sa.insert(LABELS), labels)
