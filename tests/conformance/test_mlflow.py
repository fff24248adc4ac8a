"""MLflow's client against this server, and MLflow's pyfunc of the same model."""

import httpx
import numpy as np
import pandas as pd
import pytest
from mlflow.pyfunc.scoring_server.client import ScoringServerClient

from homestead.tracking.pyfunc_model import TableModel
from tests.conformance.conftest import ROWS, Served


@pytest.fixture
def client(served: Served) -> ScoringServerClient:
    return ScoringServerClient("127.0.0.1", served.port)  # type: ignore[no-untyped-call]


def test_it_sees_a_server_that_is_ready(client: ScoringServerClient) -> None:
    client.wait_server_ready()  # type: ignore[no-untyped-call]
    assert client.get_version().startswith("3.")  # type: ignore[no-untyped-call]


def test_a_table_gets_the_same_from_the_server_and_from_the_pyfunc(
    client: ScoringServerClient, served: Served
) -> None:
    # With a missing value, which MLflow's client sends as NaN.
    table = pd.DataFrame(ROWS)
    assert table["satisfaction"].isna().any()
    expected = TableModel(served.model).predict(table)
    assert isinstance(expected, pd.DataFrame)
    answer = client.invoke(table).get_predictions()
    assert answer["predict"].tolist() == expected["predict"].tolist()
    np.testing.assert_allclose(
        answer["probabilities"].tolist(), expected["probabilities"].tolist(), rtol=1e-12
    )
    in_csv = httpx.post(
        f"http://{served.address}/invocations",
        content=table.to_csv(),
        headers={"content-type": "text/csv"},
    )
    assert pd.DataFrame(in_csv.json()["predictions"]).equals(answer)


def test_a_matrix_is_the_models_inputs(client: ScoringServerClient, served: Served) -> None:
    X = np.array([[2.0, 7.5, 1.0, 2.0, 0.4], [1.0, 1.25, 1.0, 10.0, 0.1]])
    answer = client.invoke(X).get_predictions()
    expected = served.model.predict(X)
    np.testing.assert_allclose(answer["probabilities"].tolist(), expected, rtol=1e-12)


def test_parameters_ask_for_contributions_and_a_refusal_names_the_field(
    client: ScoringServerClient,
) -> None:
    answer = client.invoke(pd.DataFrame(ROWS[:1]), params={"explain": True}).get_predictions()
    np.testing.assert_allclose(
        np.sum(answer["contributions"][0], axis=0), answer["probabilities"][0], atol=1e-6
    )
    with pytest.raises(Exception, match=r"error code 400.*BAD_REQUEST.*unknown field colour"):
        client.invoke(pd.DataFrame([{"colour": "red"}]))
