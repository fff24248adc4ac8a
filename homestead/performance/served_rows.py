"""Rows that one model version answered: what it predicted, and what became known of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from homestead.model.onnx_model import Model
from homestead.problem.contract import Contract
from homestead.problem.model_metrics.predictions import Predictions

_DAY_S = 86_400
# Why a metric of probabilities has no value for several classes.
ANSWERED_CLASS_ONLY = (
    "the log holds the probability of the answered class alone, and inputs that are hidden from it"
    " keep the others from being predicted again"
)


@dataclass(frozen=True)
class ServedRows:
    """Answered rows of one version.

    Attributes:
        at: when each was answered, seconds since 1970, (rows,).
        predictions: values of shape (rows,), or probabilities of shape (rows, classes) as the
            model yields them, with the classes that were answered.
        y: targets of shape (rows,), or class codes; None for rows that need no label.
        groups: number of each row's group, from 0: rows of one entity and day (UTC), which depend
            on each other. A row without an entity is a group of its own.
        features: the logged inputs by name.
        has_probabilities: whether the probabilities of all classes are known. If not, those of the
            classes that were not answered are equal shares of the rest.
    """

    at: np.ndarray
    predictions: Predictions
    y: np.ndarray | None
    groups: np.ndarray
    features: Sequence[Mapping[str, Any]]
    has_probabilities: bool = True

    def __len__(self) -> int:
        return len(self.at)

    @property
    def group_count(self) -> int:
        """Number of groups, which are what was observed independently."""
        return len(np.unique(self.groups))

    def rows(self, chosen: np.ndarray) -> Self:
        """Return some of the rows, by a mask of shape (rows,)."""
        _, groups = np.unique(self.groups[chosen], return_inverse=True)
        return type(self)(
            self.at[chosen],
            self.predictions.rows(chosen),
            None if self.y is None else self.y[chosen],
            groups,
            [self.features[index] for index in np.flatnonzero(chosen).tolist()],
            self.has_probabilities,
        )

    def matrix(self, names: Sequence[str]) -> np.ndarray:
        """Return logged inputs as numbers, (rows, names), NaN where there is none."""
        return np.array(
            [[_number(row.get(name)) for name in names] for row in self.features], dtype=float
        ).reshape(len(self), len(names))


def served_rows(frame: pd.DataFrame, contract: Contract, model: Model | None) -> ServedRows:
    """Return the rows of a model as its metrics read them.

    Rows without a finite prediction are left out, and labels of classes that the model does not
    know.

    Args:
        frame: as :func:`homestead.prediction_log.labels.read_labelled` returns it, or without the
            column ``truth``; of one model.
        contract: of that model.
        model: predicts again where several classes need all probabilities; None if its file
            cannot be read.
    """
    classes, is_labelled = contract.classes, "truth" in frame
    keep = np.isfinite(frame["prediction"].to_numpy(float))
    if classes:
        keep &= frame["label"].isin(classes).to_numpy(bool)
        if is_labelled:
            keep &= frame["truth"].isin(classes).to_numpy(bool)
    elif is_labelled:
        keep &= np.isfinite(frame["truth"].to_numpy(float))
    frame = frame[keep]
    features: list[Mapping[str, Any]] = frame["features"].tolist()
    values, labels, complete = frame["prediction"].to_numpy(float), None, True
    if classes:
        codes = {label: code for code, label in enumerate(classes)}
        labels = frame["label"].map(codes).to_numpy(np.int64)
        again = None
        if len(classes) > 2 and len(frame):
            again = _predict_again(features, contract, model)
        complete = len(classes) == 2 or again is not None or not len(frame)
        values = _probabilities(values, labels, len(classes)) if again is None else again
    y = None
    if is_labelled:
        truth = frame["truth"]
        y = (truth.map(codes).to_numpy(np.int64)) if classes else truth.to_numpy(float)
    at = frame["at"].to_numpy(float)
    return ServedRows(
        at, Predictions(values, labels), y, _groups(frame["entity"], at), features, complete
    )


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else np.nan


def _probabilities(answered: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """Return probabilities of all classes, (rows, classes), of those of the answered ones."""
    rest = (1 - answered) / (classes - 1)
    values = np.repeat(rest[:, None], classes, axis=1)
    values[np.arange(len(labels)), labels] = answered
    return values


def _predict_again(
    features: Sequence[Mapping[str, Any]], contract: Contract, model: Model | None
) -> np.ndarray | None:
    """Return the probabilities that the model yields for logged inputs, if all of them are there.

    The log holds what the model read, so that the result is what it answered with.
    """
    names = contract.features
    if model is None or any(
        name not in row or isinstance(row[name], str) for row in features for name in names
    ):
        return None
    X = [[np.nan if row[name] is None else row[name] for name in names] for row in features]
    return model.predict(np.array(X, dtype=float))


def _groups(entities: pd.Series, at: np.ndarray) -> np.ndarray:
    if not len(at):
        return np.zeros(0, dtype=np.int64)
    days = (at // _DAY_S).astype(np.int64)
    keys = [
        (None, position) if pd.isna(entity) else (entity, day)
        for position, (entity, day) in enumerate(zip(entities, days, strict=True))
    ]
    codes, _ = pd.factorize(pd.Series(keys, dtype=object))
    return np.asarray(codes, dtype=np.int64)
