"""Bad rows on disk: those that do not fit in memory are read again, and are the same."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from homestead.data.checking import check_source, store
from homestead.data.ingest import ingest
from homestead.problem.loader import parse_problem
from tests.raw_flats import RAW_FLATS, raw_flats_rows


@pytest.fixture
def source(tmp_path: Path) -> Path:
    rows = pd.concat([raw_flats_rows()] * 40, ignore_index=True)
    rows = rows.assign(id=np.arange(200)).astype({"rooms": object})
    rows.loc[::3, "rooms"] = "?"
    rows.loc[::5, "district"] = "west"
    rows.loc[77, :] = rows.loc[76, :]
    rows.to_csv(tmp_path / "flats.csv", index=False)
    return tmp_path / "flats.csv"


@pytest.mark.parametrize("kept", [0, 10, 50_000])
def test_the_quarantine_is_the_same_if_rows_are_read_again(
    source: Path, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = parse_problem(
        RAW_FLATS.replace("flats.csv", str(source)).replace("share: 0.4", "share: 1")
    )
    expected = ingest(problem)
    monkeypatch.setattr(store, "_KEPT_ROWS", kept)
    monkeypatch.setattr(check_source, "_QUARANTINE_ROWS", 7)
    found = ingest(problem)
    assert len(found.quarantine) == len(expected.quarantine) > 50
    assert found.quarantine.to_csv() == expected.quarantine.to_csv()
    assert found.bad_values == expected.bad_values
    assert found.quarantine.index[0] == 2
    lines = source.read_text().splitlines()
    for place, rooms in found.quarantine["rooms"].items():
        assert lines[int(str(place)) - 1].split(",")[3] == rooms
