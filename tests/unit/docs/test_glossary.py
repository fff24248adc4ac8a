"""Every term of the glossary says what it means and where it lives."""

import re

import pytest

from tests.unit.docs.pages import ROOT

GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("| ").split(" | ")]
    for line in GLOSSARY.splitlines()
    if line.startswith("| ") and not line.startswith("| term ")
]


def test_each_term_is_defined_once() -> None:
    terms = [row[0] for row in ROWS]
    assert len(terms) > 50
    assert len(set(terms)) == len(terms)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_term_names_a_module_or_page_that_exists(row: list[str]) -> None:
    _, meaning, where = row
    assert meaning.endswith(".")
    paths = re.findall(r"`([^`]+)`", where)
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []
