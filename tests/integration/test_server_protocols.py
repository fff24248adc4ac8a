"""The protocols, feedback and the OpenAPI page of one running server."""

import json
from typing import Any

import httpx
import jsonschema
import numpy as np
import pandas as pd
import pytest
from sqlalchemy import create_engine

from tests.serving import FULL, Server, World, ask

V1 = "/v1/models/churn"
V2 = "/v2/models/churn"


def post(server: Server, path: str, content: object) -> httpx.Response:
    return httpx.post(f"{server.url}{path}", json=content)


def test_tensorflows_rows_and_columns(server: Server) -> None:
    expected = ask(server, FULL).json()["data"]["ndarray"][0]
    label = ["stayed", "left"][expected[1] > expected[0]]
    found = post(server, f"{V1}:predict", {"instances": [FULL, FULL]}).json()
    assert found["predictions"] == [{"predict": label, "probabilities": expected}] * 2
    assert found["metadata"]["model_version"] == "1"
    columns = {name: [value] * 3 for name, value in FULL.items()}
    found = post(server, f"{V1}:predict", {"inputs": columns}).json()
    assert found["outputs"] == {"predict": [label] * 3, "probabilities": [expected] * 3}
    matrix = {"signature_name": "serving_default", "instances": [[2, 7.5, 1, 2.0, 0.4]]}
    found = post(server, f"{V1}/versions/1:predict", matrix).json()
    assert found["predictions"][0]["probabilities"] == expected


def test_tensorflows_status_and_metadata(server: Server) -> None:
    for path in (V1, f"{V1}/versions/1"):
        (status,) = httpx.get(server.url + path).json()["model_version_status"]
        assert (status["version"], status["state"]) == ("1", "AVAILABLE")
    found = httpx.get(f"{server.url}{V1}/metadata").json()
    assert found["model_spec"]["name"] == "churn"
    signature = found["metadata"]["signature_def"]["signature_def"]["serving_default"]
    assert signature["inputs"]["plan"]["dtype"] == "DT_STRING"
    assert set(signature["outputs"]) == {"predict", "probabilities"}


def test_a_version_that_is_not_served_is_named(server: Server) -> None:
    answers = [
        post(server, f"{V1}/versions/7:predict", {"instances": [FULL]}),
        post(server, f"{V2}/versions/7/infer", {"inputs": [matrix()]}),
        httpx.get(f"{server.url}{V1}/versions/7"),
        httpx.get(f"{server.url}{V2}/versions/7/ready"),
    ]
    for answer in answers:
        assert answer.status_code == 404
        assert "served: 1" in answer.text or "served is 1" in answer.text
    assert post(server, f"{V2}/versions/1/infer", {"inputs": [matrix()]}).status_code == 200
    assert httpx.get(f"{server.url}{V2}/versions/1/ready").json() == {
        "name": "churn",
        "ready": True,
    }


def matrix() -> dict[str, object]:
    return {"name": "X", "shape": [1, 5], "datatype": "FP64", "data": [2.0, 7.5, 1, 2.0, 0.4]}


def test_v2_gives_only_the_outputs_that_are_asked_for(server: Server) -> None:
    wanted = {"inputs": [matrix()], "outputs": [{"name": "predict"}], "parameters": {"a": 1}}
    found = post(server, f"{V2}/infer", wanted).json()
    assert [output["name"] for output in found["outputs"]] == ["predict"]
    wrong = post(server, f"{V2}/infer", {**wanted, "outputs": [{"name": "odds"}]})
    assert wrong.status_code == 400
    assert "'odds', allowed are predict, probabilities" in wrong.json()["error"]


def test_seldon_answers_in_the_form_of_the_request(server: Server) -> None:
    names, values = list(FULL), list(FULL.values())
    tensor = {"data": {"names": names, "tensor": {"shape": [1, 5], "values": values}}}
    found = post(server, "/predict", tensor).json()["data"]
    expected = ask(server, FULL).json()["data"]["ndarray"]
    assert found["tensor"] == {"shape": [1, 2], "values": expected[0]}


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/predict?explain=true", {"jsonData": FULL}),
        ("/predict", {"jsonData": FULL, "meta": {"tags": {"explain": True}}}),
        (f"{V2}/infer", {"inputs": [matrix()], "parameters": {"explain": True}}),
        (f"{V1}:predict?explain=true", {"instances": [FULL]}),
    ],
)
def test_each_protocol_gives_contributions_that_add_up(
    server: Server, path: str, content: object
) -> None:
    expected = ask(server, FULL).json()["data"]["ndarray"][0]
    answer = post(server, path, content)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    if "meta" in found:
        explanation = found["meta"]["tags"]["contributions"]
        assert explanation["names"] == [
            "plan",
            "satisfaction",
            "paperless",
            "years",
            "trouble",
            "base",
        ]
        values = np.array(explanation["values"])
    elif "predictions" in found:
        values = np.array([row["contributions"] for row in found["predictions"]])
    else:
        (output,) = (one for one in found["outputs"] if one["name"] == "contributions")
        assert found["parameters"]["contributions"].endswith(",base")
        values = np.array(output["data"]).reshape(output["shape"])
    assert values.shape == (1, 6, 2)
    assert np.allclose(values.sum(axis=1), [expected], rtol=1e-9)


