"""Replay: the bits of the log come back from the stored versions, or it is said why not."""

import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from mlflow import MlflowClient

from homestead.database.engine import open_database
from homestead.errors import UserError
from homestead.model.explain import load_explainer
from homestead.model.onnx_model import Model
from homestead.prediction_log.history.logged_rows import LogWindow
from homestead.prediction_log.insert_rows import insert_lines
from homestead.prediction_log.tables import PREDICTIONS
from homestead.problem.encoding import feature_matrix
from homestead.problem.loader import parse_problem
from homestead.steps.history.replay import replay_prediction, replay_window
from homestead.steps.history.replay_text import row_lines, summary_lines
from homestead.tracking import runs
from tests.conftest import settings_at
from tests.factories import prediction_entry
from tests.history import (
    HOMES,
    homes_problem,
    homes_rows,
    log_predictions,
    register_file,
    trained_model,
)

_ROWS = 2_500  # of each of four versions


class _Home:
    """Four versions of one problem, and 10,000 predictions of them."""

    def __init__(self, folder: Path) -> None:
        self.settings = settings_at(folder / "home")
        self.mlflow: MlflowClient = runs.open_client(self.settings)
        self.engine = open_database(self.settings.database_url)
        rows = homes_rows(400)
        problem = homes_problem()
        # The same problem later: columns and categories in another order, and a category less.
        later = parse_problem(
            HOMES.replace(
                "[area, rooms, kind, roominess]", "[roominess, kind, area, rooms]"
            ).replace("[flat, house, villa]", "[villa, house, flat]")
        )
        contents = [
            *(trained_model(problem, name, rows) for name in problem.candidates),
            trained_model(later, "boosting", rows),
        ]
        self.models = [
            register_file(self.mlflow, "homes", content, folder / "models") for content in contents
        ]
        served = homes_rows(_ROWS, seed=7)
        for number, model in enumerate(self.models, start=1):
            log_predictions(self.engine, model, str(number), served, start=1.7e9 + 10_000 * number)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Home]:
    home = _Home(tmp_path_factory.mktemp("replay"))
    yield home
    home.engine.dispose()


def test_ten_thousand_predictions_of_four_versions_come_back_with_their_bits(home: _Home) -> None:
    summary = replay_window("homes", home.settings, LogWindow())
    assert summary.identical == dict.fromkeys("1234", _ROWS)
    assert summary.rows == 10_000
    assert summary.is_exact
    assert not summary.reasons
    assert next(iter(summary_lines(summary))) == "version 1: 2,500 the same bits"


def test_a_window_is_cut_by_time_version_and_number(home: _Home) -> None:
    since = datetime.fromtimestamp(1.7e9 + 20_000, UTC)
    newer = replay_window("homes", home.settings, LogWindow(since=since))
    assert newer.identical == dict.fromkeys("234", _ROWS)
    third = replay_window("homes", home.settings, LogWindow(version="3", max_rows=10))
    assert third.identical == {"3": 10}
    assert not replay_window("homes", home.settings, LogWindow(until=since.replace(year=2000))).rows


def test_the_answer_of_one_prediction_is_explained(home: _Home) -> None:
    rows = replay_prediction("homes", home.settings, "3-000001")
    assert len(rows) == 3
    for row in rows:
        assert row.is_identical
        assert row.explanation is not None
        sizes = [contribution.size for contribution in row.explanation.contributions]
        assert math.isclose(row.explanation.base + math.fsum(sizes), row.logged or 0)
        assert sizes == sorted(sizes, key=lambda size: -abs(size))
    lines = list(row_lines(rows[0]))
    assert lines[0].startswith("Prediction 3-000001, row 0, entity 1: version 3, 2023-11-1")
    assert lines[2].endswith(": the same bits")
    assert any(re.search("area +=", line) for line in lines)


def test_codes_of_categories_are_those_of_the_model_that_predicted(home: _Home) -> None:
    codes = []
    for version in ("3", "4"):
        rows = replay_prediction("homes", home.settings, f"{version}-000001")
        explanations = [row.explanation for row in rows if row.explanation is not None]
        codes.append(
            [
                contribution.value
                for explanation in explanations
                for contribution in explanation.contributions
                if contribution.feature == "kind"
            ]
        )
    # The later version lists the same three categories the other way round.
    assert codes[0] == [2 - (code or 0) for code in codes[1]]
    assert len(codes[0]) == 3


def test_a_prediction_that_is_not_in_the_log_is_named(home: _Home) -> None:
    with pytest.raises(UserError, match="homes: found no prediction 'x' in the log; allowed is"):
        replay_prediction("homes", home.settings, "x")


