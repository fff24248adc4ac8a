"""How columns write their times."""

import pytest

from homestead.data.recognition.times import RecognisedTimes, recognise_epoch, recognise_times


@pytest.mark.parametrize(
    ("texts", "time_format"),
    [
        (["31/12/2014", "10/03/2011"], "%d/%m/%Y"),
        (["10/03/2011", "31/12/2014"], "%d/%m/%Y"),
        (["12/31/2014", "10/03/2011"], "%m/%d/%Y"),
        (["1.2.2020 10:00", "13.2.2020 9:30"], "%d.%m.%Y %H:%M"),
        (["5/14/24 10:15"], "%m/%d/%y %H:%M"),
        (["2013/1/5"], "%Y/%m/%d"),
        (["20240131"], "%Y%m%d"),
        (["05-Mar-2020"], "%d-%b-%Y"),
        (["Jan 5, 2020"], "%b %d, %Y"),
        (["03/31/2024 01:15:00 PM"], "%m/%d/%Y %I:%M:%S %p"),
        (["2024-01-31", "2024-02-01 10:00"], None),
    ],
)
def test_the_order_of_day_and_month_is_that_which_all_values_have(
    texts: list[str], time_format: str | None
) -> None:
    assert recognise_times(texts) == RecognisedTimes(time_format)


def test_a_column_in_which_every_day_may_be_a_month_asks() -> None:
    times = recognise_times(["10/03/2011", "11/04/2011"])
    assert times == RecognisedTimes(None, ambiguous=("%d/%m/%Y", "%m/%d/%Y"))


def test_a_row_of_the_other_order_is_named() -> None:
    times = recognise_times(["12/31/2014", *["31/12/2014"] * 20])
    assert times == RecognisedTimes("%d/%m/%Y", contradicting=("12/31/2014",))


def test_texts_that_are_no_times_change_nothing_in_another_column() -> None:
    assert recognise_times(["41_10_1", "42_10_2"]) is None
    assert recognise_times(["12", "13"]) is None
    assert recognise_times([]) is None


@pytest.mark.parametrize(
    ("numbers", "unit"),
    [
        ([1717113600, 1317113600], "epoch_s"),
        ([1717113600000], "epoch_ms"),
        ([1717113600000000], "epoch_us"),
        ([1717113600000, 1717113600000000], None),
        ([98001, 98002], None),
        ([], None),
    ],
)
def test_an_epoch_has_one_unit(numbers: list[float], unit: str | None) -> None:
    assert recognise_epoch(numbers) == unit
