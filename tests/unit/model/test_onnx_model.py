"""A loaded file: its contract, its digest, and what is refused."""

import hashlib
from pathlib import Path

import onnx
import pytest

from homestead.errors import UserError
from homestead.model.onnx_export import export_onnx
from homestead.model.onnx_model import Model, check_agreement, read_model
from homestead.problem.contract import Contract
from tests.unit.model.fitted_models import BOOSTING, RIDGE, fitted, small_problem

PROBLEM = small_problem(0)


@pytest.fixture(scope="module")
def content() -> bytes:
    estimator, X = fitted(*RIDGE, PROBLEM, missing=False)
    return export_onnx(estimator, Contract.from_problem(PROBLEM), X)


def test_the_contract_and_the_digest_are_those_of_the_file(content: bytes) -> None:
    model = Model(content)
    assert model.contract == Contract.from_problem(PROBLEM)
    assert model.digest == hashlib.sha256(content).hexdigest()


def test_another_file_than_the_released_one_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    digest = Model(content).digest
    assert read_model(str(path), digest).digest == digest
    with pytest.raises(UserError, match=f"found digest {digest[:12]}, allowed is dddd"):
        read_model(str(path), "d" * 64)


def test_another_estimator_is_noticed(content: bytes) -> None:
    estimator, X = fitted(*BOOSTING, PROBLEM, missing=False)
    with pytest.raises(UserError, match="differs from the fitted"):
        check_agreement(estimator, Model(content), X)


def test_other_bytes_are_refused() -> None:
    with pytest.raises(UserError, match="not a model of Homestead"):
        Model(b"no model")


@pytest.mark.parametrize("where", ["{folder}/weights", "../weights", "weights"])
def test_weights_in_a_second_file_are_refused_wherever_that_is(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    path = folder / "model.onnx"
    onnx.save_model(
        onnx.load_from_string(content),
        str(path),
        save_as_external_data=True,
        location="weights",
        size_threshold=0,
    )
    # The file exists at each of the three places.
    (tmp_path / "weights").write_bytes((folder / "weights").read_bytes())
    model = onnx.load_model(str(path), load_external_data=False)
    for tensor in model.graph.initializer:
        for entry in tensor.external_data:
            if entry.key == "location":
                entry.value = where.format(folder=tmp_path)
    monkeypatch.chdir(folder)
    with pytest.raises(UserError, match="keeps weights in a second file"):
        Model(model.SerializeToString())
