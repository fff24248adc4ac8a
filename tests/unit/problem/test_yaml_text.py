"""YAML of a problem file that is too large, too deep or no value: one sentence, and no memory."""

import tracemalloc

import pytest

from homestead.errors import UserError
from homestead.problem.yaml_text import MAX_CHARACTERS, read_yaml

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 10)
)
LONG_TEXTS = f"a: &a {'x' * 10_000}\nb: [{', '.join(['*a'] * 1000)}]"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: " + "9" * 5000, r"p: not YAML: .*5000 digits.*line 1"),
        ("a: 2024-02-31", "day is out of range for month.*line 1"),
        ("a: " + "[" * 3000 + "]" * 3000, "found more than 50 nested levels, line 1"),
        ("a: " + "{a: " * 3000 + "}" * 3000, "found more than 50 nested levels"),
        ("a: 1\nb: &b\n - [*b]", "alias b is part of what it stands for, line 3"),
        ("a: &a {b: *a}", "alias a is part of what it stands for"),
        (BOMB, "found more than 4000000 characters once aliases are replaced, line"),
        (LONG_TEXTS, "found more than 4000000 characters once aliases are replaced, line 2"),
        ("a: " + "x" * MAX_CHARACTERS, "found 4000003 characters, allowed are 4000000"),
        ("a: *nowhere", "found undefined alias"),
        ("a: 1\na: 2", "duplicate key a, again in line 2"),
        ("- a", "found list, allowed is a mapping"),
    ],
    ids=lambda text: text[:30],
)
def test_what_is_no_document_of_ours_is_one_sentence(text: str, message: str) -> None:
    tracemalloc.start()
    with pytest.raises(UserError, match=message) as raised:
        read_yaml(text, "p")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60e6
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 600


def test_aliases_within_limits_stand_for_their_values() -> None:
    assert read_yaml("a: &a [1, {b: 2}]\nc: *a\nd: [*a, *a]", "p")["d"] == [[1, {"b": 2}]] * 2


def test_values_that_are_texts_stay_as_they_are_written() -> None:
    content = read_yaml(
        "columns: {a: {allowed: [no, NA, on, 1e3, 007, 2024-05-31, 1.0, null], range: [1, 2]}}\n"
        "positive: yes\n"
        "candidates: {c: {parameters: {class_weight: {yes: 2, 'no': 1}, fit_intercept: no}}}",
        "p",
    )
    column = content["columns"]["a"]
    assert column["allowed"] == ["no", "NA", "on", "1e3", "007", "2024-05-31", "1.0", None]
    assert column["range"] == [1, 2]
    assert content["positive"] == "yes"
    parameters = content["candidates"]["c"]["parameters"]
    assert parameters == {"class_weight": {"yes": 2, "no": 1}, "fit_intercept": False}
