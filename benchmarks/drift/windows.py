"""Settings that windows are drawn in, and the ways in which a window is changed."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from homestead.problem.contract import Contract
from homestead.problem.sections.column import Column

REFERENCE_ROWS, WINDOW_ROWS = 5_000, 500
_MISSING_SHARE = _NEW_SHARE = 0.05
Draw = Callable[[np.random.Generator], tuple[pd.DataFrame, pd.DataFrame]]


@dataclass(frozen=True)
class Setting:
    """Where windows come from, and what is changed in them.

    Attributes:
        name: of the files of results.
        title: of the table.
        contract: says which inputs are categories.
        deviation: standard deviation of each input.
        draw: draws reference rows and a window of one distribution, disjoint.
        one: the input that moves alone, or loses values.
        five: the inputs that move together.
        category: the input in which a new category comes up.
        relate: changes a relation between inputs, and the distribution of none.
    """

    name: str
    title: str
    contract: Contract
    deviation: pd.Series
    draw: Draw
    one: str
    five: tuple[str, ...]
    category: str
    relate: Callable[[pd.DataFrame, np.random.Generator], pd.DataFrame]


Change = Callable[[pd.DataFrame, Setting, np.random.Generator], pd.DataFrame]


def inputs_contract(inputs: list[str], columns: dict[str, Column]) -> Contract:
    """Return a contract of inputs, numbers unless ``columns`` says otherwise."""
    return Contract(
        problem="drift",
        task="regression",
        target="target",
        classes=(),
        columns={name: Column(type="number") for name in inputs} | columns,
        derived={},
        views=(),
        features=tuple(inputs),
    )


def category_column(categories: list[str]) -> Column:
    """Return a category with one more value than windows have before they are changed."""
    return Column(type="category", allowed=(*categories, "new"), nullable=True)


def _shift(number: int, deviations: float) -> Change:
    def change(window: pd.DataFrame, setting: Setting, _: np.random.Generator) -> pd.DataFrame:
        names = setting.five if number > 1 else (setting.one,) * number
        moved = {name: window[name] + deviations * setting.deviation[name] for name in names}
        return window.assign(**moved)

    return change


def _relate(window: pd.DataFrame, setting: Setting, draw: np.random.Generator) -> pd.DataFrame:
    return setting.relate(window, draw)


def _lose(window: pd.DataFrame, setting: Setting, draw: np.random.Generator) -> pd.DataFrame:
    stays = draw.random(len(window)) >= _MISSING_SHARE
    return window.assign(**{setting.one: window[setting.one].where(stays)})


def _new_category(
    window: pd.DataFrame, setting: Setting, draw: np.random.Generator
) -> pd.DataFrame:
    name = setting.category
    new_code = float(len(setting.contract.columns[name].allowed or ()) - 1)
    is_old = draw.random(len(window)) >= _NEW_SHARE
    return window.assign(**{name: window[name].where(is_old, new_code)})


CHANGES: dict[str, Change] = {
    "no shift": _shift(0, 0),
    "one input +0.25": _shift(1, 0.25),
    "one input +0.5": _shift(1, 0.5),
    "one input +1": _shift(1, 1),
    "five inputs +1": _shift(5, 1),
    "correlation only": _relate,
    "5% missing": _lose,
    "5% in a new category": _new_category,
}
