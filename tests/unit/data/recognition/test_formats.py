"""Format of a file by its content."""

import gzip
from typing import Any

import pytest

from homestead.data.formats.csv_text import read_csv
from homestead.data.recognition.formats import recognise_decimal, recognise_format


@pytest.mark.parametrize(
    ("content", "name", "stated"),
    [
        (b"id,x\n1,0.5\n", "t.csv", {}),
        (b"id;x\n1;0,5\n", "t.csv", {"separator": ";", "decimal": ","}),
        (
            b"id;x\n1;1.234,5\n2;7\n",
            "t.csv.gz",
            {"separator": ";", "decimal": ",", "thousands": "."},
        ),
        (b'id,x\n1,"1,234.5"\n', "t.csv", {"thousands": ","}),
        (b"id|x\n1|2\n", "t.csv", {"separator": "|"}),
        (b"id\tx\n1\t2\n", "t.tsv", {}),
        (b"id\tx\n1\t2\n", "t.txt", {"type": "csv", "separator": "\t"}),
        (b'id,"a;b;c"\n1,"x;y;z"\n', "t.csv", {}),
        (b"x\n1\n2\n", "t.csv", {}),
        ("id,x\n1,Zürich\n".encode("latin-1"), "t.csv", {"encoding": "cp1252"}),
        ("id;x\n1;1,5\n".encode("utf-16"), "t.csv", {"separator": ";", "decimal": ","}),
        ("id,x\n1,ü\n".encode("utf-16-le"), "t.csv", {"encoding": "utf-16-le"}),
        ("id,x\n1,ü".encode()[:-1], "t.csv", {}),  # cut off within a character
        (b'{"id": 1}\n{"id": 2}\n', "t.json", {"type": "json_lines"}),
        (b'{"id": 1}\n', "t.jsonl", {}),
        (b"PAR1...", "t", {"type": "parquet"}),
    ],
)
def test_only_what_differs_from_the_defaults_is_stated(
    content: bytes, name: str, stated: dict[str, Any]
) -> None:
    for each in (content, gzip.compress(content)) if stated.get("type") != "parquet" else ():
        assert recognise_format(each, name).model_dump(exclude_defaults=True) == stated
    assert recognise_format(content, name).model_dump(exclude_defaults=True) == stated


def test_a_file_is_read_by_its_recognised_format() -> None:
    content = "Größe;Ort\n1,5;Zürich\n".encode("cp1252")
    table = read_csv(content, "t.csv", recognise_format(content, "t.csv"))
    assert table.to_dict("list") == {"Größe": ["1,5"], "Ort": ["Zürich"]}


@pytest.mark.parametrize(
    ("texts", "marks"),
    [
        (["3.333"], None),
        (["3,333"], None),
        (["3,333", "1,5"], (",", None)),
        (["3.333", "1.5"], (".", None)),
        (["1,5", "1.5"], None),
        (["1 234,5"], (",", " ")),
        (["1\u202f234,5"], (",", " ")),
        (["1'234.50", "7"], None),
        (["red", "5"], None),
    ],
)
def test_a_mark_that_may_be_either_proves_nothing(texts: list[str], marks: Any) -> None:
    assert recognise_decimal(texts) == marks
