"""MLflow's pyfunc of a model takes a raw table of the problem's columns."""

from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest

from homestead.errors import UserError
from homestead.model.onnx_model import Model
from homestead.names import CHAMPION
from homestead.problem.contract import Contract
from homestead.problem.schema import Problem
from homestead.settings import Settings
from homestead.tracking import runs
from homestead.tracking.pyfunc_model import TableModel, model_signature
from tests.registry import PROBLEM, dataset, log_candidates
from tests.small_models import small_onnx


def test_the_champion_loads_by_its_alias_and_takes_a_table(settings: Settings) -> None:
    candidate = log_candidates(settings)["a"]
    client = runs.open_client(settings)
    client.create_registered_model(PROBLEM.name)
    version = client.create_model_version(
        PROBLEM.name, f"models:/{candidate.model_id}", model_id=candidate.model_id
    )
    client.set_registered_model_alias(PROBLEM.name, CHAMPION, version.version)
    mlflow.set_tracking_uri(client.tracking_uri)
    loaded = mlflow.pyfunc.load_model(f"models:/{PROBLEM.name}@{CHAMPION}")
    # Whole numbers and further columns are allowed, as in the table that it was trained with.
    rows = dataset().assign(area=lambda table: table["area"].astype(int))
    expected = Model(Path(candidate.uri.removeprefix("file://")).read_bytes()).predict(
        rows[["area"]].to_numpy(dtype=float)
    )
    np.testing.assert_array_equal(loaded.predict(rows), expected)
    assert loaded.metadata.flavors["onnx"]["data"] == "model.onnx"


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"area": [80]}, "the table lacks the columns rooms"),
        (
            {"area": ["large", 80], "rooms": [1, 1]},
            "area: 1 value, allowed is a number (row 0: 'large')",
        ),
        ({"area": [80, 9], "rooms": [1, 1]}, "area: 1 value, allowed is 10 to 500 (row 1: 9)"),
        ({"area": [80, None], "rooms": [1, 1]}, "area: 1 value, missing (row 1"),
        ({"area": [80], "rooms": ["many"]}, "column rooms: found 'many', allowed is"),
    ],
)
def test_what_training_would_refuse_is_named(table: dict[str, list[object]], message: str) -> None:
    with pytest.raises(UserError) as error:
        TableModel(Model(small_onnx())).predict(pd.DataFrame(table))
    assert message in str(error.value)


def test_another_thing_than_a_table_is_refused() -> None:
    with pytest.raises(UserError, match=r"found ndarray, allowed is a pandas\.DataFrame"):
        TableModel(Model(small_onnx())).predict(np.zeros((1, 2)))  # type: ignore[arg-type]


def test_the_signature_lists_what_the_model_depends_on(churn: Problem) -> None:
    signature = model_signature(Contract.from_problem(churn))
    required = {column.name: column.required for column in signature.inputs.inputs}
    # Months become years, a derived feature; satisfaction may be missing.
    assert required["months"] is True
    assert required["satisfaction"] is False
    assert {"years", "customer"}.isdisjoint(required)
    assert signature.outputs.input_names() == ["predict", "probabilities"]
