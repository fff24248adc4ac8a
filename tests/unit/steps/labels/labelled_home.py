"""A home whose model has predicted, and outcomes of some of these predictions."""

from pathlib import Path

import numpy as np
import pandas as pd
import sqlalchemy as sa

from homestead.data.tables import write_parquet
from homestead.database.engine import open_database
from homestead.model.onnx_model import Model
from homestead.prediction_log.labels.tables import LABEL_HISTORY, LABELS
from homestead.prediction_log.tables import PREDICTIONS
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from homestead.steps.labels.add import add_label_table
from homestead.steps.open_run import OpenedRun, open_parent_run
from homestead.tracking import runs
from tests.conftest import settings_at
from tests.history import log_predictions, register_file, trained_model

_PROBLEM = """
name: homes
task: regression
source: homes.parquet
key: id
timestamp: sold
target: price
columns:
  id: {type: integer}
  sold: {type: timestamp}
  price: {type: integer, range: [1, 100000]}
  area: {type: number}
  rooms: {type: integer}
  town: {type: category}
  kind: {type: category, allowed: [flat, house, villa], sensitive: drop}
  remark: {type: integer}
derived: {ln_area: "log(area)"}
views:
  home: {entity: id, columns: [area], missing: "null"}
  market:
    entity: kind
    features: [typical]
    missing: "null"
    query: |
      SELECT kind, sold + INTERVAL 1 HOUR AS event_timestamp, avg(price) AS typical
      FROM rows GROUP BY ALL
features: [ln_area, rooms, town, kind, typical]
candidates: {linear: {estimator: sklearn.linear_model.Ridge}}
split: {validation_from: 2024-02-01, holdout_from: 2024-02-15}
metric: mae
labels: {train: true}
"""
HOMES = 20
_TOWNS = ["Bern", "Chur", "Genf"]
_KINDS = ["flat", "house", "villa"]


def homes_table(rows: int = 120) -> pd.DataFrame:
    """Return sales, two a day, of 20 homes that grow from sale to sale."""
    number = np.arange(rows)
    home = number % HOMES
    return pd.DataFrame(
        {
            "id": home,
            "sold": pd.Timestamp("2024-01-01") + pd.to_timedelta(number * 12, "h"),
            "price": 1000 + 300 * (1 + home % 5) + number,
            "area": 50.0 + home + number / 8,
            "rooms": 1 + home % 5,
            "town": [_TOWNS[i % 3] for i in home],
            "kind": [_KINDS[i % 3] for i in home],
            "remark": number,
        }
    ).astype({"sold": "datetime64[us]"})


class LabelledHome:
    """A home with one registered model."""

    def __init__(self, folder: Path, database_url: str = "") -> None:
        """Train and register; predictions are logged to a database, by default a sqlite file."""
        self.folder = folder
        self.write(homes_table())
        problem = parse_problem(_PROBLEM)
        self.problem: Problem = problem.model_copy(update={"source": str(folder / "homes.parquet")})
        self.settings = settings_at(folder / "home")
        if database_url:
            self.settings = self.settings.model_copy(update={"database_url": database_url})
        self.mlflow = runs.open_client(self.settings)
        split = np.where(np.arange(len(self.table)) % 3, "train", "validation")
        content = trained_model(problem, "linear", self.table.assign(typical=1e3, split=split))
        self.model: Model = register_file(self.mlflow, "homes", content, folder / "models")

    def write(self, table: pd.DataFrame) -> None:
        """Write the table that is the problem's source."""
        self.table = table
        write_parquet(table, self.folder / "homes.parquet")

    def clear(self) -> None:
        """Forget predictions and labels, and take the table as it was."""
        self.write(homes_table())
        engine = open_database(self.settings.database_url)
        with engine.begin() as connection:
            for table in (PREDICTIONS, LABELS, LABEL_HISTORY):
                connection.execute(sa.delete(table))
        engine.dispose()

    def predict(self, time: str, *homes: int) -> list[str]:
        """Log a prediction for each home, the first at a time and each next a second later."""
        known = self.table[self.table.sold <= pd.Timestamp(time)]
        rows = known.groupby("id").tail(1).set_index("id").loc[list(homes)].reset_index()
        engine = open_database(self.settings.database_url)
        try:
            names = log_predictions(
                engine,
                self.model,
                "1",
                rows.assign(rooms=9, typical=1000.0),
                sizes=(1,),
                start=pd.Timestamp(time, tz="UTC").timestamp(),
                prefix=time,
            )
            # As a server logs a sensitive column that is to be dropped.
            without = "json_remove(features, '$.kind')"
            if engine.dialect.name == "postgresql":
                without = "(CAST(features AS jsonb) - 'kind')"
            dropped = f"UPDATE predictions SET features = {without}"  # noqa: S608 - one of two
            with engine.begin() as connection:
                connection.execute(sa.text(dropped))
            return names
        finally:
            engine.dispose()

    def label(self, predictions: list[str], prices: list[int], labelled_at: str = "") -> None:
        """Add the outcomes of predictions."""
        outcomes = pd.DataFrame({"prediction_id": predictions, "price": prices})
        if labelled_at:
            outcomes["labelled_at"] = labelled_at
        path = self.folder / "outcomes.csv"
        outcomes.to_csv(path, index=False)
        add_label_table(self.problem, str(path), self.settings, lambda line: None)

    def open(self, run: str = "run", problem: Problem | None = None) -> OpenedRun:
        """Open a training run."""
        return open_parent_run(problem or self.problem, self.settings, run, lambda line: None)
