"""Results as one file, of each type, here and in an object store."""

import json
from pathlib import Path

import fsspec
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from homestead.errors import UserError
from homestead.scoring.parts.target import Target
from homestead.settings import Settings
from tests.scored import score_small, small_rows

_TABLES = [
    pa.table({"row": [1, 2], "value": [1 / 3, None], "note": pa.array(["é", None])}),
    pa.table({"row": [3], "value": [2.5e-300], "note": pa.array(['a,"b"'])}),
]


def _written(folder: Path, name: str) -> Path:
    target = Target(str(folder / name))
    store = target.parts("0" * 16)
    for number, table in enumerate(_TABLES):
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink)
        store.write(f"{number}", sink.getvalue().to_pybytes())
    path = folder / name
    path.write_text("an earlier result")
    target.write(store, ["0", "1"], _TABLES[0].schema)
    return path


def test_each_type_gives_the_same_doubles(tmp_path: Path) -> None:
    expected = pa.concat_tables(_TABLES).to_pylist()
    assert pq.read_table(_written(tmp_path, "a.parquet")).to_pylist() == expected
    lines = _written(tmp_path, "a.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == expected
    table = pd.read_csv(_written(tmp_path, "a.csv"), float_precision="round_trip")
    assert table.astype(object).where(table.notna(), None).to_dict("records") == expected


def test_an_object_store_gets_the_same_bytes(settings: Settings, tmp_path: Path) -> None:
    source = tmp_path / "rows.parquet"
    small_rows(50).to_parquet(source, index=False)
    here = tmp_path / "scores.parquet"
    score_small(settings, source, here, part_rows=20, workers=1)
    memory = fsspec.filesystem("memory")
    memory.pipe_file("/lake/rows.parquet", source.read_bytes())
    place = "memory://lake/scores.parquet"
    score_small(settings, source, place, part_rows=20, workers=1)
    assert memory.cat_file("/lake/scores.parquet") == here.read_bytes()
    assert [path for path in memory.find("/lake") if "parts-" in path] == []


def test_another_type_of_file_is_refused() -> None:
    with pytest.raises(UserError, match=r"^scores\.xlsx: allowed are files ending in \.parquet"):
        Target("scores.xlsx")
    assert Target("scores.PARQUET").is_file
    assert not Target("s3://bucket/scores").is_file
    assert not Target("scores.parquet/").is_file


def test_s3a_is_s3_and_what_cannot_be_written_is_refused() -> None:
    for scheme in ("s3", "s3a", "S3A", "s3n"):
        assert Target(f"{scheme}://lake/scores.parquet").uri == "s3://lake/scores.parquet"
    allowed = "allowed are files and folders of this machine, s3:// "
    for target in (
        "https://host/scores.parquet",
        "postgresql://host/db?query=SELECT 1",
        "spark://catalog.scores",
        "dvc://data/scores.csv",
        "ftps3://x/scores.csv",
    ):
        with pytest.raises(UserError, match=f"found [a-z0-9]+://, {allowed}"):
            Target(target)
