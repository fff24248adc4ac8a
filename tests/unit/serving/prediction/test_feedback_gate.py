"""The gate of feedback: token, and rows per second."""

import pytest

from homestead.serving.errors import RefusedError
from homestead.serving.prediction.feedback_gate import FeedbackGate
from homestead.settings import Settings
from tests.http_wire import http_request


def gate(settings: Settings, **changes: object) -> FeedbackGate:
    return FeedbackGate(settings.model_copy(update=changes), clock=lambda: CLOCK[0])


CLOCK = [0.0]
SECRET = {"feedback_token": "s3cret"}


def test_without_a_token_none_is_asked_for(settings: Settings) -> None:
    gate(settings).check_token(http_request(b"{}"))


@pytest.mark.parametrize("value", [b"Bearer s3cret", b"bearer  s3cret ", b"BEARER s3cret"])
def test_the_token_is_a_bearer_token(settings: Settings, value: bytes) -> None:
    request = http_request(b"{}", headers=[(b"Authorization", value)])
    gate(settings, **SECRET).check_token(request)


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"authorization", b"Bearer wrong")],
        [(b"authorization", b"Bearer ")],
        [(b"authorization", b"Bearer \xe9\xff")],
        [(b"authorization", b"s3cret")],
        [(b"authorization", b"Basic s3cret")],
        [(b"authorization", b"Bearer s3cret"), (b"authorization", b"Bearer s3cret")],
    ],
)
def test_another_token_is_refused(settings: Settings, headers: list[tuple[bytes, bytes]]) -> None:
    with pytest.raises(RefusedError, match="Authorization: Bearer") as error:
        gate(settings, **SECRET).check_token(http_request(b"{}", headers=headers))
    assert (error.value.status, error.value.reason) == (401, "token")
    assert error.value.headers == b'www-authenticate: Bearer realm="feedback"\r\n'


def test_rows_are_bounded_with_a_burst_and_the_wait_is_told(settings: Settings) -> None:
    CLOCK[0] = 0.0
    limited = gate(settings, feedback_rows_per_s=2000.0)
    limited.admit(10_000)
    limited.admit(10_000)
    with pytest.raises(RefusedError, match="limited to 2000 rows per second") as error:
        limited.admit(5000)
    assert (error.value.status, error.value.reason) == (429, "rate")
    assert error.value.headers == b"retry-after: 3\r\n"
    CLOCK[0] = 2.5
    limited.admit(5000)
    with pytest.raises(RefusedError):
        limited.admit(1)


def test_the_greatest_message_passes_at_a_low_rate_and_zero_is_no_limit(settings: Settings) -> None:
    gate(settings, feedback_rows_per_s=0.5).admit(10_000)
    unlimited = gate(settings, feedback_rows_per_s=0.0)
    for _ in range(1000):
        unlimited.admit(10_000)
