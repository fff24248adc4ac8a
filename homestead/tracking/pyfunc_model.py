"""MLflow's pyfunc of a model: from a table of the problem's columns to predictions.

``mlflow.pyfunc.load_model`` imports this module by the name that the logged model holds, so
Homestead must be installed where it is called. Nothing is pickled.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, Schema, TensorSpec
from mlflow.types.schema import AnyType, Array

from homestead.data.bad_values import list_bad_values
from homestead.data.column_types import convert_columns
from homestead.data.row_rules import broken_rules
from homestead.errors import UserError
from homestead.model.onnx_model import Model
from homestead.problem.contract import Contract
from homestead.problem.encoding import feature_matrix
from homestead.problem.expressions.expression import Expression
from homestead.problem.sections.column import Column
from homestead.problem.values.listing import list_values

_SOURCE = "the table"


def model_signature(contract: Contract) -> ModelSignature:
    """Return the columns that a table may have, and what the pyfunc returns.

    A column's type is any: MLflow would refuse integers where numbers are expected, numbers as
    categories, and missing booleans. The pyfunc checks the values as in training.
    """
    any_type = AnyType()  # type: ignore[no-untyped-call]
    inputs: list[ColSpec | TensorSpec] = [
        ColSpec(any_type, name, required=not column.nullable)
        for name, column in _input_columns(contract).items()
    ]
    outputs: list[ColSpec | TensorSpec] = [ColSpec(DataType.double)]
    if contract.classes:
        outputs = [
            ColSpec(DataType.string, "predict"),
            ColSpec(Array(DataType.double), "probabilities"),
        ]
    return ModelSignature(Schema(inputs), Schema(outputs))


def _input_columns(contract: Contract) -> dict[str, Column]:
    """Return the columns and stored features that the model's inputs depend on, by name.

    A table may lack those that are nullable. A stored feature is if its view has it null for
    unknown entities.
    """
    needed = list(contract.features)
    for name in needed:  # grows while it is read
        if name in contract.derived:
            needed += sorted(Expression(contract.derived[name]).names)
    nullable = {name for view in contract.views if view.missing == "null" for name in view.features}
    return {
        name: contract.columns.get(name) or Column(type="number", nullable=name in nullable)
        for name in dict.fromkeys(needed)
        if name not in contract.derived
    }


class TableModel:
    """The pyfunc: predicts rows of a table with the problem's columns."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def predict(self, data: pd.DataFrame) -> np.ndarray | pd.DataFrame:
        """Predict the rows of a table.

        Nothing is looked up: features of views are columns of the table, or missing.

        Returns:
            Of a regression the values, shape (rows,). Of a classification a table with the same
            index: ``predict``, the answered class, and ``probabilities`` of all classes.

        Raises:
            UserError: names the columns that are missing, or the values that are not allowed.
        """
        contract = self._model.contract
        predictions = self._model.predict(self._matrix(data))
        if not contract.classes:
            return predictions
        decision = contract.decision
        codes = predictions.argmax(axis=1) if decision is None else decision.codes(predictions)
        labels = np.array(contract.classes, dtype=object)[codes]
        columns = {"predict": labels, "probabilities": predictions.tolist()}
        return pd.DataFrame(columns, index=data.index)

    def _matrix(self, data: pd.DataFrame) -> np.ndarray:
        """Return the model's inputs, with the same checks as in training."""
        contract = self._model.contract
        if not isinstance(data, pd.DataFrame):
            raise UserError(f"found {type(data).__name__}, allowed is a pandas.DataFrame")
        columns = _input_columns(contract)
        missing = [name for name, c in columns.items() if not c.nullable and name not in data]
        if missing:
            raise UserError(f"{_SOURCE} lacks the columns {list_values(missing)}")
        raw = data.reindex(columns=list(columns)).reset_index(drop=True)
        typed, bad = convert_columns(raw, columns, _SOURCE)
        unreadable = {(value.row, value.column) for value in bad}
        broken = broken_rules(typed, columns)
        bad += [value for value in broken if (value.row, value.column) not in unreadable]
        if bad:
            places = pd.RangeIndex(len(raw), name="row")
            raise UserError("\n".join(list_bad_values(bad, places)))
        return feature_matrix(typed, contract)


def _load_pyfunc(path: str) -> TableModel:
    """Load the model from its ONNX file; MLflow calls this by its name."""
    return TableModel(Model(Path(path).read_bytes()))
