"""The lag as the writing process sees it: what nobody says is shipped counts."""

from homestead.prediction_log.shipping_lag import ShippingLag
from homestead.prediction_log.shipping_status import ShippingStatus
from homestead.prediction_log.spool import SpoolPosition


def shipped(segment: str, offset_bytes: int) -> ShippingStatus:
    return ShippingStatus(shipped=SpoolPosition(segment, offset_bytes))


def test_without_a_word_of_the_shipper_everything_counts() -> None:
    lag = ShippingLag(100.0, SpoolPosition("1", 0))
    assert (lag.rows, lag.age_s(100.0)) == (0, 0.0)
    lag.sample(SpoolPosition("1", 0), 0, 110.0)
    lag.sample(SpoolPosition("1", 50), 5, 120.0)
    lag.sample(SpoolPosition("2", 20), 9, 130.0)
    lag.sample(SpoolPosition("2", 20), 9, 700.0)
    assert lag.rows == 9
    assert lag.age_s(700.0) == 590.0


def test_what_is_shipped_counts_no_more_and_the_rest_keeps_its_age() -> None:
    lag = ShippingLag(100.0, SpoolPosition("1", 0))
    lag.sample(SpoolPosition("1", 50), 5, 110.0)
    lag.sample(SpoolPosition("1", 50), 5, 500.0)
    lag.sample(SpoolPosition("1", 80), 7, 501.0)
    lag.update(shipped("1", 50))
    assert (lag.rows, lag.age_s(510.0)) == (2, 10.0)
    # A place inside a sample ships none of it as far as is known.
    lag.update(shipped("1", 60))
    assert lag.rows == 2
    lag.update(shipped("2", 0))
    assert (lag.rows, lag.age_s(510.0)) == (0, 0.0)
    # A shipper that was started again begins anew with what is shipped already.
    lag.update(shipped("0", 0))
    assert lag.rows == 0


def test_abandoned_segments_count_too() -> None:
    lag = ShippingLag(100.0, SpoolPosition("1", 0))
    lag.update(ShippingStatus(abandoned_rows=3, abandoned_since_s=40.0))
    assert (lag.rows, lag.age_s(100.0)) == (3, 60.0)


def test_a_long_outage_takes_little_memory_and_keeps_rows_and_age() -> None:
    lag = ShippingLag(0.0, SpoolPosition("1", 0))
    for number in range(1, 20_000):
        lag.sample(SpoolPosition("1", number), number, number)
    assert (lag.rows, lag.age_s(20_000.0)) == (19_999, 20_000.0)
    lag.update(shipped("1", 19_999))
    assert (lag.rows, lag.age_s(20_000.0)) == (0, 0.0)
