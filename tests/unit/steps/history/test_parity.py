"""Parity: served inputs beside the offline store, each kind of mismatch with its ages."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from homestead.database.engine import open_database
from homestead.model.onnx_model import Model
from homestead.prediction_log.history.logged_rows import LogWindow
from homestead.prediction_log.tables import PREDICTIONS
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from homestead.steps.history.comparison.findings import ParityReport
from homestead.steps.history.comparison.text import parity_lines
from homestead.steps.history.parity import check_parity
from homestead.tracking import runs
from tests.conftest import settings_at
from tests.history import log_predictions, register_file, trained_model

_PROBLEM = """
name: homes
task: regression
source: homes.csv
key: id
timestamp: sold
target: price
columns:
  id: {type: integer}
  sold: {type: timestamp}
  price: {type: number}
  area: {type: number, nullable: true}
  rooms: {type: integer}
  kind: {type: category, allowed: [flat, house, villa]}
derived:
  ln_area: "log(area)"
  roominess: "area / rooms"
views:
  home: {entity: id, columns: [area, kind], missing: "null"}
  market:
    entity: kind
    features: [typical]
    missing: "null"
    query: SELECT kind, sold AS event_timestamp, avg(price) AS typical FROM rows GROUP BY ALL
features: [kind, ln_area, area, rooms, roominess, typical]
candidates: {linear: {estimator: sklearn.linear_model.Ridge}}
split: {validation_from: 2024-02-01, holdout_from: 2024-03-01}
metric: mae
"""
_DAY = 86_400.0
_START = datetime(2024, 1, 1, tzinfo=UTC).timestamp()
_KINDS = ["flat", "house", "villa"]


def _source(count: int = 40) -> pd.DataFrame:
    """Return homes that are sold on two days each, 30 days apart, and have grown meanwhile."""
    ids = np.arange(count)
    first = pd.Timestamp("2024-01-01") + pd.to_timedelta(ids, unit="min")
    once = pd.DataFrame(
        {
            "id": ids,
            "sold": first,
            "price": 100.0 + ids,
            "area": 50.0 + ids / 8,
            "rooms": 1 + ids % 5,
            "kind": [_KINDS[i % 3] for i in ids],
        }
    )
    later = once.assign(sold=first + pd.Timedelta(days=30), area=once.area + 10)
    return pd.concat([once, later], ignore_index=True)


def _served(source: pd.DataFrame, home: int, day: float) -> dict[str, object]:
    """Return what a request for a home is to be served on a day, found by another way."""
    at = pd.Timestamp("2024-01-01") + pd.Timedelta(days=day)
    known = source[source.sold <= at].sort_values("sold")
    own = known[known.id == home].iloc[-1]
    same_kind = known[known.kind == own.kind]
    return {
        "id": home,
        "area": own.area,
        "kind": own.kind,
        "rooms": own.rooms,
        "typical": same_kind.groupby("sold").price.mean().iloc[-1],
    }


class _Home:
    """A registered model of homes, and the table that its features come from."""

    def __init__(self, folder: Path) -> None:
        self.source = _source()
        self.source.to_csv(folder / "homes.csv", index=False)
        problem = parse_problem(_PROBLEM)
        self.problem = problem.model_copy(update={"source": str(folder / "homes.csv")})
        self.settings = settings_at(folder / "home")
        self.mlflow = runs.open_client(self.settings)
        split = np.where(np.arange(len(self.source)) % 2, "validation", "train")
        rows = self.source.assign(typical=100.0, split=split)
        self.model: Model = register_file(
            self.mlflow, "homes", trained_model(problem, "linear", rows), folder / "models"
        )
        self.engine = open_database(self.settings.database_url)

    def log(self, rows: list[dict[str, object]], day: float) -> None:
        """Log predictions of rows on a day, one a request."""
        frame, start = pd.DataFrame(rows), _START + day * _DAY
        log_predictions(
            self.engine, self.model, "1", frame, sizes=(1,), start=start, prefix=f"day{day}"
        )

    def check(self, lag_s: float = 0.0, problem: Problem | None = None) -> ParityReport:
        return check_parity(problem or self.problem, self.settings, LogWindow(), lag_s)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Home]:
    home = _Home(tmp_path_factory.mktemp("parity"))
    yield home
    home.engine.dispose()


@pytest.fixture
def home(shared: _Home) -> _Home:
    with shared.engine.begin() as connection:
        connection.execute(sa.delete(PREDICTIONS))
    return shared


def test_what_was_known_at_the_time_is_equal_in_every_bit(home: _Home) -> None:
    homes = list(range(20))
    home.log([_served(home.source, number, 20) for number in homes], 20)
    report = home.check()
    assert report.rows == 20
    assert not report.has_mismatch, list(parity_lines(report))
    assert {name: parity.equal for name, parity in report.features.items()} == {
        **dict.fromkeys(("kind", "ln_area", "area", "typical"), 20),
        "roominess": 20,  # by its expression, of logged inputs
    }
    assert report.predictions_equal == 20
    assert not report.notes


def test_each_kind_of_mismatch_has_feature_entity_values_and_ages(home: _Home) -> None:
    day = 31.0
    rows = [_served(home.source, number, day) for number in range(6)]
    rows[0]["area"] = 50.0  # as it was at the first sale
    rows[1]["area"] = None
    rows[2]["area"] = 77.7
    rows[3]["typical"] = None
    home.log(rows, day)
    home.log([_served(home.source, 5, 40) | {"id": 5}], 20)  # values of day 30 on day 20
    report = home.check()
    area = report.features["area"]
    assert area.mismatches == {"late": 1, "missing": 1, "different": 1, "early": 1}
    by_kind = {example.kind: example for example in area.examples}
    late = by_kind["late"]
    assert (late.feature, late.view, late.entity) == ("area", "home", "0")
    assert (late.logged, late.offline) == (50.0, 60.0)
    assert late.logged_age_s == pytest.approx(31 * _DAY)
    assert late.offline_age_s == pytest.approx(1 * _DAY)
    early = by_kind["early"]
    assert early.logged_age_s == pytest.approx(-10 * _DAY + 5 * 60 * -1)
    assert by_kind["different"].logged_age_s is None
    assert by_kind["missing"].logged is None
    # What is derived from the view alone is compared with it, too.
    assert set(report.features["ln_area"].mismatches) == set(area.mismatches)
    assert report.features["typical"].mismatches["missing"] == 1
    assert report.features["roominess"].mismatches == {}
    lines = "\n".join(parity_lines(report))
    assert "entity 0: served 50.0 (31 d old), offline 60.0 (1 d old)" in lines


def test_a_store_may_lag_as_long_as_it_is_allowed_to(home: _Home) -> None:
    day = 30 + 1 / 24  # an hour after the second sale of home 0
    rows = [_served(home.source, 0, day) | {"area": 50.0}]
    home.log(rows, day)
    assert home.check(lag_s=1800).features["area"].mismatches == {"late": 1}
    within = home.check(lag_s=4000)
    assert not within.features["area"].mismatches
    assert within.features["area"].within_lag == 1
    # A home that was new then, and not yet in the store.
    first = _served(home.source, 7, 0.01)
    home.log([first | {"area": None}], 0.01)
    assert home.check(lag_s=3600).features["area"].mismatches == {}
    assert home.check().features["area"].mismatches == {"late": 1, "missing": 1}


def test_values_beyond_the_time_to_live_follow_the_view_s_policy(home: _Home) -> None:
    home.log([_served(home.source, 1, 30 + 400)], 30 + 400)
    report = home.check()
    assert not report.has_mismatch
    assert report.stale_rows == {"home": 1, "market": 1}


def test_a_derived_input_is_compared_with_its_expression(home: _Home) -> None:
    home.log([_served(home.source, 1, 20)], 20)
    with home.engine.begin() as connection:
        [text] = connection.execute(sa.select(PREDICTIONS.c.features)).scalars()
        changed = text.replace('"roominess":', '"roominess":1')
        connection.execute(sa.update(PREDICTIONS).values(features=changed))
    report = home.check()
    assert report.features["roominess"].mismatches == {"derived": 1}
    # The prediction was made of other inputs than the log now holds.
    assert report.predictions_different == 1
    [mismatch] = report.prediction_mismatches
    assert mismatch.entity == "1"
    assert mismatch.logged != mismatch.replayed
    assert "the stored model gives" in "\n".join(parity_lines(report))


def test_what_cannot_be_compared_is_said(home: _Home) -> None:
    home.log([_served(home.source, 1, 20)], 20)
    with home.engine.begin() as connection:
        connection.execute(sa.update(PREDICTIONS).values(entity=None))
    views = {"home": home.problem.views["home"]}
    features = tuple(name for name in home.problem.features if name != "typical")
    later = home.problem.model_copy(update={"views": views, "features": features})
    report = home.check(problem=later)
    assert set(report.notes) == {
        "view home: the row has no id",
        "view market: the problem file has it no more",
    }
    assert set(report.features) == {"ln_area", "roominess"}
    with home.engine.begin() as connection:
        connection.execute(sa.update(PREDICTIONS).values(digest="e" * 64))
    gone = home.check()
    assert gone.predictions_skipped == 1
    assert not gone.has_mismatch
    assert "the registry has no model" in "\n".join(parity_lines(gone))


def test_an_empty_log_says_so(home: _Home) -> None:
    assert list(parity_lines(home.check())) == ["no predictions in this window"]
