"""JSON lines: integers and texts are exact, and a line that is no object is named."""

import pandas as pd
import pytest
import yaml

from homestead.data.formats.json_lines import read_json_lines
from homestead.data.ingest import check_rows
from homestead.errors import UserError
from homestead.problem.loader import parse_problem
from tests.raw_flats import RAW_FLATS, raw_flats_rows

LARGE = 1582218195625938945


def read(text: str, encoding: str = "utf-8") -> pd.DataFrame:
    return read_json_lines(text.encode(encoding), "rows.jsonl", encoding)


def test_integers_and_texts_keep_every_digit_beside_a_blank() -> None:
    table = read(
        f'{{"id": {LARGE}, "code": "{LARGE}", "zip": "01234"}}\n'
        '{"id": null, "code": "", "zip": "1e3"}\n'
        f'{{"id": {LARGE + 1}, "code": "{LARGE}00", "zip": "007"}}\n'
    )
    assert table["id"].tolist() == [LARGE, None, LARGE + 1]
    assert table["code"].tolist() == [str(LARGE), "", f"{LARGE}00"]
    assert table["zip"].tolist() == ["01234", "1e3", "007"]
    assert [str(dtype) for dtype in table.dtypes] == ["object"] * 3


def test_lines_are_counted_as_in_the_file_and_blank_ones_are_skipped() -> None:
    table = read('{"a": 1}\n\n  \r\n{"a": 2}\r\n')
    assert (table.index.name, table.index.tolist()) == ("line", [1, 4])
    assert table["a"].tolist() == [1, 2]


def test_a_column_that_a_line_lacks_is_missing_in_whatever_order() -> None:
    table = read('{"a": 1}\n{"b": "x", "a": null}\n')
    assert table.to_dict("list") == {"a": [1, None], "b": [None, "x"]}


def test_lists_and_objects_are_their_text_and_truth_values_stay_what_they_are() -> None:
    table = read('{"a": [1, 2], "b": {"c": "ü"}, "d": true}\n{"d": false}\n')
    assert table["a"].tolist() == ["[1, 2]", None]
    assert table["b"].tolist() == ['{"c": "\\u00fc"}', None]
    assert table["d"].tolist() == [True, False]


def test_a_separator_of_lines_within_a_text_is_part_of_it() -> None:
    assert read('{"a": "x\u2028y\u0085z"}\n')["a"].tolist() == ["x\u2028y\u0085z"]


def test_a_byte_order_mark_is_no_part_of_the_first_object() -> None:
    table = read('{"a": "ü"}\n', "utf-8-sig")
    assert table.to_dict("list") == {"a": ["ü"]}


def test_another_encoding_is_read_as_declared() -> None:
    assert read('{"a": "ü"}\n', "cp1252")["a"].tolist() == ["ü"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1}\n{"a": \n', "rows.jsonl: line 2: not JSON: "),
        ("[1, 2]\n", "rows.jsonl: line 1: found a list, allowed is an object a line"),
        ('\n"a"\n', "rows.jsonl: line 2: found a str, allowed is an object a line"),
        ("[" * 100_000, "rows.jsonl: line 1: not JSON: "),
    ],
)
def test_a_line_that_is_no_object_is_named(text: str, message: str) -> None:
    with pytest.raises(UserError) as error:
        read(text)
    assert str(error.value).startswith(message)
    assert "jq -c '.[]'" in str(error.value)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (f'"{LARGE}"', LARGE),
        (str(LARGE), LARGE),
        (f'" {LARGE} "', LARGE),
        (f'"{LARGE}.0"', LARGE),
        # A fraction in JSON is a float, which stands for several integers of this size.
        (f"{LARGE}.0", None),
        ("1.582218195625938945e18", None),
        ("9223372036854775808", None),
    ],
)
def test_a_key_of_19_digits_is_exact_or_a_bad_row(written: str, expected: int | None) -> None:
    rows = raw_flats_rows().astype({"listed": str, "rent": float})
    lines = rows.drop(columns=["floor", "pets"]).to_json(orient="records", lines=True).splitlines()
    lines[1] = lines[1].replace('"id":1', f'"id":{written}').replace('"baths":null', '"baths":""')
    content = yaml.safe_load(RAW_FLATS)
    del content["columns"]["floor"], content["columns"]["pets"]
    problem = parse_problem(yaml.safe_dump(content, sort_keys=False))
    checked = check_rows(read("\n".join(lines)), problem)
    keys = checked.valid["id"].tolist()
    assert [key for key in keys if key > 9] == ([] if expected is None else [expected])
    assert [(bad.row, bad.column) for bad in checked.bad_values] == (
        [(1, "id")] if expected is None else []
    )
