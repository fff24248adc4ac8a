"""The house sales: 19 inputs that depend on each other, as those of real tables do."""

from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.drift.windows import (
    REFERENCE_ROWS,
    WINDOW_ROWS,
    Setting,
    category_column,
    inputs_contract,
)
from homestead.problem.sections.column import Column

SALES = Path(__file__).parents[2] / "data" / "king_county_house_sales.parquet"
_PLAIN = (
    *("bedrooms", "bathrooms", "floors", "view", "condition", "grade", "yr_built", "lat", "long"),
    "sqft_basement",
)
_LOGARITHMS = ("living", "lot", "living15", "lot15")
_ONE = "ln_living"
_FIVE = (_ONE, "ln_lot", "ln_living15", "lat", "long")


def read_inputs() -> tuple[pd.DataFrame, Setting]:
    """Return 19 inputs of all sales as float64, and windows that are drawn from them."""
    sales = pd.read_parquet(SALES)
    inputs = sales[list(_PLAIN)].astype(float)
    for name in _LOGARITHMS:
        inputs[f"ln_{name}"] = np.log(sales[f"sqft_{name}"].astype(float))
    inputs["renewed"] = np.where(sales.yr_renovated > 0, sales.yr_renovated, sales.yr_built)
    inputs["northeast"], inputs["northwest"] = inputs.lat + inputs.long, inputs.lat - inputs.long
    inputs["waterfront"] = sales.waterfront.astype(float)
    zipcodes = pd.Categorical(sales.zipcode)
    inputs["zipcode"] = zipcodes.codes.astype(float)
    inputs = inputs.astype(float).reset_index(drop=True)
    columns = {
        "waterfront": Column(type="boolean"),
        "zipcode": category_column([str(zipcode) for zipcode in zipcodes.categories.tolist()]),
    }

    def draw_window(draw: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
        order = draw.permutation(len(inputs))
        window = order[REFERENCE_ROWS : REFERENCE_ROWS + WINDOW_ROWS]
        return (
            inputs.iloc[order[:REFERENCE_ROWS]].reset_index(drop=True),
            inputs.iloc[window].reset_index(drop=True),
        )

    return inputs, Setting(
        name="house_sales",
        title="House sales",
        contract=inputs_contract(inputs.columns.tolist(), columns),
        deviation=inputs.std(),
        draw=draw_window,
        one=_ONE,
        five=_FIVE,
        category="zipcode",
        relate=_shuffle,
    )


def _shuffle(window: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
    """Give each row the living area of another row."""
    return window.assign(**{_ONE: draw.permutation(window[_ONE].to_numpy())})
