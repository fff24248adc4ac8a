"""What became true after predictions: messages to the port of labels, or feedback to the server."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from homestead.client.errors import InvalidRequestError
from homestead.client.exchange import Call, RetryPolicy, Steps, exchange
from homestead.client.results import LabelResult, Prediction, Predictions

# The limit of the port of labels is 10,000.
_LABELS_PER_REQUEST = 5_000


class Label(NamedTuple):
    """The outcome of one row of a prediction."""

    prediction_id: str
    row: int
    truth: Any


def labels_of(of: Any, truth: Any) -> list[Label]:
    """Return a label for each predicted row.

    Args:
        of: a prediction or its id, several of them, or the frame of
            :meth:`homestead.client.client.Client.predict`.
        truth: the outcome; of several predictions a list, an array or a series of as many.

    Raises:
        InvalidRequestError: the numbers of predictions and outcomes differ.
    """
    if isinstance(of, Prediction):
        return [Label(of.prediction_id, of.row, _plain(truth))]
    if isinstance(of, str):
        return [Label(of, 0, _plain(truth))]
    if isinstance(of, Predictions | list | tuple):
        names = [(one, 0) if isinstance(one, str) else (one.prediction_id, one.row) for one in of]
    else:
        names = list(zip(of["prediction_id"].tolist(), of["row"].tolist(), strict=True))
    truths = [_plain(value) for value in truth]
    if len(truths) != len(names):
        raise InvalidRequestError(
            f"found {len(truths)} outcomes, allowed are {len(names)}, one for each prediction"
        )
    return [Label(*name, value) for name, value in zip(names, truths, strict=True)]


def _plain(value: Any) -> Any:
    item = getattr(value, "item", None)
    return item() if item is not None else value


def send_to_port(
    labels: Sequence[Label], url: str, token: str | None, target: str, policy: RetryPolicy
) -> Steps[list[LabelResult]]:
    """Send labels to their port, which joins them at once and says what became of each."""
    results: list[LabelResult] = []
    for start in range(0, len(labels), _LABELS_PER_REQUEST):
        rows = [
            {"prediction_id": label.prediction_id, "row": label.row, target: label.truth}
            for label in labels[start : start + _LABELS_PER_REQUEST]
        ]
        call = Call("POST", f"{url}/labels", msgspec.json.encode(rows), token=token)
        response = yield from exchange(call, policy)
        found = msgspec.json.decode(response.content)["labels"]
        results += msgspec.convert(found, list[LabelResult])
    return results


def send_as_feedback(
    labels: Sequence[Label], url: str, token: str | None, policy: RetryPolicy
) -> Steps[list[LabelResult]]:
    """Send labels as feedback, one message for each prediction.

    Raises:
        InvalidRequestError: a prediction of several rows lacks the outcome of one, which feedback
            cannot leave out.
    """
    by_prediction: dict[str, dict[int, Any]] = {}
    for label in labels:
        by_prediction.setdefault(label.prediction_id, {})[label.row] = label.truth
    for prediction_id, truths in by_prediction.items():
        if sorted(truths) != list(range(len(truths))):
            raise InvalidRequestError(
                f"{prediction_id}: found outcomes of the rows {sorted(truths)}, allowed are those"
                " from 0 on without a gap; the port of labels (labels_url) takes single rows"
            )
        table = [[truths[row]] for row in sorted(truths)]
        message = {
            "response": {"meta": {"tags": {"prediction_id": prediction_id}}},
            "truth": {"data": {"ndarray": table}},
        }
        call = Call("POST", f"{url}/send-feedback", msgspec.json.encode(message), token=token)
        yield from exchange(call, policy)
    return [LabelResult("sent", label.prediction_id, label.row) for label in labels]
