"""The serving contract: what follows from a problem, and what older ONNX files hold."""

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
