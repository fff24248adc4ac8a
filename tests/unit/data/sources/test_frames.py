"""DataFrames as sources: kept as Parquet files, by their content."""

from pathlib import Path

import pandas as pd
import pytest

from homestead.data.sources.frames import frame_path, keep_frame, storable_frame
from homestead.data.tables import hash_source, read_table
from homestead.errors import UserError


def test_a_frame_is_kept_once_under_the_hash_of_its_bytes(tmp_path: Path) -> None:
    frame = pd.DataFrame({"area": [80, 90], "kind": pd.Categorical(["flat", None])})
    frame.attrs["note"] = "does not count"
    path = keep_frame(frame, "flats", tmp_path)
    digest = hash_source(str(path))
    assert path == frame_path("flats", digest, tmp_path) == keep_frame(frame, "flats", tmp_path)
    table, found = read_table(str(path))
    assert found == digest
    assert table["area"].tolist() == [80, 90]
    assert table["kind"].isna().tolist() == [False, True]
    path.write_bytes(b"damaged")
    assert hash_source(str(keep_frame(frame, "flats", tmp_path))) == digest
    assert keep_frame(frame.assign(area=[80, 91]), "flats", tmp_path) != path


def test_an_index_with_a_name_becomes_a_column() -> None:
    frame = pd.DataFrame({"area": [80]}, index=pd.Index([7], name="id"))
    assert list(storable_frame(frame)) == ["id", "area"]
    assert list(storable_frame(frame.rename_axis(None))) == ["area"]


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        ([1, 2], "found list, allowed is a pandas.DataFrame"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "columns a occur twice"),
        (pd.DataFrame({"a": []}), "no rows"),
        (pd.DataFrame({"a": [1 + 2j]}), "Parquet cannot hold it"),
    ],
)
def test_a_frame_that_is_no_table_is_refused(
    frame: pd.DataFrame, message: str, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=message):
        keep_frame(frame, "flats", tmp_path)
