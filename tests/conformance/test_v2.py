"""Triton's and MLServer's clients of the Open Inference Protocol (V2) against this server."""

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
    return calls("v2_calls.py", python_of("peers"), served.address)


def test_they_see_a_live_and_ready_server(found: dict[str, Any]) -> None:
    assert found["live"]
    assert found["ready"]
    assert found["model_ready"]
    assert not found["other_ready"]
    assert found["server"]["name"] == "homestead"


def test_they_read_the_metadata(found: dict[str, Any]) -> None:
    inputs = {one["name"]: one for one in found["metadata"]["inputs"]}
    assert inputs["X"] == {"name": "X", "datatype": "FP64", "shape": [-1, 5]}
    assert inputs["plan"]["datatype"] == "BYTES"
    assert {"X", "plan", "months"} <= set(found["mlserver_inputs"])
    assert [one["name"] for one in found["metadata"]["outputs"]] == ["predict", "probabilities"]


def test_a_matrix_gets_what_the_model_says(found: dict[str, Any], served: Served) -> None:
    expected = served.model.predict(np.array(found["matrix"]))
    for client in ("triton", "triton_binary", "mlserver"):
        np.testing.assert_allclose(found[f"{client}_matrix"], expected, rtol=1e-12)
    assert found["triton_id"] == found["mlserver_id"] == "mine"
    classes = served.model.contract.classes
    labels = [classes[i] for i in expected.argmax(axis=1)]
    assert found["mlserver_labels"] == found["triton_labels"] == labels
    # Contributions add up to the prediction.
    sums = np.sum(found["triton_contributions"], axis=1)
    np.testing.assert_allclose(sums, expected, atol=1e-6)


def test_one_input_a_field_gets_what_the_model_says(found: dict[str, Any], served: Served) -> None:
    frame = pd.DataFrame(found["rows"])
    expected = served.model.predict(feature_matrix(frame, served.model.contract))
    np.testing.assert_allclose(found["triton_columns"], expected, rtol=1e-12)
    for coding in ("None", "gzip", "deflate"):
        columns = found[f"triton_binary_columns_{coding}"]
        np.testing.assert_allclose(columns, expected, rtol=1e-12)


@pytest.mark.parametrize("kind", ["batch", "binary_batch"])
def test_mlservers_batch_client_gets_every_answer(found: dict[str, Any], kind: str) -> None:
    # It sends each line of a file as a request of its own.
    batch = found[f"mlserver_{kind}"]
    assert len(batch) == 2
    for answer in batch:
        outputs = {one["name"]: one for one in answer["outputs"]}
        table = np.reshape(outputs["probabilities"]["data"], outputs["probabilities"]["shape"])
        assert table.shape == (2, 2)
        np.testing.assert_allclose(table.sum(axis=1), 1)


def test_a_refusal_reaches_the_client_in_words(found: dict[str, Any]) -> None:
    status, message = found["triton_refused"]
    assert "400" in status
    assert "missing" in message
