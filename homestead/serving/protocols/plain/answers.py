"""Predictions as plain JSON values, by row and by column."""

from typing import Any

from homestead.serving.protocols.base import PredictionResponse


def rows(response: PredictionResponse) -> list[dict[str, Any]]:
    """Return what a response says of each row.

    ``prediction`` is the value or the class. A classification has ``probabilities`` by class; if
    the request asks for them there are ``interval`` and ``contributions`` by feature, in a
    classification by feature and class.
    """
    labels, classes = response.labels, response.contract.classes
    if labels is None:
        found: list[dict[str, Any]] = [{"prediction": value} for value in response.predictions]
    else:
        found = [
            {"prediction": label, "probabilities": dict(zip(classes, row, strict=True))}
            for label, row in zip(labels, response.predictions, strict=True)
        ]
    if response.bounds is not None:
        coverage = response.interval_coverage
        for row, (low, high) in zip(found, response.bounds.tolist(), strict=True):
            row["interval"] = {"low": low, "high": high, "coverage": coverage}
    if response.contributions is not None:
        explanation = response.explanation
        for row, values in zip(found, explanation["values"], strict=True):
            row["contributions"] = {
                name: dict(zip(classes, value, strict=True)) if classes else value
                for name, value in zip(explanation["names"], values, strict=True)
            }
    return found


def columns(response: PredictionResponse) -> dict[str, Any]:
    """Return the same as lists with one value per row.

    ``predictions``, ``probabilities`` by class, ``interval`` with ``low`` and ``high``, and
    ``contributions`` by feature (and class).
    """
    labels, classes = response.labels, response.contract.classes
    found: dict[str, Any] = {"predictions": response.predictions}
    if labels is not None:
        by_class = [list(values) for values in zip(*response.predictions, strict=True)]
        found = {
            "predictions": labels,
            "probabilities": dict(zip(classes, by_class, strict=True)),
        }
    if response.bounds is not None:
        low, high = response.bounds.T.tolist()
        found["interval"] = {"low": low, "high": high, "coverage": response.interval_coverage}
    if response.contributions is not None:
        names = response.explanation["names"]
        by_feature = response.contributions.swapaxes(0, 1)
        found["contributions"] = {
            name: dict(zip(classes, values.T.tolist(), strict=True)) if classes else values.tolist()
            for name, values in zip(names, by_feature, strict=True)
        }
    return found
