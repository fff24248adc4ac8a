"""Trained candidates as files: what one step writes, the next one reads."""

import json
import time
from pathlib import Path

import numpy as np
import pytest

from homestead.errors import UserError
from homestead.problem.model_metrics.table import MetricValue
from homestead.training.candidate_file import read_candidates, write_candidate
from homestead.training.search import TrainedCandidate
from homestead.training.studies.trial import Trial


def trained(name: str) -> TrainedCandidate:
    return TrainedCandidate(
        name=name,
        onnx=name.encode(),
        params={"alpha": 0.1, "depth": None, "bins": np.int64(3)},
        validation={"mae": MetricValue(1.5), "mape": MetricValue(None, "a target of 0")},
        trials=(Trial({"alpha": 0.1}, {}),),
        disagreement=1e-12,
    )


def test_candidates_are_read_with_the_models_of_their_digests(tmp_path: Path) -> None:
    names = ("a", "b")
    for name in names:
        write_candidate(trained(name), tmp_path / f"{name}.onnx", tmp_path / f"{name}.json")
    models = [tmp_path / f"{name}.onnx" for name in reversed(names)]
    written = time.time()
    found = read_candidates([tmp_path / f"{name}.json" for name in names], models)
    # A later run can tell that it has not trained them.
    assert all(c.trained_at is not None and c.trained_at <= written for c in found)
    assert [candidate.onnx for candidate in found] == [b"a", b"b"]
    assert found[0].params == {"alpha": 0.1, "depth": None, "bins": 3}
    assert found[0].validation == trained("a").validation
    assert found[0].trials == (Trial({"alpha": 0.1}, {}),)


def test_what_is_no_result_is_refused_by_its_path(tmp_path: Path) -> None:
    model, result = tmp_path / "a.onnx", tmp_path / "a.json"
    write_candidate(trained("a"), model, result)
    content = json.loads(result.read_text())
    for broken in ("{", json.dumps({**content, "trials": 3}), "{}"):
        result.write_text(broken)
        with pytest.raises(UserError, match=r"a\.json: not the result of a training"):
            read_candidates([result], [model])
