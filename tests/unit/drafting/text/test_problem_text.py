"""The text of a draft is read again as what was guessed."""

import numpy as np
import pandas as pd
import yaml

from homestead.drafting.guesses.all_guesses import guess_all
from homestead.drafting.profile.column_profile import profile_table
from homestead.drafting.text.problem_text import problem_text

ROWS = 200
DRAW = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "flat_id": np.arange(ROWS) // 2,
        "on": pd.date_range("2023-01-01", periods=ROWS, freq="3D"),
        "area": DRAW.integers(20, 200, ROWS),
        "price": np.exp(DRAW.normal(12, 0.8, ROWS)),
    }
)


def _text(frame: pd.DataFrame, target: str = "price") -> str:
    return problem_text(
        guess_all(profile_table(frame), target, None),
        name="flats",
        source="flats.csv",
        source_format={},
        file_name="flats.yaml",
    )


def test_the_sections_say_what_was_guessed() -> None:
    text = _text(FRAME)
    content = yaml.safe_load(text)
    assert content["task"] == "regression"
    assert content["target_log"] is True
    assert (content["key"], content["timestamp"]) == ("flat_id", "on")
    assert content["views"]["latest"] == {
        "entity": "flat_id",
        "columns": ["area"],
        "ttl_days": 3650,
    }
    assert content["metric"] == "mape"
    assert "#   homestead train --problem flats.yaml" in text
    assert max(map(len, text.splitlines())) <= 100


def test_without_times_a_row_is_served_by_its_key() -> None:
    content = yaml.safe_load(_text(FRAME.drop(columns="on").iloc[::2]))
    assert content["key"] == "flat_id"
    assert content["views"] == {
        "own": {"entity": "flat_id", "columns": ["area"], "missing": "refuse"}
    }
    assert content["split"]["kind"] == "random"


def test_the_positive_class_is_named() -> None:
    paid = FRAME.assign(paid=np.where(np.arange(ROWS) % 5, "yes", "no"))
    assert yaml.safe_load(_text(paid, "paid"))["positive"] == "yes"
    assert 'positive: "yes"' in _text(paid, "paid")
