"""Summaries of candidates: the text that one pipeline step hands to the next."""

import json

import pytest

from homestead.errors import UserError
from homestead.training.candidate_summary import CandidateSummary

TEXT = json.dumps(
    {
        "schema_version": 1,
        "name": "ridge",
        "run_id": "r1",
        "model_id": "m1",
        "uri": "/models/m1/model.onnx",
        "digest": "a" * 64,
        "validation": {"mae": 1.5, "r2": None},
        "undefined": {"r2": "the target is the same in all 9 rows"},
        "params": {"alpha": "0.1"},
        "trials": [[1.5, ""], [None, "after the first of 2 origins"]],
        "workers": 2,
        "one_process": [1.6, ""],
    }
)


def test_a_summary_survives_being_text() -> None:
    summary = CandidateSummary.from_json(TEXT)
    assert json.loads(summary.to_json()).keys() == json.loads(TEXT).keys()
    again = CandidateSummary.from_json(summary.to_json())
    assert again.validation["mae"] == 1.5
    assert again.validation["r2"] is None
    assert [trial.value for trial in again.trials] == [1.5, None]
    assert (again.workers, again.one_process) == (2, (1.6, ""))
    assert again.undefined["r2"] == "the target is the same in all 9 rows"


def test_another_document_is_refused_with_the_key() -> None:
    with pytest.raises(UserError, match="candidate summary: digest: Field required"):
        CandidateSummary.from_json(TEXT.replace('"digest"', '"sha"'))
