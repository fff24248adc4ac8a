"""JSON of view models."""

import json
import math
from dataclasses import dataclass

from pydantic import BaseModel

from homestead.ui.json_text import json_text


class _Report(BaseModel):
    share: float


@dataclass(frozen=True)
class _Row:
    name: str
    value: float | None
    report: _Report | None = None


def test_nan_and_infinity_are_null_and_the_other_rows_are_there() -> None:
    rows = [_Row("a", math.nan), _Row("b", 1.5), _Row("c", -math.inf, _Report(share=math.inf))]
    assert json.loads(json_text({"rows": rows})) == {
        "rows": [
            {"name": "a", "value": None, "report": None},
            {"name": "b", "value": 1.5, "report": None},
            {"name": "c", "value": None, "report": {"share": None}},
        ]
    }
