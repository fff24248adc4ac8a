"""Text keys and categories without a list, from a table to the answer of a server."""

import asyncio
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from homestead.data.ingest import ingest
from homestead.data.training_needs import unmet_needs
from homestead.features.materialize import materialize
from homestead.features.training_set import training_set
from homestead.features.views import view_tables, write_views
from homestead.model.onnx_model import Model
from homestead.problem.encoding import feature_matrix
from homestead.problem.learnt import resolve_problem
from homestead.problem.loader import parse_problem
from homestead.reports.data.data_sheet import data_sheet_html
from homestead.serving.features.lookup import FeatureLookup
from homestead.serving.inputs.resolver import Resolver
from homestead.serving.metrics.metric_registry import ServerMetrics
from homestead.settings import Settings
from homestead.training.search import train_candidate

ROWS = 600
PLANES = [f"N{number:05}" for number in range(40)]


def flights() -> pd.DataFrame:
    """Return flights of planes that are ever rarer; one flies in the holdout alone."""
    draw = np.random.default_rng(5)
    position = np.minimum(draw.geometric(0.15, ROWS) - 1, 38)
    planes = np.array(PLANES, dtype=object)[position]
    planes[draw.random(ROWS) < 0.05] = None
    planes[-3:] = PLANES[39]
    return pd.DataFrame(
        {
            "code": [f"{number:05}" for number in range(ROWS)],
            "day": pd.date_range("2024-01-01", periods=ROWS, freq="h"),
            "plane": planes,
            "gate": draw.integers(1, 4, ROWS).astype(float),
            "delay": position * 2.0 + draw.normal(size=ROWS),
        }
    )


PROBLEM = """
name: delays
task: regression
source: {source}
key: code
timestamp: day
target: delay
columns:
  code: {{type: text}}
  day: {{type: timestamp}}
  plane: {{type: category, nullable: true, unseen: {unseen}}}
  gate: {{type: category}}
  delay: {{type: number}}
views:
  flight: {{entity: code, columns: [plane, gate]}}
features: [plane, gate]
candidates:
  ridge: {{estimator: sklearn.linear_model.Ridge}}
split: {{validation_from: 2024-01-16, holdout_from: 2024-01-21}}
metric: mae
slices: [plane]
"""


@pytest.mark.parametrize("unseen", ["other", "missing"])
def test_a_server_answers_each_value_as_training_encodes_it(
    unseen: str, settings: Settings, tmp_path: Path
) -> None:
    rows = flights()
    rows.to_parquet(tmp_path / "rows.parquet")
    problem = parse_problem(PROBLEM.format(source=tmp_path / "rows.parquet", unseen=unseen))
    ingested = ingest(problem)
    assert not list(unmet_needs(ingested.valid, problem))
    assert "learnt from train" in data_sheet_html(problem, ingested, "d" * 64, "rows")
    write_views(view_tables(ingested.valid, problem), tmp_path)
    materialize(tmp_path, problem, settings)
    dataset = training_set(ingested.valid, tmp_path, problem)
    model = Model(train_candidate("ridge", dataset, problem).onnx)
    plane = model.contract.columns["plane"]
    assert plane == resolve_problem(problem, dataset).columns["plane"]
    assert plane.allowed is not None
    assert PLANES[39] not in plane.allowed
    assert ("other" in plane.allowed) == (unseen == "other")
    assert sorted(model.contract.columns["gate"].allowed or ()) == ["1", "2", "3"]

    matrix = feature_matrix(dataset, model.contract)
    given: list[dict[str, Any]] = [
        {"plane": plane if plane is None else str(plane), "gate": gate}
        for plane, gate in zip(rows.plane, rows.gate, strict=True)
    ]
    looked_up: list[dict[str, Any]] = [{"code": code} for code in rows.code]

    async def serve() -> list[list[list[float]]]:
        lookup = FeatureLookup(model.contract, settings, ServerMetrics())
        resolver = Resolver(model.contract)
        answers = [
            (await lookup.result_of(resolver.resolve(requests, 1.7e9))).rows
            for requests in (given, looked_up)
        ]
        lookup._reader.close()
        # Gates are whole numbers, which the general way takes.
        fast = resolver.fast_path([r | {"gate": f"{r['gate']:.0f}"} for r in given], 1.7e9)
        assert fast is not None
        return [*answers, fast]

    for served in asyncio.run(serve()):
        np.testing.assert_array_equal(np.array(served), matrix)
    assert math.isnan(matrix[-1, 0]) == (unseen == "missing")
    one_by_one = np.concatenate([model.predict(matrix[i : i + 1]) for i in range(ROWS)])
    np.testing.assert_array_equal(one_by_one, model.predict(matrix))