def test_a_wrong_explain_is_refused(server: Server) -> None:
    answer = post(server, "/predict?explain=please", {"jsonData": FULL})
    assert answer.status_code == 400
    assert "allowed are true, false" in answer.text


def feedback(world: World) -> pd.DataFrame:
    engine = create_engine(world.settings.database_url)
    try:
        return pd.read_sql("SELECT * FROM feedback", engine)
    except Exception:
        return pd.DataFrame({"prediction_id": []})
    finally:
        engine.dispose()


def test_feedback_reaches_the_log_by_the_predictions_id(server: Server, world: World) -> None:
    response = ask(server, FULL).json()
    name = response["meta"]["tags"]["prediction_id"]
    truth = {"data": {"ndarray": [["left"]]}}
    sent = {"request": {"jsonData": FULL}, "response": response, "reward": 0.5, "truth": truth}
    answer = post(server, "/send-feedback", sent)
    assert answer.status_code == 200
    server.wait(lambda: name in set(feedback(world).prediction_id), 10)
    (row,) = feedback(world).query("prediction_id == @name").to_dict("records")
    assert (row["truth_label"], row["reward"]) == ("left", 0.5)
    assert answer.json()["meta"]["tags"]["feedback_id"] == row["feedback_id"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"truth": {"data": {"ndarray": [["gone"]]}}}, "found 'gone', allowed are stayed, left"),
        ({"reward": "good"}, "reward: found 'good', allowed is a number"),
        ({"response": {"meta": 5}}, "response.meta"),
        ({"response": 5}, "response: allowed is an object"),
    ],
)
def test_wrong_feedback_is_named(server: Server, change: dict[str, object], said: str) -> None:
    sent = {"response": {"meta": {"puid": "mine"}}, "reward": 1.0, **change}
    answer = post(server, "/api/v1.0/feedback", sent)
    assert answer.status_code == 400
    assert said in answer.json()["status"]["info"]


def test_feedback_that_names_no_prediction_is_counted_only(server: Server) -> None:
    answer = post(server, "/api/v1.0/feedback", {"response": {}, "reward": 1.0})
    assert (answer.status_code, answer.json()) == (200, {"meta": {}})


def test_the_openapi_document_describes_what_the_server_does(server: Server) -> None:
    # Examples name a customer of the online store, once the server has found one.
    server.wait(lambda: post(server, "/predict", _examples(server)["/predict"]).status_code == 200)
    document = httpx.get(f"{server.url}/openapi.json").json()
    assert document["openapi"] == "3.1.0"
    tried = 0
    for path, operations in document["paths"].items():
        where = server.url + path.replace("{version}", "1")
        if "get" in operations:
            assert httpx.get(where).status_code == 200, path
            continue
        body = operations["post"]["requestBody"]["content"]["application/json"]
        jsonschema.Draft202012Validator.check_schema(body["schema"])
        jsonschema.validate(body["example"], body["schema"])
        answer = httpx.post(where, json=body["example"])
        # The model predicts no number.
        expected = 400 if path.endswith(":regress") else 200
        assert answer.status_code == expected, answer.text
        bodies: dict[str, list[Any]] = {
            "/predict": [{"jsonData": FULL}, FULL, [FULL], {k: [v] for k, v in FULL.items()}],
            f"{V1}:predict": [{"instances": [FULL]}],
        }
        for full in bodies.get(path, []):
            jsonschema.validate(full, body["schema"])
            answer = httpx.post(where, json=full)
            schema = operations["post"]["responses"]["200"]["content"]["application/json"]["schema"]
            jsonschema.validate(answer.json(), schema)
            tried += 1
    assert tried == 5


def _examples(server: Server) -> dict[str, Any]:
    paths = httpx.get(f"{server.url}/openapi.json").json()["paths"]
    return {
        path: operations["post"]["requestBody"]["content"]["application/json"]["example"]
        for path, operations in paths.items()
        if "post" in operations
    }


def test_plain_rows_have_the_bits_of_seldons_answer(server: Server) -> None:
    expected = ask(server, FULL).json()["data"]["ndarray"][0]
    label = ["stayed", "left"][expected[1] > expected[0]]
    row = {
        "prediction": label,
        "probabilities": dict(zip(["stayed", "left"], expected, strict=True)),
    }
    found = post(server, "/predict", FULL).json()
    assert {name: found[name] for name in row} == row
    assert found["model_version"] == "1"
    found = post(server, "/models/churn/versions/1/predict", [FULL, FULL]).json()
    assert found["predictions"] == [row, row]
    wrong = post(server, "/predict", [FULL, {**FULL, "plan": "gold"}])
    assert (wrong.status_code, wrong.json()["reason"]) == (400, "type")
    assert wrong.json()["error"].startswith("row 1: plan: found 'gold', allowed are")


def test_the_page_needs_no_network_and_names_every_path(server: Server) -> None:
    answer = httpx.get(f"{server.url}/docs")
    assert answer.headers["content-type"].startswith("text/html")
    assert "http://" not in answer.text
    assert "https://" not in answer.text
    document = httpx.get(f"{server.url}/openapi.json").json()
    assert all(path in answer.text for path in document["paths"])
    assert json.dumps(document["info"]["title"]).strip('"') in answer.text
