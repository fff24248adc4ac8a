"""Checks in batches: whatever the format, the batches and the threads, the result is the same."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from homestead.data.checking.check_source import CheckedSource, check_source
from homestead.data.checking.open_source import open_source
from homestead.data.tables import hash_source, read_table
from homestead.errors import UserError
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from homestead.problem.sections.source_format import SourceFormat
from tests.raw_flats import RAW_FLATS
from tests.whole_table import check_whole

# What columns hold beside good values: other forms of them, missing and bad ones.
DIRT: dict[str, list[Any]] = {
    "id": ["", "x", "1.5", " 7 ", "9223372036854775808", "0x10", "3.0", "-0"],
    "listed": ["", "soon", "2024-02-30", "2024-03-01T10:00:00+02:00", "1066-10-14", "NA"],
    "rent": ["", "NA", "12", "1e3", "inf", "1_000", "-0.0", " 800 ", "9000.0000001", "nan"],
    "rooms": ["", "0", "10", "2.0", "2.5", "1e0", "+3", "None"],
    "baths": ["", "null", "1e1", "many", "9007199254740993"],
    "district": ["", "west", "NORTH", "north "],
    "floor": ["", "7", "0.0", "NA"],
    "lift": ["", "yes", "maybe", "0", "T"],
    "pets": ["", "no", "2"],
}


def dirty_rows(seed: int, rows: int = 160, share: float = 0.02) -> pd.DataFrame:
    """Return a table of texts, some of which are bad, with repeated and contradicting rows."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "id": rng.integers(1, rows // 2, rows).astype(str),
            "listed": (
                pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 200, rows), "D")
            ).strftime("%Y-%m-%d"),
            "rent": rng.uniform(50, 9000, rows).round(2).astype(str),
            "rooms": rng.integers(1, 10, rows).astype(str),
            "baths": rng.choice(["", "1", "2"], rows),
            "district": rng.choice(["north", "south"], rows),
            "floor": rng.choice(["0", "1", "2", ""], rows),
            "lift": rng.choice(["true", "false"], rows),
            "pets": rng.choice(["true", "false", ""], rows),
            "agent": "x, y",
        }
    ).astype(object)
    for name, values in DIRT.items():
        is_dirty = rng.random(rows) < share
        table.loc[is_dirty, name] = rng.choice(np.array(values, dtype=object), is_dirty.sum())
    again = table.sample(rows // 8, random_state=seed)
    other = again.head(rows // 16).assign(rent="51.5")
    return pd.concat([table, again, other], ignore_index=True)


def write(table: pd.DataFrame, folder: Path, kind: str) -> Path:
    """Write a table of texts in one of the formats."""
    path = folder / f"flats.{kind}"
    if kind.startswith("csv"):
        table.to_csv(path, index=False)
    elif kind == "parquet":
        table.to_parquet(path, row_group_size=50)
    elif kind == "jsonl":
        table.to_json(path, orient="records", lines=True)
    else:
        path = folder / kind
        (path / "year=1").mkdir(parents=True)
        table.iloc[:70].to_csv(path / "year=1" / "a.csv", index=False)
        table.iloc[70:].to_csv(path / "b.csv", index=False)
    return path


def flats(source: Path, extra: str = "", share: float = 1) -> Problem:
    text = RAW_FLATS.replace("flats.csv", str(source)) + extra
    return parse_problem(text.replace("share: 0.4", f"share: {share}"))


def result(
    problem: Problem, threads: int, batch_rows: int, *, on_spark: bool = False
) -> dict[str, Any]:
    """Return all that a check gives."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = open_source(problem.source, problem.format or SourceFormat(), folder)
        try:
            with check_source(
                source,
                problem,
                folder,
                max_listed=5,
                threads=threads,
                batch_rows=batch_rows,
                on_spark=on_spark,
            ) as checked:
                return {"hash": source.data_hash, **told(checked, folder / "valid.parquet")}
        except UserError as error:
            return {"refusal": str(error)}


def told(checked: CheckedSource, path: Path) -> dict[str, Any]:
    checked.write_valid(path)
    quarantine = pd.concat(checked.quarantine())
    return {
        "valid": checked.valid_frame(),
        "bytes": path.read_bytes(),
        "quarantine": quarantine.to_csv(index_label=checked.places.name),
        "reasons": quarantine["reason"].to_dict(),
        "lines": checked.list_bad(),
        "bad": checked.bad_values(),
        "counts": checked.counts,
    }


@pytest.mark.parametrize("kind", ["csv", "parquet", "jsonl", "csv.gz", "folder"])
@pytest.mark.parametrize(
    "drop", ["", "drop: {duplicates: identical}", "drop: {duplicates: last, without_target: true}"]
)
def test_rows_are_judged_as_by_pandas_over_the_whole_table(
    tmp_path: Path, kind: str, drop: str
) -> None:
    problem = flats(write(dirty_rows(len(kind + drop)), tmp_path, kind), drop)
    table, digest = read_table(problem.source, problem.format, problem.columns)
    expected = check_whole(table, problem)
    assert not expected.refusal
    found = result(problem, 2, 33)
    pd.testing.assert_frame_equal(found["valid"], expected.valid)
    assert found["reasons"] == expected.quarantine
    assert found["lines"] == expected.lines
    assert [rows.count for rows in found["counts"].dropped] == expected.dropped
    assert found["counts"].rows == len(table)
    assert found["hash"] == digest == hash_source(problem.source)


@pytest.mark.parametrize("seed", range(2))
def test_neither_batches_nor_threads_change_anything(tmp_path: Path, seed: int) -> None:
    problem = flats(write(dirty_rows(seed), tmp_path, "csv"))
    first = result(problem, 1, 10_000)
    assert len(first["valid"]) > 50
    for threads, batch_rows in ((1, 23), (16, 41)):
        other = result(problem, threads, batch_rows)
        pd.testing.assert_frame_equal(other.pop("valid"), first["valid"])
        assert other == {key: value for key, value in first.items() if key != "valid"}


def test_each_row_is_valid_bad_or_dropped_once(tmp_path: Path) -> None:
    rows = 500
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(rows) % 90, "D")
    table = dirty_rows(5, rows, 0).head(rows).assign(id=np.arange(rows), listed=days)
    table["listed"] = table["listed"].dt.strftime("%Y-%m-%d")
    table.loc[::50, "rooms"] = "11"
    problem = flats(write(table.astype(str), tmp_path, "csv"))
    for threads in (1, 2, 16):
        found = result(problem, threads, 97)
        keys = [*found["valid"]["id"], *(value.row for value in found["bad"])]
        assert sorted(keys) == list(range(rows))


def test_a_refusal_is_the_same_sentence(tmp_path: Path) -> None:
    strict = flats(write(dirty_rows(3, share=0.2), tmp_path, "csv"), share=0.05)
    table, _ = read_table(strict.source)
    assert result(strict, 3, 17) == {"refusal": check_whole(table, strict).refusal}
    wrong = table.assign(rooms="two", listed=(table.index % 28 + 1).map("{:02}/06/2024".format))
    problem = flats(write(wrong, tmp_path, "csv"))
    refusal = result(problem, 3, 17)["refusal"]
    assert refusal == check_whole(read_table(problem.source)[0], problem).refusal
    assert "write columns.listed.time_format" in refusal


def test_the_file_of_valid_rows_is_read_as_the_frame(tmp_path: Path) -> None:
    problem = flats(write(dirty_rows(9), tmp_path, "csv"))
    found = result(problem, 2, 50)
    (tmp_path / "valid.parquet").write_bytes(found["bytes"])
    reread = pd.read_parquet(tmp_path / "valid.parquet")
    pd.testing.assert_frame_equal(reread, found["valid"])
    times = pq.read_table(tmp_path / "valid.parquet")["listed"].to_pylist()
    assert times == sorted(times)


def test_progress_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("homestead.data.checking.check_source._REPORTED_ROWS", 50)
    problem = flats(write(dirty_rows(1, 100), tmp_path, "csv"))
    said: list[str] = []
    source = open_source(problem.source, SourceFormat(), tmp_path)
    with check_source(source, problem, tmp_path, max_listed=5, report=said.append, batch_rows=25):
        assert said == ["50 rows checked", "100 rows checked"]
