"""Every term of the glossary says what it means and where it lives."""

import re

import pytest

from tests.unit.docs.pages import ROOT

GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
ENTRIES = re.findall(r"^### (.+)\n\n((?:.+\n)+?)Where: (.+)\.$", GLOSSARY, re.MULTILINE)
TERMS = re.findall(r"^### (.+)$", GLOSSARY, re.MULTILINE)
# Words of the trade that a reader of the README may not know, and how the text may say them.
WORDS = {
    "champion": r"champion",
    "challenger": r"challenger",
    "drift": r"[Dd]rift",
    "gate": r"gate",
    "holdout": r"holdout",
    "problem file": r"problem file",
    "promotion certificate": r"certificate",
    "point-in-time join": r"point-in-time|point in time",
    "prediction log": r"prediction log",
    "slice": r"slices?",
}


def test_each_term_is_defined_once() -> None:
    assert len(TERMS) > 50
    assert len(set(TERMS)) == len(TERMS)
    assert [entry[0] for entry in ENTRIES] == TERMS


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry[0])
def test_term_names_a_module_or_page_that_exists(entry: tuple[str, str, str]) -> None:
    _, meaning, where = entry
    assert meaning.strip().endswith(".")
    paths = re.findall(r"`([^`]+)`", where)
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("term", WORDS)
def test_readme_links_a_word_of_the_trade_at_its_first_use(term: str) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    text = re.sub(r"^```.*?^```$|`[^`]*`", "", text, flags=re.MULTILINE | re.DOTALL)
    first = re.search(rf"\b{WORDS[term]}\b", text)
    assert first is not None
    link = re.match(r"[^\[\]]*\]\(docs/glossary\.md#([\w-]+)\)", text[first.end() :])
    assert link is not None, f"the first {first[0]!r} has no link to the glossary"
    assert link[1] == term.replace(" ", "-")
