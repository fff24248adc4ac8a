"""Tables without a time stamp, without a key, or with a key of several columns, up to an answer."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from homestead.data.ingest import ingest
from homestead.evaluation.baseline import baseline_predictions
from homestead.evaluation.gate import evaluate_candidate
from homestead.evaluation.signed_certificate import SignedCertificate
from homestead.features.training_set import training_set
from homestead.features.views import view_tables
from homestead.model.onnx_model import Model
from homestead.prediction_log.redaction import Redactor
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from homestead.problem.split import HOLDOUT, SPLIT_COLUMN
from homestead.reports.data.data_sheet import data_sheet_html
from homestead.reports.models.comparison import comparison_html
from homestead.serving.inputs.resolver import Resolver
from homestead.serving.openapi import openapi_document
from homestead.serving.protocols import seldon
from homestead.training.search import train_candidate
from tests.signed import KEY

PROBLEM = """
name: penguins
task: regression
source: {source}
target: mass
columns:
  island: {{type: category, allowed: [a, b]}}
  ring: {{type: integer}}
  flipper: {{type: number}}
  mass: {{type: number, unit: g}}
features: [flipper, island]
candidates:
  ridge: {{estimator: sklearn.linear_model.Ridge}}
split: {split}
metric: mae
{more}
"""


def penguins(folder: Path, split: str, more: str = "") -> Problem:
    draw = np.random.default_rng(0)
    flipper = draw.normal(200, 10, 400)
    island = draw.choice(["a", "b"], 400)
    mass = 40 * flipper + 300 * (island == "b") + draw.normal(0, 50, 400)
    rows = pd.DataFrame({"island": island, "ring": range(400), "flipper": flipper, "mass": mass})
    source = folder / "penguins.csv"
    rows.to_csv(source, index=False)
    return parse_problem(PROBLEM.format(source=source, split=split, more=more))


@pytest.mark.parametrize(
    ("split", "more", "key"),
    [
        ("{kind: random}", "", None),
        ("{kind: stratified}", "key: [island, ring]", '["a","7"]'),
        ("{kind: grouped, column: ring}", "key: ring", "7"),
    ],
)
def test_a_table_without_time_stamp_is_trained_on_and_served(
    tmp_path: Path, split: str, more: str, key: str | None
) -> None:
    problem = penguins(tmp_path, split, more)
    rows = ingest(problem)
    assert view_tables(rows.valid, problem) == {}
    dataset = training_set(rows.valid, tmp_path, problem)
    trained = train_candidate("ridge", dataset, problem)
    model = Model(trained.onnx)
    holdout = dataset[dataset[SPLIT_COLUMN] == HOLDOUT].reset_index(drop=True)
    evaluation = evaluate_candidate(
        model,
        None,
        holdout,
        problem,
        data_hash=rows.data_hash,
        commit="none",
        champion_version=None,
        baseline=baseline_predictions(dataset, problem),
    )
    assert evaluation.certificate.decision == "promote"
    described = evaluation.certificate.holdout.description
    assert described.startswith("chosen at random") and "NaT" not in described
    for page in (
        comparison_html(
            SignedCertificate.sign(evaluation.certificate, KEY), evaluation.predictions, problem
        ),
        data_sheet_html(problem, rows, rows.data_hash, rows.source),
    ):
        assert "chosen at random" in page and "None" not in page.partition("</style>")[2][:3000]

    resolver = Resolver(model.contract)
    row: dict[str, Any] = {"island": "a", "ring": 7, "flipper": 200.0}
    inputs = resolver.fast_path([row], 0.0)
    assert inputs is not None and inputs == [[200.0, 0.0]]
    steps = resolver.resolve([{"flipper": 200.0, "island": "a"}], 0.0)
    with pytest.raises(StopIteration) as end:
        next(steps)
    assert end.value.value.rows == inputs
    assert model.predict(np.array(inputs)) == pytest.approx([8000], abs=60)
    keys = resolver.entity_keys([row, {}])
    assert keys == [key, None]
    assert Redactor(model.contract, "").redact_keys(keys) == keys
    document = openapi_document(model.contract, [seldon], row)
    assert '"flipper"' in json.dumps(document)