def test_a_changed_bit_is_found_and_shown(home: _Home, tmp_path: Path) -> None:
    content = trained_model(homes_problem(name="changed"), "linear", homes_rows(100))
    model = register_file(home.mlflow, "changed", content, tmp_path)
    [prediction_id] = log_predictions(home.engine, model, "one", homes_rows(5), sizes=(5,))
    changed = sa.and_(PREDICTIONS.c.prediction_id == prediction_id, PREDICTIONS.c.row == 3)
    with home.engine.begin() as connection:
        value = connection.execute(sa.select(PREDICTIONS.c.prediction).where(changed)).scalar_one()
        connection.execute(
            sa.update(PREDICTIONS).where(changed).values(prediction=np.nextafter(value, 1e9))
        )
    summary = replay_window("changed", home.settings, LogWindow())
    assert (summary.identical, summary.different) == ({"one": 4}, {"one": 1})
    assert [row.row for row in summary.differences] == [3]
    assert "different: prediction one-000000, row 3, version one: logged" in "\n".join(
        summary_lines(summary)
    )


def test_values_beside_every_threshold_survive_log_and_table(database_url: str) -> None:
    problem = homes_problem(features=("area",), derived={})
    rows = homes_rows(200)
    model = Model(trained_model(problem, "forest", rows))
    trees = load_explainer(model)
    areas = np.sort(rows.area.to_numpy())
    middles = (areas[:-1] + areas[1:]) / 2
    beside = np.concatenate([middles, np.nextafter(middles, 0), np.nextafter(middles, 1e9)])
    # Thresholds lie between two training values: predictions on both of their sides differ.
    assert len(set(trees.contributions(beside[:, None]).sum(axis=1).round(9))) > 20
    engine = open_database(database_url)
    try:
        served = pd.DataFrame({"id": 1, "area": beside})
        log_predictions(engine, model, "1", served, sizes=(500,))
        with engine.connect() as connection:
            stored = connection.execute(
                sa.select(PREDICTIONS.c.features, PREDICTIONS.c.prediction).order_by(
                    PREDICTIONS.c.prediction_id, PREDICTIONS.c.row
                )
            ).all()
    finally:
        engine.dispose()
    inputs = np.array([msgspec.json.decode(text)["area"] for text, _ in stored])
    assert (inputs == beside).all()
    assert (np.array([value for _, value in stored]) == model.predict(inputs[:, None])).all()


def test_columns_in_another_order_give_equal_bits() -> None:
    problem, rows = homes_problem(), homes_rows(200)
    model = Model(trained_model(problem, "boosting", rows))
    shuffled = rows[list(reversed(rows.columns))]
    matrix = feature_matrix(rows, model.contract)
    assert (model.predict(matrix) == model.predict(feature_matrix(shuffled, model.contract))).all()


def test_sensitive_features_and_deleted_versions_are_named(home: _Home, tmp_path: Path) -> None:
    problem = parse_problem(
        HOMES.replace("name: homes", "name: discreet")
        .replace("area: {type: number}", "area: {type: number, sensitive: hash}")
        .replace(
            "rooms: {type: integer, nullable: true}",
            "rooms: {type: integer, nullable: true, sensitive: drop}",
        )
    )
    content = trained_model(problem, "linear", homes_rows(100))
    digest = register_file(home.mlflow, "discreet", content, tmp_path).digest
    hashed, deleted = prediction_entry("a", 1.0), prediction_entry("b", 2.0)
    hashed.problem = deleted.problem = "discreet"
    hashed.digest = digest
    hashed.feature_names = ("area", "kind")
    hashed.features = [["5eb1", 1.0]]
    assert not insert_lines(home.engine, [hashed, deleted])
    summary = replay_window("discreet", home.settings, LogWindow())
    assert summary.skipped == {"3": 2}
    assert summary.reasons == {
        "area is sensitive: the log holds its hash; rooms is sensitive: the log does not hold it;"
        " roominess is sensitive: the log does not hold it": 1,
        "the registry has no model dddddddddddd any more": 1,
    }
    [row] = replay_prediction("discreet", home.settings, "a")
    assert (row.replayed, row.explanation) == (None, None)
    assert "replayed  not: area is sensitive" in "\n".join(row_lines(row))


def test_classes_and_their_probabilities_come_back(home: _Home, tmp_path: Path) -> None:
    problem = parse_problem(
        """
name: sides
task: classification
source: sides.csv
target: side
columns:
  side: {type: category, allowed: [left, middle, right]}
  x: {type: number}
features: [x]
candidates: {logistic: {estimator: sklearn.linear_model.LogisticRegression}}
split: {kind: random, validation: 0.2, holdout: 0.2}
metric: log_loss
"""
    )
    draw = np.random.default_rng(0)
    x = draw.normal(size=300)
    rows = pd.DataFrame(
        {
            "id": range(300),
            "x": x,
            "side": np.select([x < -0.5, x < 0.5], ["left", "middle"], "right"),
            "split": ["train", "validation"] * 150,
        }
    )
    content = trained_model(problem, "logistic", rows)
    model = register_file(home.mlflow, "sides", content, tmp_path)
    log_predictions(home.engine, model, "sides", rows)
    assert replay_window("sides", home.settings, LogWindow()).identical == {"sides": 300}
    [row] = replay_prediction("sides", home.settings, "sides-000000")
    assert row.replayed_label in ("left", "middle", "right")
    assert row.explanation is not None
    total = row.explanation.base + sum(c.size for c in row.explanation.contributions)
    assert math.isclose(total, row.logged or 0)
