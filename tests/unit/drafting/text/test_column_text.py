"""Lines of columns say what was seen of them, whatever the table holds."""

import pandas as pd
import yaml

from homestead.drafting.guesses.all_guesses import guess_all
from homestead.drafting.profile.column_profile import profile_table
from homestead.drafting.text.column_text import column_lines

LEVELS = [f"a rather long level with the number {i}" for i in range(8)]


def _lines(frame: pd.DataFrame) -> list[str]:
    return list(column_lines(guess_all(profile_table(frame), "y", None)))


def test_each_column_has_a_type_and_a_comment() -> None:
    frame = pd.DataFrame(
        {
            "a\n# b": ["x\ny", "z", "#"] * 20,
            "kind": (LEVELS * 8)[:60],
            "n": [1.5, None, 2.5] * 20,
            "y": range(60),
        }
    )
    lines = _lines(frame)
    columns = yaml.safe_load("columns:\n" + "\n".join(lines))["columns"]
    assert columns["a\n# b"] == {"type": "category", "allowed": ["x\ny", "z", "#"]}
    assert sorted(columns["kind"]["allowed"]) == LEVELS
    assert columns["n"] == {"type": "number", "range": [0, 5], "nullable": True}
    assert max(map(len, lines)) <= 100
    assert any("missing in 20 rows; 1.5 to 2.5" in line for line in lines)


def test_long_lists_and_rare_levels_stay_open() -> None:
    frame = pd.DataFrame(
        {
            "many": [f"level {i % 25}" for i in range(100)],
            "rare": ["a"] * 99 + ["b"],
            "few": ["a", "b"] * 50,
            "y": range(100),
        }
    )
    columns = yaml.safe_load("columns:\n" + "\n".join(_lines(frame)))["columns"]
    assert columns["many"] == columns["rare"] == {"type": "category"}
    assert columns["few"] == {"type": "category", "allowed": ["a", "b"]}
