"""The class for Seldon's wrapper: predictions without store and log."""

from pathlib import Path
from typing import Any

import pytest

from homestead.serving.seldon_wrapper import SeldonModel
from tests.homes import VIEWS
from tests.small_models import SMALL_ROW, save_version


def loaded(folder: Path, **changes: Any) -> SeldonModel:
    model = SeldonModel(save_version(folder, "1", **changes).uri, "5")
    model.load()
    return model


@pytest.mark.parametrize(
    "message",
    [
        {"jsonData": SMALL_ROW},
        {"data": {"names": ["area", "rooms"], "ndarray": [[80, 3]]}},
        {"data": {"ndarray": [[80, 3]]}},
    ],
)
def test_messages_are_answered(tmp_path: Path, message: dict[str, object]) -> None:
    answer = loaded(tmp_path).predict_raw(message)
    assert answer["data"] == {"names": ["price"], "ndarray": [[83.0]]}
    assert answer["meta"]["tags"]["model_version"] == "5"


def test_a_mistake_has_a_status(tmp_path: Path) -> None:
    status = loaded(tmp_path).predict_raw({"jsonData": {"area": 80}})["status"]
    assert (status["code"], status["info"]) == (400, "missing field rooms")


def test_what_would_need_the_store_is_missing(tmp_path: Path) -> None:
    status = loaded(tmp_path, views=VIEWS[1:]).predict_raw({"jsonData": {"id": 7}})["status"]
    assert (status["code"], status["reason"]) == (400, "missing")


def test_contributions_are_not_available(tmp_path: Path) -> None:
    message = {"jsonData": SMALL_ROW, "meta": {"tags": {"explain": True}}}
    assert loaded(tmp_path).predict_raw(message)["status"]["code"] == 501
