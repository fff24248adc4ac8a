"""Requests over time."""

import json
import time

from homestead.settings import Settings
from tests.ui_home import PAGE, PAGE_PROBLEM, add_predictions, change, get


def test_windows_divide_the_same_requests(home: Settings) -> None:
    change(home, "DELETE FROM predictions")
    add_predictions(home, PAGE_PROBLEM, 600, until=time.time(), span_s=1800)
    for window in ("1h", "24h", "7d", "30d"):
        content = json.loads(get(home, f"{PAGE}/data.json?window={window}").content)
        versions = content["boxes"]["traffic"]["content"]["versions"]
        assert {version: sum(counts) for version, counts in versions.items()} == {
            "2": 60,
            "1": 540,
        }
