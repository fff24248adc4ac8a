"""What stands for a missing value in a column."""

import pytest

from homestead.data.recognition.missing import recognise_missing


@pytest.mark.parametrize(
    ("texts", "markers"),
    [
        (["1", "2", "?"], ("?",)),
        (["a", "b", "?"], ("?",)),
        (["3", "4", "unknown"], ("unknown",)),
        (["1", "NA", "2"], ()),  # is missing among numbers without a declaration
        (["1", "5", "-999", "-999.0"], ()),
        (["1", "5", "-999", "-999"], ("-999",)),
        (["1", "5", "9999", "9999", "?"], ("9999", "?")),
        (["-500", "-600", "-999", "-999"], ()),
        (["0", "1", "-1", "-1"], ()),
        # Countries, answers and codes are values.
        (["NA", "NO", "on", "none", "null"], ()),
        (["1", "2", "x", "unknown"], ()),
        ([], ()),
    ],
)
def test_only_what_is_no_value_is_recognised(texts: list[str], markers: tuple[str, ...]) -> None:
    assert recognise_missing(texts) == markers
