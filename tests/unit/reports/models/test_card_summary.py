"""Beginning of a model card: in words, with the figures of the certificate."""

from homestead.reports.models.card_summary import (
    limit_sentences,
    purpose_sentence,
    quality_sentences,
)
from tests.factories import certificate, flats_problem, scored_model, slice_result

PROBLEM = flats_problem()


def test_it_says_what_is_predicted() -> None:
    text = purpose_sentence(PROBLEM)
    assert PROBLEM.target in text
    assert f"from {len(PROBLEM.features)} inputs" in text


def test_it_says_how_good_the_model_is_and_compared_with_what() -> None:
    text = " ".join(quality_sentences(certificate(), PROBLEM))
    assert "On 2,877 rows that it had not seen its mean absolute error is 42.5" in text
    assert "(between 40.5 and 44.5) (lower is better)" in text
    assert "the champion before it" in text
    assert "the median" in text
    assert "is more than chance" in text


def test_a_first_model_is_compared_with_the_baseline_alone() -> None:
    first = certificate(champion=None, comparison=None)
    text = " ".join(quality_sentences(first, PROBLEM))
    assert "champion" not in text
    assert "the median" in text


def test_a_metric_without_a_value_is_said() -> None:
    undefined = certificate(winner=scored_model("a1" * 32, None))
    assert "has no value" in " ".join(quality_sentences(undefined, PROBLEM))


def test_the_weakest_group_and_those_of_too_few_rows_are_named() -> None:
    slices = (
        slice_result(value="north", winner=40.0, rows=900),
        slice_result(value="south", winner=60.0, rows=400),
        slice_result(value="tiny", winner=99.0, rows=4),
    )
    text = " ".join(limit_sentences(certificate(slices=slices), PROBLEM))
    assert "It is weakest where district = south: 60" in text
    assert "on 400 rows" in text
    assert "Too few rows say how good it is where district = tiny." in text
    assert "groups of them were not looked at" in " ".join(
        limit_sentences(certificate(slices=()), PROBLEM)
    )
