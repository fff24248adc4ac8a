"""Files of rows to predict, and what is written."""

import json
from pathlib import Path

import pandas as pd
import pytest

from homestead.api.champion import Champion
from homestead.api.table_file import read_rows, with_answers, write_rows
from homestead.errors import UserError
from homestead.model.onnx_model import Model
from homestead.problem.sections.source_format import SourceFormat
from homestead.settings import Settings
from tests.factories import certificate
from tests.small_models import release, save_version, small_onnx

ROWS = [{"area": 80.5, "rooms": 3}, {"area": 40.0, "rooms": 1}]


@pytest.fixture
def champion(settings: Settings) -> Champion:
    version = save_version(settings.home / "models", "3", 2.0)
    release(settings, version)
    return Champion(Model(small_onnx(2.0)), version, certificate(), settings)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("rows.csv", "area,rooms\n80.5,3\n40,1\n"),
        ("rows.jsonl", "\n".join(map(json.dumps, ROWS))),
        ("rows.json", json.dumps(ROWS)),
        ("columns.json", json.dumps({"area": [80.5, 40], "rooms": [3, 1]})),
    ],
)
def test_every_kind_of_file_gives_the_same_answers(
    champion: Champion, tmp_path: Path, name: str, text: str
) -> None:
    (tmp_path / name).write_text(text)
    table = read_rows(str(tmp_path / name), champion, SourceFormat())
    answers = with_answers(table, champion)
    assert answers["prediction"].tolist() == champion.predict(pd.DataFrame(ROWS)).tolist()
    assert answers.columns.tolist() == ["area", "rooms", "prediction"]


def test_numbers_are_read_as_the_problem_writes_them(champion: Champion, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("area;rooms\n80,5;3\n")
    written = SourceFormat(separator=";", decimal=",")
    table = read_rows(str(tmp_path / "rows.csv"), champion, written)
    assert table["area"].tolist() == [80.5]


def test_a_value_of_another_type_names_file_line_and_column(
    champion: Champion, tmp_path: Path
) -> None:
    (tmp_path / "rows.csv").write_text("area,rooms\n80,3\nbig,1\n")
    with pytest.raises(UserError, match=r"rows\.csv: area: 1 value, .*\(line 3: 'big'\)"):
        read_rows(str(tmp_path / "rows.csv"), champion, SourceFormat())


@pytest.mark.parametrize("text", ["[]", "7", "[1]", "{", '{"area": [1, 2], "rooms": [1]}'])
def test_a_document_without_rows_is_refused(champion: Champion, tmp_path: Path, text: str) -> None:
    (tmp_path / "rows.json").write_text(text)
    with pytest.raises(UserError, match=r"rows\.json: "):
        read_rows(str(tmp_path / "rows.json"), champion, SourceFormat())


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".jsonl"])
def test_answers_are_written_whole(tmp_path: Path, suffix: str) -> None:
    table = pd.DataFrame({"id": [1, 2], "prediction": [1.5, 2.25]})
    path = tmp_path / f"answers{suffix}"
    write_rows(table, path)
    if suffix == ".jsonl":
        read = pd.read_json(path, lines=True)
    else:
        read = pd.read_csv(path) if suffix == ".csv" else pd.read_parquet(path)
    assert read.equals(table)
    assert list(tmp_path.iterdir()) == [path]


def test_another_end_of_the_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"allowed are files ending in \.csv, \.parquet, \.jsonl"):
        write_rows(pd.DataFrame(), tmp_path / "answers.xlsx")
