"""Prediction requests from body to response, in one process."""

from http import HTTPStatus

import msgspec
import pytest

from homestead.serving.http.request import Rejection
from homestead.serving.protocols import tensorflow, v2
from homestead.settings import Settings
from tests.http_wire import http_request
from tests.small_models import SMALL_ROW, SmallServer, release, save_version


@pytest.fixture
def server(settings: Settings) -> SmallServer:
    release(settings, save_version(settings.home, "1"))
    return SmallServer(settings)


def test_a_complete_row_is_predicted_and_logged(server: SmallServer) -> None:
    status, content = server.post({"jsonData": {**SMALL_ROW, "id": 7}, "meta": {"puid": "mine"}})
    assert status == 200
    assert content["data"]["ndarray"] == [[83.0]]
    (entry,) = server.entries()
    assert entry["id"] == content["meta"]["tags"]["prediction_id"]
    assert (entry["request_id"], entry["entities"]) == ("mine", ["7"])
    assert (entry["features"], entry["predictions"]) == ([[80.0, 3.0]], [83.0])
    assert server.value("homestead_predictions_total", version="1") == 1


def test_each_protocol_gets_its_own_form(server: SmallServer) -> None:
    matrix = {"name": "X", "datatype": "FP64", "shape": [1, 2], "data": [80, 3]}
    status, content = server.post({"inputs": [matrix]}, v2)
    assert (status, content["outputs"][0]["data"]) == (200, [83.0])
    status, content = server.post({"instances": [SMALL_ROW] * 2}, tensorflow)
    assert (status, content["predictions"]) == (200, [83.0, 83.0])


def test_a_mistake_is_refused_counted_and_not_logged(server: SmallServer) -> None:
    status, content = server.post({"jsonData": {**SMALL_ROW, "area": 9}})
    assert (status, content["status"]["info"]) == (400, "area: found 9, allowed is 10 to 500")
    assert server.value("homestead_rejected_requests_total", reason="range") == 1
    assert server.entries() == []


def test_a_body_that_http_could_not_read_is_refused_in_the_protocols_form(
    server: SmallServer,
) -> None:
    error = Rejection(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "size", "too large")
    status, content = server.post(msgspec.structs.replace(http_request(), body_error=error))
    assert (status, content["status"]["info"]) == (413, "too large")
    assert server.value("rejected_requests_total", reason="size") == 1


def test_without_a_release_nothing_is_predicted(settings: Settings) -> None:
    server = SmallServer(settings, is_released=False)
    status, content = server.post({"jsonData": SMALL_ROW})
    assert (status, content["status"]["info"]) == (503, "no model is released yet")
