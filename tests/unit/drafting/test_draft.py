"""A drafted file is valid as it is, its table passes it, and it says what was guessed."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import homestead
from homestead.data.ingest import ingest
from homestead.data.training_needs import unmet_needs
from homestead.drafting.draft import draft
from homestead.errors import UserError
from homestead.problem.loader import load_problem
from homestead.problem.schema import Problem

ROWS = 300
CODES = ["NA", "NO", "on", "1e3", "007"]


def sales(rows: int = ROWS) -> pd.DataFrame:
    """Return a table of what tables of other people hold."""
    draw = np.random.default_rng(0)
    area = draw.integers(20, 200, rows)
    return pd.DataFrame(
        {
            "Unnamed: 0": np.arange(rows),
            "flat_id": np.arange(rows) * 3 + 1000,
            "sold at": pd.date_range("2022-01-01", periods=rows, freq="2D"),
            "Area (m²)": area,
            "zip": [f"0{1000 + i % 7}" for i in range(rows)],
            "code": [CODES[i % 5] for i in range(rows)],
            "heating": ["gas", "oil", None] * (rows // 3),
            "depth": [-999 if i % 20 == 0 else i % 13 for i in range(rows)],
            "lift": ["yes", "no"] * (rows // 2),
            "country": ["AT"] * rows,
            "price_eur": area * 3000.0,
            "agent: note": [f"note # {i}" for i in range(rows)],
            "price": (area * 3000 * np.exp(draw.normal(0, 0.3, rows))).round(),
        }
    )


def _draft(folder: Path, table: pd.DataFrame, target: str = "price") -> Problem:
    path = folder / "tables" / "my flats.csv"
    path.parent.mkdir()
    table.to_csv(path, index=False)
    return draft(str(path), target=target).write(folder / "problems" / "flats.yaml")


def _require_trainable(problem: Problem) -> pd.DataFrame:
    rows = ingest(problem)
    assert rows.quarantine.empty
    assert not list(unmet_needs(rows.valid, problem))
    return rows.valid


def test_a_drafted_file_is_valid_and_its_rows_are_good(tmp_path: Path) -> None:
    problem = _draft(tmp_path, sales())
    valid = _require_trainable(problem)
    assert len(valid) == ROWS
    assert (problem.name, problem.key, problem.timestamp) == ("my_flats", "flat_id", "sold at")
    text = (tmp_path / "problems" / "flats.yaml").read_text(encoding="utf-8")
    assert 'source: "../tables/my flats.csv"' in text
    assert "agent: note" not in problem.columns
    assert '"agent: note": not used: 300 different texts' in text
    assert '"Unnamed: 0": not used: numbers of the rows' in text
    assert "country: not used: constant: all rows have AT" in text
    assert list(valid["code"].unique()) == CODES
    assert set(valid["zip"]) == {f"0{1000 + i}" for i in range(7)}
    assert problem.columns["depth"].missing == ("-999",)
    assert problem.columns["depth"].nullable


def test_a_column_that_knows_the_target_is_named_and_left_out(tmp_path: Path) -> None:
    table = sales().assign(price_net=lambda t: t["price"] / 1.2)
    problem = _draft(tmp_path, table)
    assert "price_net" in problem.columns
    assert "price_net" not in problem.features
    text = (tmp_path / "problems" / "flats.yaml").read_text(encoding="utf-8")
    assert "LEAK? alone it explains" in text


def test_a_table_without_key_and_times_is_drafted(tmp_path: Path) -> None:
    table = sales()[["Area (m²)", "heating", "lift", "price"]]
    problem = _draft(tmp_path, table)
    _require_trainable(problem)
    assert (problem.key, problem.timestamp, problem.views) == (None, None, {})
    assert problem.features == ("Area (m²)", "heating", "lift")


@pytest.mark.parametrize("target", ["lift", "heating", "code", "depth"])
def test_each_kind_of_target_is_drafted(tmp_path: Path, target: str) -> None:
    table = sales().dropna().assign(depth=lambda t: t["depth"].clip(lower=0))
    problem = _draft(tmp_path, table, target)
    _require_trainable(problem)
    assert problem.task == ("regression" if target == "depth" else "classification")


def test_a_file_is_not_overwritten(tmp_path: Path) -> None:
    _draft(tmp_path, sales())
    drafted = draft(str(tmp_path / "tables" / "my flats.csv"), target="price")
    path = tmp_path / "problems" / "flats.yaml"
    path.write_text("mine")
    with pytest.raises(UserError, match=r"flats.yaml: the file exists; overwrite it with --force"):
        drafted.write(path)
    assert path.read_text() == "mine"
    drafted.write(path, force=True)
    assert load_problem(path).target == "price"


def test_a_column_that_is_not_there_is_named_with_its_neighbours(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"--target: found 'prise', allowed are .*price"):
        _draft(tmp_path, sales(), "prise")


def test_a_frame_is_drafted_and_written_beside(tmp_path: Path) -> None:
    frame = sales().rename(columns={"Unnamed: 0": "Unnamed"}).set_index("flat_id")
    frame["mixed"] = pd.Series([1, "two", 3.0] * (ROWS // 3), index=frame.index, dtype=object)
    frame["level"] = pd.Categorical(frame["lift"])
    frame["when"] = pd.PeriodIndex(frame["sold at"], freq="M")
    drafted = homestead.draft(frame, target="price", name="flats")
    assert drafted.problem.key == "flat_id"
    assert "source: flats.parquet" in drafted.text
    problem = drafted.write(tmp_path / "problem.yaml")
    assert Path(problem.source) == tmp_path / "problem.parquet"
    valid = _require_trainable(problem)
    assert {*valid["mixed"]} == {"1", "two", "3"}
    with pytest.raises(UserError, match="the file exists"):
        drafted.write(tmp_path / "problem.yaml")


def test_a_frame_that_is_no_table_is_refused() -> None:
    frame = pd.DataFrame([[1, 2]], columns=["a", "a"])
    with pytest.raises(UserError, match="a occur twice"):
        homestead.draft(frame, target="a")
    with pytest.raises(UserError, match="no rows"):
        homestead.draft(frame.iloc[:0, :1], target="a")


def test_how_the_file_is_written_is_recognised_and_stated(tmp_path: Path) -> None:
    path = tmp_path / "Preise.csv"
    lines = [f"{i}.{1 + i % 12:02}.2023;{i},5;{1000 + 7 * i};größe {i % 3}" for i in range(1, 29)]
    path.write_bytes("\n".join(["tag;preis;fläche;art", *lines * 3]).encode("cp1252"))
    problem = draft(str(path), target="preis").write(tmp_path / "preise.yaml")
    assert problem.format.model_dump(exclude_defaults=True) == {
        "encoding": "cp1252",
        "separator": ";",
        "decimal": ",",
    }
    assert problem.columns["tag"].time_format == "%d.%m.%Y"
    assert ingest(problem).valid["preis"].max() == 28.5
