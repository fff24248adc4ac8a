"""Reading tables: formats, hashes, and files that are refused."""

import hashlib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from homestead.data.tables import read_table, write_parquet
from homestead.errors import UserError

TABLE = pd.DataFrame({"id": [1, 2], "area": [40.5, None], "name": ["a", "ü"]})
AS_READ = TABLE.astype({"id": "Int64"}).set_index(pd.RangeIndex(1, 3, name="row"))


def test_a_parquet_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "flats.parquet"
    write_parquet(TABLE, path)
    table, digest = read_table(str(path))
    pd.testing.assert_frame_equal(table, AS_READ)
    assert digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert [p.name for p in path.parent.iterdir()] == ["flats.parquet"]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "flats.parquet"
    write_parquet(TABLE, path)
    values_without_a_type: list[Any] = [object(), object()]
    with pytest.raises(ValueError, match="name"):
        write_parquet(TABLE.assign(name=values_without_a_type), path)
    pd.testing.assert_frame_equal(read_table(str(path))[0], AS_READ)
    assert [p.name for p in tmp_path.iterdir()] == ["flats.parquet"]


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_a_csv_file_is_read_by_path_and_uri(tmp_path: Path, scheme: str) -> None:
    path = tmp_path / "flats #1.CSV"
    TABLE.to_csv(path, index=False)
    texts = read_table(f"{scheme}{path}")[0]
    assert texts.to_dict("list") == {"id": ["1", "2"], "area": ["40.5", ""], "name": ["a", "ü"]}
    assert texts.index.tolist() == [2, 3]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.csv", None, "no such file"),
        ("empty.csv", b"", "the file is empty"),
        ("head.csv", b"id,area\n", "the table has no rows"),
        ("ragged.csv", b"a,b\n1,2\n1,2,3\n", "not a csv table"),
        ("latin.csv", b"a,b\ncaf\xe9,1\n", "line 2: found byte 0xe9, which is not UTF-8"),
        ("text.parquet", b"id,area\n1,2\n", "not a parquet table"),
        ("flats.xlsx", b"PK", "found a .xlsx file, allowed are .parquet, .csv, .tsv"),
        ("flats", b"PK", "found a file without an extension, allowed are .parquet, .csv, .tsv"),
    ],
)
def test_a_file_that_is_not_a_table_is_refused_by_name(
    tmp_path: Path, name: str, content: bytes | None, message: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError) as error:
        read_table(str(path))
    assert str(error.value).startswith(f"{path}: ")
    assert message in str(error.value)


def test_a_folder_without_tables_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"the folder holds no table; allowed are \.parquet"):
        read_table(str(tmp_path))


def test_an_unknown_scheme_is_refused() -> None:
    with pytest.raises(
        UserError,
        match="found ftp://, allowed are a path, s3://, gs://, dvc://, https://",
    ):
        read_table("ftp://host/flats.csv")


def test_an_unreachable_object_store_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(UserError, match=r"s3://bucket/flats\.csv: cannot be read"):
        read_table("s3://bucket/flats.csv")


def test_integers_of_a_parquet_file_are_exact_and_its_index_is_a_column(tmp_path: Path) -> None:
    path = tmp_path / "flats.parquet"
    columns = {
        "id": pa.array([2**53 + 1, None], pa.uint64()),
        "code": pa.array([Decimal(2**60 + 1), None], pa.decimal128(38, 0)),
        "day": pa.array([date(9999, 12, 31), None]),
        "tags": pa.array([["a"], None]),
    }
    pa_table = pa.table(columns)
    frame = pa_table.to_pandas().set_index("id")
    pq.write_table(pa_table.replace_schema_metadata(pa.Schema.from_pandas(frame).metadata), path)
    table = read_table(str(path))[0]
    assert table["id"].tolist() == [2**53 + 1, pd.NA]
    assert table["code"].tolist() == [2**60 + 1, None]
    assert table["tags"].tolist() == ["['a']", None]
    assert str(table["day"][1]) == "9999-12-31 00:00:00"
    assert table.index.tolist() == [1, 2]


@pytest.mark.parametrize("milliseconds", [-(2**62), 2**62, 1714521600000])
def test_times_of_any_year_are_read_in_utc(tmp_path: Path, milliseconds: int) -> None:
    path = tmp_path / "flats.parquet"
    times = pa.array([milliseconds], pa.timestamp("ms", "Asia/Tokyo"))
    pq.write_table(pa.table({"day": times}), path)
    day = read_table(str(path))[0]["day"]
    assert day.astype("int64").tolist() == [milliseconds]
    assert day.astype(str).item()
