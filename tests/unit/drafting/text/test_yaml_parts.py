"""Whatever is written is read again as the same value, by YAML's old and new rules."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from homestead.drafting.text.yaml_parts import comment, flow, scalar, wrapped_list

CODES = ("NA", "NO", "on", "1e3", "007", "1_0", "0x1f", "12:30:45", "~", "", " x ", "null", "a: b")


@pytest.mark.parametrize(
    "text", [*CODES, "a #b", "- a", "[a]", "{a}", "x\ny", "é\u2028", "2024-01-01", "y", "#"]
)
def test_a_text_stays_that_text(text: str) -> None:
    assert yaml.safe_load(f"key: {scalar(text)}") == {"key": text}
    assert yaml.safe_load(f"{scalar(text)}: 1") == {text: 1}
    assert yaml.safe_load(flow({"allowed": [text]})) == {"allowed": [text]}


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
def test_any_text_stays_that_text(text: str) -> None:
    assert yaml.safe_load(f"key: {scalar(text)}") == {"key": text}
    assert all(line.startswith("# ") for line in comment(text))
    assert yaml.safe_load("\n".join([*comment(text), "a: 1"])) == {"a": 1}


@pytest.mark.parametrize("value", [1.0, 0.1, 1e-7, 1e22, -5, 10**17, True, None, 2.5])
def test_a_number_stays_that_number_of_that_type(value: object) -> None:
    read = yaml.safe_load(f"key: {scalar(value)}")["key"]
    assert read == value
    assert type(read) is type(value)


def test_a_long_list_is_broken_between_values() -> None:
    values = [f"column number {i}" for i in range(20)]
    lines = wrapped_list("features", values)
    assert len(lines) > 1
    assert max(map(len, lines)) <= 100
    assert yaml.safe_load("\n".join(lines)) == {"features": values}
    assert wrapped_list("features", []) == ["features: []"]
