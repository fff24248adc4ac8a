"""Save the ONNX file in MLflow's own flavour, beside it in the folder ``mlflow``."""

import shutil
import sys
from pathlib import Path

import mlflow
import onnx
from mlflow.models import ModelSignature
from mlflow.types import Schema, TensorSpec
from numpy import dtype

file = Path(sys.argv[1])
model = onnx.load(file)
features = model.graph.input[0].type.tensor_type.shape.dim[1].dim_value
signature = ModelSignature(Schema([TensorSpec(dtype("float64"), (-1, features), "X")]))
folder = file.parent / "mlflow"
shutil.rmtree(folder, ignore_errors=True)
mlflow.onnx.save_model(
    model,
    folder,
    signature=signature,
    pip_requirements=[],
    onnx_session_options={"intra_op_num_threads": 1, "inter_op_num_threads": 1},
    onnx_execution_providers=["CPUExecutionProvider"],
)
