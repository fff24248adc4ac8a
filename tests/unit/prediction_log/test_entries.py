"""Lines of the log keep the JSON keys of earlier versions, whose spools may still be on disk."""

import msgspec

from homestead.prediction_log.entries import FailureEntry, FeedbackEntry, LogLine, PredictionEntry

PREDICTION = (
    b'{"kind":"prediction","id":"a","problem":"homes","version":"3","digest":"d","at":5.0,'
    b'"names":["area"],"features":[[1.0]],"predictions":[2.0],"request_id":null,"entities":["7"],'
    b'"labels":null,"shadow_of":null}'
)
# What a line does not say is left out of it.
SHORT = PREDICTION.replace(b'"request_id":null,', b"").replace(
    b',"labels":null,"shadow_of":null', b""
)
FEEDBACK = (
    b'{"kind":"feedback","id":"f","problem":"homes","at":5.0,"prediction_id":"a",'
    b'"truth":[3.0],"reward":null}'
)
FAILURE = (
    b'{"kind":"failure","id":"x","problem":"homes","release":"r1/0","at":5.0,"subject":"s",'
    b'"side":"challenger","failure":"timeout","version":"4","digest":"d","challenger_share":0.5}'
)


def test_a_prediction_line_is_read_and_written_with_the_same_keys() -> None:
    entry = msgspec.json.decode(PREDICTION, type=LogLine)
    assert entry == PredictionEntry(
        id="a",
        problem="homes",
        version="3",
        digest="d",
        timestamp_s=5.0,
        feature_names=("area",),
        features=[[1.0]],
        predictions=[2.0],
        entities=["7"],
    )
    assert msgspec.json.encode(entry) == SHORT
    assert msgspec.json.decode(SHORT, type=LogLine) == entry


def test_a_feedback_line_is_read_and_written_with_the_same_keys() -> None:
    entry = msgspec.json.decode(FEEDBACK, type=LogLine)
    assert entry == FeedbackEntry("f", "homes", 5.0, "a", [3.0])
    assert msgspec.json.encode(entry) == FEEDBACK


def test_a_failure_line_is_read_and_written_with_the_same_keys() -> None:
    entry = msgspec.json.decode(FAILURE, type=LogLine)
    assert entry == FailureEntry(
        "x", "homes", "r1/0", 5.0, "s", "challenger", "timeout", "4", "d", challenger_share=0.5
    )
    assert msgspec.json.encode(entry) == FAILURE
