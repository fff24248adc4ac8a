"""CSV as text: encodings, separators and the lines of rows."""

import codecs

import pytest

from homestead.data.formats.csv_text import read_csv
from homestead.errors import UserError

TEXT = "id,town\n1,Zürich\n2,\n"


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-32"),
        TEXT.replace("\n", "\r\n").encode(),
    ],
)
def test_a_byte_order_mark_tells_the_encoding(content: bytes) -> None:
    table = read_csv(content, "towns.csv")
    assert table.to_dict("list") == {"id": ["1", "2"], "town": ["Zürich", ""]}
    assert table.index.tolist() == [2, 3]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            TEXT.encode("latin-1"),
            "towns.csv: line 2: found byte 0xfc, which is not UTF-8 (in Windows-1252, Latin-1's"
            " superset, it would read 'Zürich'); write format: {encoding: cp1252}",
        ),
        (TEXT.encode("utf-16-le"), "which is not UTF-8"),
        ("id,town\n1,a\n".encode("utf-16-le"), "write format: {encoding: utf-16-le}"),
        (b"id;x\n1;0,5\n", "by ';', expected is a comma; write format: {separator: ';'}"),
        (b"id;a,b;x\n1;2;3\n", "by ';', expected is a comma; write format: {separator: ';'}"),
        (b"id\tx\n1\t2\n", r'by a tab, expected is a comma; write format: {separator: "\t"}'),
        (b"id,x,y\n1,0,5,2\n", "the header has 3 fields, rows have 4"),
        (b"id,x\n1,2\n3,4,5\n", "Expected 2 fields in line 3, saw 3"),
        (b'id,x\n1,"2\n', "EOF inside string"),
        (b"id,x,id\n1,2,3\n", "the header has id twice, allowed is once"),
    ],
)
def test_another_encoding_or_separator_is_named(content: bytes, message: str) -> None:
    with pytest.raises(UserError) as error:
        read_csv(content, "towns.csv")
    assert message in str(error.value)


def test_a_separator_within_a_name_or_a_value_is_none() -> None:
    assert read_csv(b'id,"a;b"\n1,x;y;z\n', "towns.csv")["a;b"].tolist() == ["x;y;z"]


def test_lines_are_those_of_the_file_with_blank_lines_and_quoted_ends_of_line() -> None:
    table = read_csv(b'\nid,x\n\n1,"a\nb"\n  \n2,c\n\n', "towns.csv")
    assert table["x"].tolist() == ["a\nb", "c"]
    assert table.index.tolist() == [4, 7]


def test_a_row_with_fewer_fields_lacks_the_last_ones() -> None:
    assert read_csv(b"id,x\n1\n2,3\n", "towns.csv")["x"].tolist() == ["", "3"]
