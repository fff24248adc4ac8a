"""Names of a problem's objects: valid for Kubernetes whatever the problem's name, and distinct."""

import re

import pytest

from homestead.names import derived_name, object_name, release_config_map, release_writer

LABEL = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
NAMES = (
    *("a", "a_", "a__", "a_b", "house_price", "z9"),
    *("x" * length for length in (39, 40, 41, 47, 48, 49, 62, 63, 253)),
    *("y" * length + "_" * (63 - length) for length in (1, 38, 39, 40, 47, 62)),
    "long_" * 12 + "one",
    "long_" * 12 + "two",
)


@pytest.mark.parametrize("name", NAMES)
def test_derived_names_are_valid_and_keep_their_prefix(name: str) -> None:
    for prefix, limit in (("", 48), ("materialize-", 52), ("release-", 63), ("problem-", 63)):
        derived = derived_name(prefix, name, limit)
        assert derived.startswith(prefix)
        assert len(derived) <= limit
        assert LABEL.fullmatch(derived)
    for derived in (object_name(name), release_config_map(name), release_writer(name)):
        assert len(derived) <= 63
        assert LABEL.fullmatch(derived)


def test_names_that_differ_after_the_cut_stay_apart() -> None:
    for prefix, limit in (("", 48), ("materialize-", 52), ("release-", 63)):
        assert len({derived_name(prefix, name, limit) for name in NAMES}) == len(NAMES)


def test_a_short_name_only_changes_its_underscores() -> None:
    assert object_name("house_price") == "house-price"
    assert derived_name("train-", "house_price", 52) == "train-house-price"
    assert release_writer("house_price") == "release-house-price-writer"


def test_an_object_name_has_itself_as_object_name() -> None:
    for name in NAMES:
        assert object_name(object_name(name)) == object_name(name)
        assert release_config_map(object_name(name)) == release_config_map(name)
