"""Texts and examples of keys: none lacks one, and none is of a key that does not exist."""

import json

from homestead.problem.editor.key_texts import DESCRIPTIONS, EXAMPLES
from homestead.problem.json_schema import keys, problem_schema

KEYS = {f"{place}.{name}": key for place, name, key in keys(json.loads(problem_schema()))}


def test_each_key_has_a_text_and_an_example_that_editors_show() -> None:
    assert set(EXAMPLES) == set(KEYS)
    assert set(DESCRIPTIONS) <= set(KEYS)
    for place, key in KEYS.items():
        assert key["description"], place
        name = place.partition(".")[2]
        assert f"```yaml\n{name}:" in key["markdownDescription"], place
