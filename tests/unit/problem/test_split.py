"""The split of rows by time."""

from datetime import date

import numpy as np
import pandas as pd

from homestead.problem.sections.split import Split
from homestead.problem.split import HOLDOUT, TRAIN, VALIDATION, split_names

SPLIT = Split(validation_from=date(2024, 3, 1), holdout_from=date(2024, 4, 1))


def test_a_day_belongs_to_the_part_that_begins_with_it() -> None:
    times = pd.Series(
        pd.to_datetime(
            ["2024-02-29 23:59:59.999999", "2024-03-01", "2024-03-31 23:00", "2024-04-01"],
            format="ISO8601",
        )
    )
    expected = [TRAIN, VALIDATION, VALIDATION, HOLDOUT]
    assert split_names(times, SPLIT).tolist() == expected
    assert split_names(times.astype("datetime64[us]"), SPLIT).tolist() == expected


def test_no_rows_have_no_parts() -> None:
    assert split_names(np.array([], "datetime64[ns]"), SPLIT).shape == (0,)
