"""Batches of a source: every row once, in order, from files, folders and frames."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from homestead.data.checking.batches import FramePart, SourceTable
from homestead.data.checking.open_source import open_source
from homestead.problem.sections.source_format import SourceFormat

ROWS = pd.DataFrame({"id": [str(i) for i in range(25)], "x": "a", "other": "b"})


def read(source: SourceTable, rows: int) -> tuple[list[int], list[str]]:
    batches = list(source.batches(["id", "x"], rows))
    ids = pd.concat([batch.series("id") for batch in batches]).astype(str).tolist()
    return [batch.start for batch in batches], ids


@pytest.mark.parametrize("kind", ["csv", "parquet", "jsonl"])
@pytest.mark.parametrize("rows", [1, 7, 100])
def test_each_row_comes_once_and_again(tmp_path: Path, kind: str, rows: int) -> None:
    path = tmp_path / f"t.{kind}"
    if kind == "csv":
        ROWS.to_csv(path, index=False)
    elif kind == "parquet":
        ROWS.to_parquet(path, row_group_size=10)
    else:
        ROWS.to_json(path, orient="records", lines=True)
    source = open_source(str(path), SourceFormat(), tmp_path)
    for _ in range(2):
        starts, ids = read(source, rows)
        assert ids == ROWS["id"].tolist()
        assert starts == sorted(starts)
        first = {"csv": 2, "parquet": 1, "jsonl": 1}[kind]
        places = source.places()
        assert [places[0], places[24]] == [first, first + 24]
        assert places.name == ("row" if kind == "parquet" else "line")


def test_folders_tell_values_and_places_name_files(tmp_path: Path) -> None:
    for year in ("2023", "2024"):
        folder = tmp_path / "rows" / f"x={year}"
        folder.mkdir(parents=True)
        ROWS[["id"]].to_csv(folder / "part.csv", index=False, mode="w")
        (folder / "part.csv").write_text((folder / "part.csv").read_text().replace("\n", ",\n", 1))
    (tmp_path / "rows" / "x=2023" / "part.csv").write_text("id,y\n1,\n\n2,\n")
    (tmp_path / "rows" / "x=2024" / "part.csv").write_text("id,y\n3,\n")
    source = open_source(str(tmp_path / "rows"), SourceFormat(), tmp_path)
    batches = list(source.batches(["id", "x"]))
    assert source.names == ["id", "y", "x"]
    assert [batch.series("x").tolist() for batch in batches] == [["2023"] * 2, ["2024"]]
    places = source.places()
    assert [places[row] for row in range(3)] == [
        "2 of x=2023/part.csv",
        "4 of x=2023/part.csv",
        "2 of x=2024/part.csv",
    ]


def test_a_frames_rows_are_told_by_its_index() -> None:
    frame = pd.DataFrame({"id": [5, 6, 7]}, index=pd.Index([10, 20, 30], name="line"))
    source = SourceTable([("", FramePart(frame))], [{}])
    batches = list(source.batches(["id", "y"], 2))
    assert [batch.series("id").tolist() for batch in batches] == [[5, 6], [7]]
    assert batches[0].series("y").tolist() == [None, None]
    assert batches[1].frame(["id"], np.array([0])).index.tolist() == [2]
    assert source.places().index([0, 2]).tolist() == [10, 30]
    assert len(source.places()) == 3
