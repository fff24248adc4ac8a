"""The troubleshooting page quotes texts that the code still has, and names each kind of mistake."""

import ast
import re
from functools import cache

import pytest

from tests.unit.docs.pages import ROOT

PAGE = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
QUOTED = re.findall(r"^### `(.+)`$", PAGE, re.MULTILINE)


@cache
def _texts() -> str:
    """Return every text of the code; adjacent literals are one, an f-string's values are gaps."""
    texts = []
    for path in sorted((ROOT / "homestead").rglob("*.py")):
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        texts += [
            node.value
            for node in nodes
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
    return "\n".join(texts)


@pytest.mark.parametrize("text", QUOTED)
def test_each_quoted_text_is_in_the_code(text: str) -> None:
    parts = [part.strip() for part in text.split("…")]
    assert max(map(len, parts)) > 8
    assert [part for part in parts if part not in _texts()] == []


def test_each_quoted_text_has_a_cause_and_a_remedy() -> None:
    sections = re.split(r"^### .+$", PAGE, flags=re.MULTILINE)[1:]
    assert len(sections) == len(QUOTED) > 40
    assert [text for text, body in zip(QUOTED, sections, strict=True) if len(body) < 60] == []
