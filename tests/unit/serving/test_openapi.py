"""The OpenAPI document and its page: every path of the server, as the contract says."""

from homestead.problem.contract import Contract
from homestead.problem.schema import Problem
from homestead.serving.app import ADAPTERS
from homestead.serving.docs_page import docs_page
from homestead.serving.openapi import openapi_document

ROW = {"customer": 7}


def test_the_document_lists_every_path_of_every_protocol(churn: Problem) -> None:
    paths = openapi_document(Contract.from_problem(churn), ADAPTERS, ROW)["paths"]
    for adapter in ADAPTERS:
        for path in adapter.predict_paths("churn"):
            assert paths[path]["post"]["tags"] == [adapter.NAME]
        for path in adapter.pages("churn"):
            assert paths[path]["get"]["tags"] == [adapter.NAME]
    assert {"/send-feedback", "/api/v1.0/feedback"} <= set(paths)


def test_a_version_in_a_path_is_a_parameter(churn: Problem) -> None:
    paths = openapi_document(Contract.from_problem(churn), ADAPTERS, ROW)["paths"]
    for path, operations in paths.items():
        for operation in operations.values():
            names = [parameter["name"] for parameter in operation.get("parameters", [])]
            assert ("version" in names) == ("{version}" in path)


def test_fields_and_examples_come_from_the_contract(churn: Problem) -> None:
    document = openapi_document(Contract.from_problem(churn), ADAPTERS, ROW)
    assert document["info"]["title"] == "churn"
    body = document["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]
    assert "satisfaction" in str(body["schema"])
    assert body["example"] == ROW
    for path, example in (
        ("/v1/models/churn:predict", {"instances": [ROW]}),
        ("/invocations", {"dataframe_records": [ROW]}),
        ("/api/v1.0/predictions", {"jsonData": ROW}),
    ):
        body = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]
        assert body["example"] == example


def test_the_page_shows_each_operation_with_an_example_and_escapes_texts(churn: Problem) -> None:
    document = openapi_document(Contract.from_problem(churn), ADAPTERS, ROW)
    document["info"]["description"] = "<script>"
    page = docs_page(document).decode()
    assert page.count("<details") == len(document["paths"])
    assert page.count('<details class="post" open>') == 1
    assert '<textarea aria-label="Body">{\n &quot;customer&quot;' in page
    assert '<p class="s">&lt;script&gt;</p>' in page
