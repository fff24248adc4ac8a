"""Scoring processes: the same results as one, and how their failures reach the user."""

import io
from pathlib import Path

import pandas as pd
import pytest

from homestead.errors import UserError
from homestead.scoring.processes.workers import read_frame, write_frame
from homestead.settings import Settings
from tests.scored import score_small, small_rows


def test_frames_are_read_as_they_were_written() -> None:
    stream = io.BytesIO()
    write_frame(stream, b"", b"a\nb", b"\0" * 70_000)
    stream.seek(0)
    assert [read_frame(stream) for _ in range(4)] == [b"", b"a\nb", b"\0" * 70_000, None]
    # What a process that was killed has written of one.
    assert read_frame(io.BytesIO(stream.getvalue()[:10])) == b""
    assert read_frame(io.BytesIO(stream.getvalue()[8:18])) is None


def test_processes_give_what_one_gives_and_say_what_is_wrong(
    settings: Settings, tmp_path: Path
) -> None:
    source = tmp_path / "rows.parquet"
    small_rows(200).to_parquet(source, index=False)
    results = []
    for workers in (1, 2):
        target = tmp_path / f"{workers}.parquet"
        score_small(settings, source, target, part_rows=30, workers=workers)
        results.append(target.read_bytes())
    assert results[0] == results[1]
    rows = pd.concat([small_rows(60), small_rows(60)["id"].rename("again")], axis=1)
    rows.to_parquet(source, index=False)
    with pytest.raises(UserError, match="source has no such column; it has"):
        score_small(settings, source, tmp_path / "a.parquet", keep=("colour",), workers=2)
