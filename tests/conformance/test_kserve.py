"""KServe's client against this server, with both of the protocols that it speaks."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from homestead.problem.encoding import feature_matrix
from tests.conformance.conftest import Served, calls


@pytest.fixture(scope="module")
def found(served: Served, python_of: Callable[[str], Path]) -> dict[str, Any]:
    return calls("kserve_calls.py", python_of("clients"), served.address)


@pytest.fixture(scope="module")
def of_rows(found: dict[str, Any], served: Served) -> np.ndarray:
    """Return what the model says of the rows."""
    frame = pd.DataFrame(found["rows"])
    return served.model.predict(feature_matrix(frame, served.model.contract))


def test_it_sees_a_live_server_and_a_ready_model(found: dict[str, Any]) -> None:
    assert found["v1"]["live"]
    assert found["v1"]["ready"] is True
    assert found["v2"]["live"]
    assert found["v2"]["ready"]
    assert found["v2"]["model_ready"]
    assert not found["v2"]["other_ready"]


def test_v1_predicts_and_explains(found: dict[str, Any], of_rows: np.ndarray) -> None:
    probabilities = [row["probabilities"] for row in found["v1"]["predicted"]["predictions"]]
    np.testing.assert_allclose(probabilities, of_rows, rtol=1e-12)
    explained = found["v1"]["explained"]
    np.testing.assert_allclose(explained["probabilities"], of_rows, rtol=1e-12)
    sums = [np.sum(list(row.values()), axis=0) for row in explained["explanations"]]
    assert set(explained["explanations"][0]) > {"plan", "base"}
    np.testing.assert_allclose(sums, of_rows, atol=1e-6)


@pytest.mark.parametrize("kind", ["json", "binary"])
def test_v2_takes_tensors_in_json_and_in_binary(
    found: dict[str, Any], served: Served, of_rows: np.ndarray, kind: str
) -> None:
    matrix = found["v2"][f"{kind}_matrix"]
    assert matrix["id"] == "mine"
    expected = served.model.predict(np.array(found["matrix"]))
    np.testing.assert_allclose(matrix["outputs"]["probabilities"], expected, rtol=1e-12)
    # A share in single precision is another number.
    columns = found["v2"][f"{kind}_columns"]["outputs"]["probabilities"]
    np.testing.assert_allclose(columns, of_rows, rtol=1e-3)


def test_v2_returns_outputs_in_binary(found: dict[str, Any], served: Served) -> None:
    expected = served.model.predict(np.array(found["matrix"]))
    outputs = found["v2"]["binary_outputs"]["outputs"]
    classes = served.model.contract.classes
    assert outputs["predict"] == [classes[i] for i in expected.argmax(axis=1)]
    np.testing.assert_array_equal(outputs["probabilities"], expected)
    np.testing.assert_allclose(np.sum(outputs["contributions"], axis=1), expected, atol=1e-6)
    assert found["v2"]["one_output"]["outputs"] == {"predict": outputs["predict"]}
    half = np.array(found["matrix"], np.float16).astype(float)
    np.testing.assert_allclose(
        found["v2"]["half"]["outputs"]["probabilities"], served.model.predict(half), rtol=1e-12
    )


def test_a_refusal_reaches_the_client_in_words(found: dict[str, Any]) -> None:
    status, message = found["v1"]["refused"]
    assert status == 400
    assert "unknown field colour" in message
    status, message = found["v1"]["other"]
    assert status == 404
    assert "the model is churn" in message
    status, message = found["v2"]["refused"]
    assert status == 400
    assert "outputs: found contributions, this model's are predict, probabilities" in message
