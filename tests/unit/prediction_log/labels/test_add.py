"""Adding labels: all of a batch or nothing, nothing twice, and two senders at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from homestead.prediction_log.labels import statements
from homestead.prediction_log.labels.add import add_labels
from homestead.prediction_log.labels.batch import LabelBatch
from homestead.problem.sections.labels import LabelPolicy
from tests.unit.prediction_log.labels.labelled_log import (
    add,
    aside,
    former,
    log,
    predicted,
    problem,
    truths,
    verdicts,
)


@pytest.mark.parametrize("survivors", range(len(statements.WRITE)))
def test_a_file_that_fails_in_its_middle_counts_wholly_when_it_is_sent_again(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch, survivors: int
) -> None:
    log(engine, predicted("a"), predicted("b"))
    add(engine, {"prediction_id": "a", "rent": 1})
    rows = [
        {"prediction_id": "a", "rent": 2},
        {"prediction_id": "b", "rent": 3},
        {"prediction_id": "nobody's", "rent": 4},
    ]
    with monkeypatch.context() as broken:
        fails = (*statements.WRITE[:survivors], "SELECT * FROM no_such_table")
        broken.setattr(statements, "WRITE", fails)
        with pytest.raises(sa.exc.SQLAlchemyError):
            add(engine, *rows, delivery="d")
    assert truths(engine) == {("a", 0): 1}
    assert former(engine) == []
    assert aside(engine) == {}
    for expected in (["corrected", "joined", "unmatched"], ["repeated", "repeated", "unmatched"]):
        assert verdicts(add(engine, *rows, delivery="d")) == expected
        assert truths(engine) == {("a", 0): 2, ("b", 0): 3}
        assert former(engine) == [1]
        assert aside(engine) == {"unmatched": ["nobody's"]}


def test_two_senders_at_once_leave_one_label_of_each_row(engine: sa.Engine) -> None:
    names = [f"p{number}" for number in range(50)]
    log(engine, *map(predicted, names))

    def send(rent: float) -> int:
        return add(engine, *({"prediction_id": name, "rent": rent} for name in names)).joined

    with ThreadPoolExecutor(4) as threads:
        joined = list(threads.map(send, [1.0, 2.0, 1.0, 2.0]))
    assert joined[0] + joined[1] + joined[2] + joined[3] == 50 + len(former(engine))
    assert len(set(truths(engine).values())) == 1
    assert len(truths(engine)) == 50


def test_no_labels_change_nothing(engine: sa.Engine) -> None:
    added = add_labels(engine, problem(), LabelBatch("api", 1.0, LabelPolicy()))
    assert (added.joined, added.waiting, added.quarantined, added.unchanged) == (0, 0, 0, 0)


def test_examples_begin_with_the_most_frequent_reason(engine: sa.Engine) -> None:
    rows = [{"prediction_id": "a", "rent": "dear"}]
    rows += [{"prediction_id": str(n), "rent": "-"} for n in range(3)]
    first, second = add(engine, *rows).examples
    assert (first.reason, first.others) == ("rent: found '-', allowed is a number", 2)
    assert (first.place, second.place) == ("row 1", "row 0")
