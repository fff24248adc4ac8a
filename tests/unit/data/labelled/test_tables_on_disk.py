"""Labelled rows on disk are those of the rule in memory, and so is the training set, by byte."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from homestead.data.ingest import check_rows
from homestead.data.labelled import tables_on_disk, training_rows
from homestead.data.labelled.logged_rows import LoggedWriter
from homestead.data.tables import write_parquet
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from homestead.steps.training_set import build_training_set
from tests.problem_text import changed_flats
from tests.unit.data.labelled import labelled_frames

ROWS, PREDICTIONS = 240, 160


def _problem(**changes: Any) -> Problem:
    changes["views__market__query"] = (
        "SELECT block, listed AS event_timestamp, avg(rent) AS typical FROM rows GROUP BY ALL"
    )
    return parse_problem(changed_flats(columns__floor={"type": "integer"}, **changes))


def _table(problem: Problem, rng: np.random.Generator) -> pd.DataFrame:
    """Return rows of 40 flats, some without a rent or a lift, several on one day."""
    days = rng.integers(0, 90, ROWS)
    raw = pd.DataFrame(
        {
            "id": rng.permutation(ROWS) % 40,
            "listed": pd.Timestamp("2024-01-01") + pd.to_timedelta(days, "D"),
            "rent": np.where(rng.random(ROWS) < 0.1, np.nan, rng.integers(500, 900, ROWS)),
            "area": rng.integers(20, 90, ROWS).astype(float),
            "district": rng.choice(["north", "south"], ROWS),
            "lift": rng.choice(np.array([True, False, None]), ROWS),
            "floor": rng.integers(0, 9, ROWS),
        }
    )
    return check_rows(raw.drop_duplicates(["id", "listed"]), problem).valid


def _logged(rng: np.random.Generator, several_keys: bool) -> pd.DataFrame:
    """Return predictions: good, repeated, in the table, of unknown keys, and of bad values."""
    moments = pd.Timestamp("2023-12-20") + pd.to_timedelta(
        rng.integers(0, 400, PREDICTIONS) * 6, "h"
    )
    rows = []
    for number, at in enumerate(moments):
        values: dict[str, Any] = {}
        if rng.random() < 0.7:
            values["area"] = float(rng.choice([1.0, 33.3, 40.0]))
        if rng.random() < 0.5:
            values["lift"] = [True, False, None][rng.integers(3)]
        if rng.random() < 0.5:
            values["district"] = str(rng.choice(["north", "east"]))
        key = str(rng.integers(0, 44)) if rng.random() < 0.9 else None
        entity = json.dumps([key, "north"]) if several_keys and key else key
        rows.append(
            {
                **{"prediction_id": f"p{number // 3}", "row": number % 3, "version": "1"},
                **{"at": at.timestamp(), "entity": entity, "labelled_at": 0.0},
                **{"truth": float(rng.choice([1.0, 600.0, 700.0])), "values": json.dumps(values)},
                "reason": "no model" if rng.random() < 0.05 else "",
            }
        )
    return pd.DataFrame(rows)


@pytest.mark.parametrize("key", ["id", ["id", "district"]])
def test_files_in_small_batches_give_what_frames_give(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: Any
) -> None:
    for module, name in ((training_rows, "_BATCH_ROWS"), (tables_on_disk, "_FETCHED_ROWS")):
        monkeypatch.setattr(module, name, 7)
    monkeypatch.setattr(tables_on_disk, "GROUP_ROWS", 50)
    problem, rng = _problem(key=key), np.random.default_rng(5)
    table, logged = _table(problem, rng), _logged(rng, isinstance(key, list))
    expected = labelled_frames.labelled_rows_at_their_time(logged, table, problem)
    rows = labelled_frames.with_labelled(table, expected.valid, problem)
    held, file, found_rows, expected_rows = (tmp_path / name for name in "abcd")
    write_parquet(table, held)
    write_parquet(rows, expected_rows)
    with LoggedWriter(file, is_regression=True) as writer:
        writer.write(logged[:100])
        writer.write(logged[100:])
    with training_rows.labelled_rows_at_their_time(file, held, problem, tmp_path) as found:
        found.write_with(found_rows)
        aside = pd.concat(found.quarantine())
        counts = (found.rows, found.bad, found.in_table)
        lines = found.reasons
    assert counts == (len(expected.valid), len(expected.quarantine), expected.in_table)
    assert min(counts[:2]) > 20
    pd.testing.assert_frame_equal(pd.read_parquet(found_rows), rows)
    assert pq.read_schema(found_rows).equals(pq.read_schema(expected_rows), check_metadata=True)
    assert aside.index.tolist() == expected.quarantine.index.tolist()
    assert aside.reason.tolist() == expected.quarantine.reason.tolist()
    assert aside.to_csv() == expected.quarantine.to_csv()
    assert sorted(lines) == sorted(str(expected).splitlines()[1:])
    sets = []
    for valid in (found_rows, expected_rows):
        dataset = tmp_path / f"{valid.name}-dataset"
        views = tmp_path / f"{valid.name}-views"
        build_training_set(
            problem, valid=valid, views=views, dataset=dataset, report=lambda line: None
        )
        sets.append(dataset.read_bytes())
    assert sets[0] == sets[1]


def test_a_table_without_good_predictions_stays_as_it_is(tmp_path: Path) -> None:
    problem, rng = _problem(), np.random.default_rng(5)
    held, file, written = (tmp_path / name for name in "abc")
    write_parquet(_table(problem, rng), held)
    with LoggedWriter(file, is_regression=True) as writer:
        writer.write(_logged(rng, several_keys=False)[:5].assign(truth=1.0))
    with training_rows.labelled_rows_at_their_time(file, held, problem, tmp_path) as found:
        found.write_with(written)
        assert (found.rows, found.bad) == (0, 5)
    assert written.read_bytes() == held.read_bytes()
