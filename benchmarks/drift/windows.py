"""Windows of served rows, drawn from the house sales and changed in one way each."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from homestead.problem.contract import Contract
from homestead.problem.sections.column import Column

SALES = Path(__file__).parents[2] / "data" / "king_county_house_sales.parquet"
REFERENCE_ROWS, WINDOW_ROWS = 5_000, 500
_PLAIN = (
    *("bedrooms", "bathrooms", "floors", "view", "condition", "grade", "yr_built", "lat", "long"),
    "sqft_basement",
)
_LOGARITHMS = ("living", "lot", "living15", "lot15")
ONE = "ln_living"
FIVE = ("ln_living", "ln_lot", "ln_living15", "lat", "long")
_MISSING_SHARE = _NEW_SHARE = 0.05
Change = Callable[[pd.DataFrame, pd.Series, np.random.Generator], pd.DataFrame]


def read_inputs() -> tuple[pd.DataFrame, Contract]:
    """Return 19 inputs of all sales as float64, and a contract that says which are categories."""
    sales = pd.read_parquet(SALES)
    inputs = sales[list(_PLAIN)].astype(float)
    for name in _LOGARITHMS:
        inputs[f"ln_{name}"] = np.log(sales[f"sqft_{name}"].astype(float))
    inputs["renewed"] = np.where(sales.yr_renovated > 0, sales.yr_renovated, sales.yr_built)
    inputs["northeast"], inputs["northwest"] = inputs.lat + inputs.long, inputs.lat - inputs.long
    inputs["waterfront"] = sales.waterfront.astype(float)
    zipcodes = pd.Categorical(sales.zipcode)
    inputs["zipcode"] = zipcodes.codes.astype(float)
    columns = {name: Column(type="number") for name in inputs}
    columns["waterfront"] = Column(type="boolean")
    columns["zipcode"] = Column(
        type="category", allowed=(*map(str, zipcodes.categories), "new"), nullable=True
    )
    contract = Contract(
        problem="sales",
        task="regression",
        target="price",
        classes=(),
        columns=columns,
        derived={},
        views=(),
        features=tuple(inputs),
    )
    return inputs.astype(float).reset_index(drop=True), contract


def _shift(names: tuple[str, ...], deviations: float) -> Change:
    def change(window: pd.DataFrame, deviation: pd.Series, _: np.random.Generator) -> pd.DataFrame:
        return window.assign(
            **{name: window[name] + deviations * deviation[name] for name in names}
        )

    return change


def _shuffle(window: pd.DataFrame, _: pd.Series, draw: np.random.Generator) -> pd.DataFrame:
    return window.assign(**{ONE: draw.permutation(window[ONE].to_numpy())})


def _lose(window: pd.DataFrame, _: pd.Series, draw: np.random.Generator) -> pd.DataFrame:
    return window.assign(**{ONE: window[ONE].where(draw.random(len(window)) >= _MISSING_SHARE)})


def _new_category(window: pd.DataFrame, _: pd.Series, draw: np.random.Generator) -> pd.DataFrame:
    is_old = draw.random(len(window)) >= _NEW_SHARE
    return window.assign(zipcode=window["zipcode"].where(is_old, 70.0))


CHANGES: dict[str, Change] = {
    "no shift": _shift((), 0),
    "one input +0.25": _shift((ONE,), 0.25),
    "one input +0.5": _shift((ONE,), 0.5),
    "one input +1": _shift((ONE,), 1),
    "five inputs +1": _shift(FIVE, 1),
    "correlation only": _shuffle,
    "5% missing": _lose,
    "5% in a new category": _new_category,
}


def draw_window(
    inputs: pd.DataFrame, draw: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return reference rows and a window without any shift, drawn anew and disjoint."""
    order = draw.permutation(len(inputs))
    window = order[REFERENCE_ROWS : REFERENCE_ROWS + WINDOW_ROWS]
    return (
        inputs.iloc[order[:REFERENCE_ROWS]].reset_index(drop=True),
        inputs.iloc[window].reset_index(drop=True),
    )
