"""Status of labels, in words."""

import sqlalchemy as sa

from homestead.steps.labels.status import label_status
from tests.unit.prediction_log.conftest import engine  # noqa: F401 - a fixture
from tests.unit.prediction_log.labels.labelled_log import (
    DAY_S,
    NOW_S,
    add,
    log,
    predicted,
    problem,
)


def test_status_tells_how_many_how_late_and_what_is_wrong(engine: sa.Engine) -> None:  # noqa: F811
    log(engine, *(predicted(name) for name in "abcd"))
    for days, name in ((1, "a"), (2, "b"), (5, "c")):
        add(engine, {"prediction_id": name, "rent": 1}, received_at=NOW_S + days * DAY_S)
    add(engine, {"prediction_id": "a", "rent": 2}, received_at=NOW_S + DAY_S)
    add(engine, {"prediction_id": "a", "row": 4, "rent": 2})
    assert list(label_status(engine, problem(after_days=7)).lines()) == [
        "flats: 4 predicted rows that are 7 days old",
        "  labelled: 3 (75.0%)",
        "  corrections: 1",
        "  waiting for their prediction: 0",
        "  in quarantine: 1",
        "    no_such_row: 1, such as: the prediction has fewer rows",
        "  last label: 2023-11-19T22:13:20Z from labels.csv",
        "  from prediction to label: 2.0 days (median)",
    ]


def test_nothing_is_said_of_labels_that_are_not_there(engine: sa.Engine) -> None:  # noqa: F811
    assert len(list(label_status(engine, problem()).lines())) == 5
