"""History: which version answered when."""

from dataclasses import replace

from homestead.steps.releases.history import ReleaseEvent, answering, history_lines

FIRST = ReleaseEvent(
    release="flats-1",
    revision=0,
    at=100.0,
    state="promoting",
    step=0,
    traffic_share=1.0,
    champion=None,
    challenger="1",
    reason="the problem's first model",
    who=None,
    numbers={},
)
CANARY = replace(
    FIRST,
    release="flats-2",
    at=200.0,
    state="running",
    traffic_share=0.25,
    champion="1",
    challenger="2",
    reason="canary in place of version 1",
)
BACK = replace(CANARY, at=300.0, state="rolling_back", traffic_share=0.0, who="ada", reason="slow")
WAITS = replace(CANARY, release="flats-3", at=250.0, state="waiting", challenger="3")


def test_the_answering_versions_are_known_at_any_time() -> None:
    events = [FIRST, CANARY, WAITS, BACK]
    assert answering(events, 99.0) == {}
    assert answering(events, 150.0) == {"1": 1.0}
    assert answering(events, 260.0) == {"1": 0.75, "2": 0.25}
    assert answering(events, 301.0) == {"1": 1.0}


def test_each_line_says_when_who_answers_and_why() -> None:
    (line,) = history_lines([BACK])
    assert line.startswith("1970-01-01 00:05:00  flats-2  rolling back")
    assert "v1 100%" in line
    assert line.endswith("slow [ada]")
