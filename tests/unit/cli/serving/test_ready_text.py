"""What the server says when it answers."""

import json
import shlex
from pathlib import Path

import pytest

from homestead.cli.serving.ready_text import ServerPlace, curl_lines, ready_lines


def test_the_request_can_be_pasted_into_a_shell() -> None:
    place = ServerPlace("127.0.0.1", 9100, 9101)
    row = {"id": 7, "street": 'Queen\'s "Lane" $1', "size": 1.5}
    words = shlex.split(" ".join(line.removesuffix("\\") for line in curl_lines(place, row)))
    assert words[:3] == ["curl", "-s", "http://127.0.0.1:9100/predict"]
    assert json.loads(words[-1]) == row


def test_a_long_request_goes_on_in_a_second_line() -> None:
    lines = curl_lines(ServerPlace("::1", 9000, 9001), {f"column_{n}": n for n in range(30)})
    assert [line.endswith("\\") for line in lines] == [True, False]
    assert "http://[::1]:9000/predict" in lines[0]


@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.1"])  # noqa: S104
def test_the_pages_are_named_as_this_machine_reaches_them(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.delenv("PREDICTIVE_UNIT_HTTP_SERVICE_PORT", raising=False)
    text = "\n".join(ready_lines("homes", ServerPlace(host, 9100, 9101), {"id": 7}))
    assert text.startswith("homes: Ready, at http://127.0.0.1:9100\n")
    for page in (
        "http://127.0.0.1:9100/docs ",
        "http://127.0.0.1:9101/prometheus ",
        "homestead ui",
    ):
        assert f"  {page}" in text


def test_a_unix_socket_has_a_request_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREDICTIVE_UNIT_HTTP_SERVICE_PORT", raising=False)
    place = ServerPlace("127.0.0.1", 9000, 9001, Path("/run/a b.sock"))
    text = "\n".join(ready_lines("homes", place, {"id": 7}))
    assert "curl -s --unix-socket '/run/a b.sock' http://localhost/predict" in text
    assert "/docs" not in text


def test_in_a_pod_it_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREDICTIVE_UNIT_HTTP_SERVICE_PORT", "9000")
    assert list(ready_lines("homes", ServerPlace("", 9000, 6000), {})) == ["homes: Ready"]
