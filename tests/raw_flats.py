"""A problem file, and rows of its table as a source delivers them: untyped, not in order."""

import pandas as pd

RAW_FLATS = """
name: flats
task: regression
source: flats.csv
key: id
timestamp: listed
target: rent
max_bad_row_share: 0.4
columns:
  id: {type: integer}
  listed: {type: timestamp}
  rent: {type: number, range: [50, 9000]}
  rooms: {type: integer, range: [1, 9]}
  baths: {type: integer, nullable: true}
  district: {type: category, allowed: [north, south]}
  floor: {type: category, allowed: ["0", "1", "2"], nullable: true}
  lift: {type: boolean}
  pets: {type: boolean, nullable: true}
derived:
  size: "rooms * 10 + lift"
  month: "month(listed)"
  trend: "typical - rooms"
views:
  market: {entity: rooms, query: SELECT 1, features: [typical]}
features: [rooms, typical]
candidates: {ridge: {estimator: sklearn.linear_model.Ridge}}
split: {validation_from: 2024-03-01, holdout_from: 2024-04-01}
metric: mae
"""


def raw_flats_rows() -> pd.DataFrame:
    """Return five valid rows with a column that the problem does not know."""
    return pd.DataFrame(
        {
            "id": [3, 1, 2, 4, 5],
            "listed": [
                *("2024-05-03", "2024-01-01T10:00:00Z", "2024-02-01", "2024-03-01"),
                "2024-04-01 12:30",
            ],
            "rent": [900, 800.5, 1000, 700, 650],
            "rooms": [3, 2, 4, 1, 2],
            "baths": [1, None, 2, 1, 1],
            "district": ["north", "south", "north", "south", "north"],
            "floor": [1.0, None, 2.0, 0.0, 1.0],
            "lift": ["yes", "no", "TRUE", "0", "1"],
            "pets": [True, None, False, None, True],
            "agent": ["x"] * 5,
        }
    )
