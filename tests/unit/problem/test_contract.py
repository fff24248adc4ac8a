"""The serving contract: what follows from a problem, and what older ONNX files hold."""

import pytest
import yaml

from homestead.problem.contract import Contract
from homestead.problem.loader import parse_problem
from tests.problem_text import FLATS, changed_flats

# As written into ONNX files; its keys are a file format.
STORED = (
    '{"problem":"flats","task":"regression","key":"id","timestamp":"listed","target":"rent",'
    '"classes":[],"columns":{"id":{"type":"integer","description":"","unit":"","range":null,'
    '"allowed":null,"nullable":false,"sensitive":null}},"derived":{"block":"floor(id / 10)"},'
    '"views":[{"name":"market","entity":"block","features":["typical"],"ttl_days":365.0,'
    '"missing":"null","stale":"mark","on_store_failure":"null"}],"features":["id","typical"]}'
)


def test_the_contract_knows_the_inputs_and_not_the_target() -> None:
    problem = parse_problem(FLATS)
    contract = Contract.from_problem(problem)
    assert contract.features == problem.features
    assert "rent" not in contract.columns
    assert contract.classes == ()
    assert contract.views[0].features == ("area", "lift")


def test_a_stored_contract_is_read_and_written_again_unchanged() -> None:
    assert Contract.model_validate_json(STORED).model_dump_json() == STORED


def test_views_of_earlier_versions_fail_as_they_treat_missing_values() -> None:
    for missing in ("null", "refuse"):
        text = STORED.replace(',"on_store_failure":"null"', "").replace('"null"', f'"{missing}"')
        (view,) = Contract.model_validate_json(text).views
        assert view.on_store_failure == view.missing == missing


def test_a_derived_value_is_as_sensitive_as_its_most_sensitive_input() -> None:
    text = changed_flats(
        columns__area__sensitive="hash",
        columns__district__sensitive="drop",
        derived__mixed="area + district",
    )
    assert Contract.from_problem(parse_problem(text)).sensitivity == {
        "area": "hash",
        "district": "drop",
        "block": "hash",
        "premium": "hash",
        "mixed": "drop",
    }


def test_past_values_are_as_sensitive_as_what_they_are_computed_from() -> None:
    text = changed_flats(
        columns__area__sensitive="hash",
        columns__district__sensitive="drop",
        views__past={
            "entity": "id",
            "history": {
                "last_block": "lag(block, 1)",
                "north": "sum(district == 'north' and lift, 9 days)",
                "lifts": "sum(lift, 9 days)",
            },
        },
        derived__growth="block / last_block",
        derived__rate="lifts / 9",
    )
    contract = Contract.from_problem(parse_problem(text))
    sensitivity = contract.sensitivity
    assert {name: sensitivity[name] for name in ("last_block", "growth", "north")} == {
        "last_block": "hash",
        "growth": "hash",
        "north": "drop",
    }
    assert not {"lifts", "rate"} & sensitivity.keys()
    assert Contract.model_validate_json(contract.model_dump_json()) == contract


def keyed(key: str, **columns: str) -> Contract:
    """Return the contract of flats with a key, of columns in YAML's flow form."""
    content = yaml.safe_load(FLATS) | {"key": yaml.safe_load(key), "views": {}, "derived": {}}
    content["columns"] |= {name: yaml.safe_load(text) for name, text in columns.items()}
    content |= {"features": ["area"], "slices": []}
    return Contract.from_problem(parse_problem(yaml.safe_dump(content)))


@pytest.mark.parametrize(
    "written",
    [
        "2024-06-30T22:00:00Z",
        "2024-07-01T00:00:00+02:00",
        "2024-07-01",
        "01.07.2024",
        "2024-7-1 00:00",
    ],
)
def test_a_time_of_a_key_has_one_text_however_a_request_writes_it(written: str) -> None:
    contract = keyed(
        "[carrier, listed]",
        carrier="{type: text}",
        listed="{type: timestamp, time_format: '%d.%m.%Y', time_zone: Europe/Berlin}",
    )
    assert contract.row_key({"carrier": "UA", "listed": written}) == (
        '["UA","2024-06-30T22:00:00+00:00"]'
    )


def test_an_epoch_is_the_time_that_it_stands_for() -> None:
    contract = keyed(
        "[carrier, listed]",
        carrier="{type: text}",
        listed="{type: timestamp, time_format: epoch_ms}",
    )
    expected = '["UA","2024-06-30T22:00:00.500000+00:00"]'
    for written in (1719784800500, 1719784800500.0, "2024-06-30T22:00:00.5Z"):
        assert contract.row_key({"carrier": "UA", "listed": written}) == expected
    # What is no time is refused elsewhere; it is a key of its own until then.
    assert contract.row_key({"carrier": "UA", "listed": "soon"}) == '["UA","soon"]'


def test_keys_are_trimmed_in_requests_as_in_the_table() -> None:
    trimmed = keyed("[carrier, id]", carrier="{type: text, trim: true}")
    assert trimmed.row_key({"carrier": " UA ", "id": 7}) == '["UA","7"]'
    alone = keyed("carrier", carrier="{type: text, trim: true}")
    assert alone.row_key({"carrier": " UA "}) == "UA"
    as_written = keyed("carrier", carrier="{type: text}")
    assert as_written.row_key({"carrier": " UA "}) == " UA "


def test_keys_whose_joined_texts_coincide_stay_apart() -> None:
    contract = keyed("[carrier, code]", carrier="{type: text}", code="{type: text}")
    pairs = [("a-b", "c"), ("a", "b-c"), ('a","b', "c"), ("a", 'b","c'), ("a,b", "c"), ("a", "b,c")]
    keys = [contract.row_key({"carrier": carrier, "code": code}) for carrier, code in pairs]
    assert len({*keys}) == len(pairs)


def test_a_boolean_of_a_key_may_be_a_word() -> None:
    contract = keyed("[id, lift]", lift="{type: boolean}")
    keys = {contract.row_key({"id": 7, "lift": lift}) for lift in (True, 1, "yes", "TRUE", "1")}
    assert keys == {'["7","1"]'}
