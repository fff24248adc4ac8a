"""MLflow's ONNX flavor, whose pyfunc takes a table of the problem's columns."""

import os
from typing import Any

from mlflow import onnx as mlflow_onnx
from mlflow import pyfunc
from mlflow.models import Model
from mlflow.models.model import MLMODEL_FILE_NAME

from homestead.tracking import pyfunc_model


def save_model(path: str, mlflow_model: Model, **options: Any) -> None:
    """Save a model as MLflow's ONNX flavor does, and name our loader of its pyfunc.

    MLflow calls this when it logs a model with this module as the flavor.

    Args:
        path: the new folder.
        mlflow_model: gets the flavors.
        options: for :func:`mlflow.onnx.save_model`.
    """
    mlflow_onnx.save_model(path=path, mlflow_model=mlflow_model, **options)
    # MLflow's own takes the matrix of the model's inputs, which nobody but the model knows.
    mlflow_model.flavors[pyfunc.FLAVOR_NAME][pyfunc.MAIN] = pyfunc_model.__name__
    mlflow_model.save(os.path.join(path, MLMODEL_FILE_NAME))
