"""Results of a client: predictions, served versions, and what became of labels."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any, overload

import msgspec

Contributions = dict[str, float] | dict[str, dict[str, float]]


class Interval(msgspec.Struct, frozen=True):
    """A prediction interval, in the target's unit; ``coverage`` is the share of targets in it."""

    low: float
    high: float
    coverage: float


class Prediction(msgspec.Struct, frozen=True):
    """The prediction of one row.

    Attributes:
        value: the value of a regression, or the answered class.
        prediction_id: names the request in the prediction log; with ``row`` it names this row.
        row: position of the row in its request.
        model_version: the version that answered.
        digest: SHA-256 of its file.
        request_id: the client's own name of the request, in the log too.
        probabilities: of each class; None for a regression.
        interval: None unless it was asked for.
        contributions: of each feature, and the base value; of a classification by feature and
            class. None unless they were asked for.
        stale_features: views whose values were older than their time to live.
        unavailable_features: views that could not be read.
    """

    value: float | str
    prediction_id: str
    row: int
    model_version: str
    digest: str
    request_id: str | None = None
    probabilities: dict[str, float] | None = None
    interval: Interval | None = None
    contributions: Contributions | None = None
    stale_features: tuple[str, ...] = ()
    unavailable_features: tuple[str, ...] = ()

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return _html_table([self])


class Predictions(Sequence[Prediction]):
    """The predictions of several rows, in their order."""

    def __init__(self, rows: Sequence[Prediction]) -> None:
        self._rows = tuple(rows)

    @property
    def values(self) -> list[float | str]:
        """The value or class of each row."""
        return [row.value for row in self._rows]

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Prediction: ...
    @overload
    def __getitem__(self, index: slice) -> "Predictions": ...
    def __getitem__(self, index: int | slice) -> "Prediction | Predictions":
        if isinstance(index, slice):
            return Predictions(self._rows[index])
        return self._rows[index]

    def __iter__(self) -> Iterator[Prediction]:
        return iter(self._rows)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Predictions) and self._rows == other._rows

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Predictions({list(self._rows)!r})"

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return _html_table(self._rows)


class ServedModel(msgspec.Struct, frozen=True):
    """A version that a server serves.

    Attributes:
        name: the problem's name.
        role: ``champion`` or ``challenger``.
        share: of the subjects that this version answers, 0 to 1.
        fields: what a row may hold.
        key: the fields by which the rest is looked up.
    """

    name: str
    version: str
    role: str
    digest: str
    share: float
    task: str
    target: str
    unit: str
    classes: tuple[str, ...]
    key: tuple[str, ...]
    fields: tuple[str, ...]


class LabelResult(msgspec.Struct, frozen=True):
    """What became of a label.

    Attributes:
        status: ``joined``, ``corrected``, ``known``, ``waiting`` or ``quarantined`` as the port of
            labels says; ``sent`` as feedback, which the server judges later.
        reason: why it waits or was quarantined.
    """

    status: str
    prediction_id: str | None = None
    row: int | None = None
    kind: str | None = None
    reason: str | None = None


def predictions_of(content: dict[str, Any], size: int) -> list[Prediction]:
    """Return the predictions of a response to a row or to a list of ``size`` rows."""
    rows = content.get("predictions", [content])
    common = {
        "prediction_id": content["prediction_id"],
        "model_version": content["model_version"],
        "digest": content["digest"],
        "request_id": content.get("request_id"),
        "stale_features": tuple(content.get("stale_features", ())),
        "unavailable_features": tuple(content.get("unavailable_features", ())),
    }
    if len(rows) != size:
        raise ValueError(f"found {len(rows)} predictions for {size} rows")
    return [
        Prediction(
            value=row["prediction"],
            row=number,
            probabilities=row.get("probabilities"),
            interval=Interval(**row["interval"]) if "interval" in row else None,
            contributions=row.get("contributions"),
            **common,
        )
        for number, row in enumerate(rows)
    ]


def _html_table(rows: Sequence[Prediction]) -> str:
    shown = rows[:20]
    classes = list(rows[0].probabilities or ()) if rows else []
    intervals = any(row.interval for row in shown)
    head = ["prediction", *classes, *(["interval"] if intervals else []), "version", "id"]
    lines = [_html_line("th", head)]
    for row in shown:
        cells = [_number(row.value), *(_number((row.probabilities or {})[c]) for c in classes)]
        if intervals and row.interval:
            cells.append(f"{_number(row.interval.low)} to {_number(row.interval.high)}")
        lines.append(_html_line("td", [*cells, row.model_version, row.prediction_id]))
    rest = f"<p>{len(rows) - len(shown)} more rows</p>" if len(rows) > len(shown) else ""
    return f"<table>{''.join(lines)}</table>{rest}"


def _html_line(tag: str, cells: Sequence[str]) -> str:
    return f"<tr>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in cells)}</tr>"


def _number(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:,.6g}"
