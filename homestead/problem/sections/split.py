"""How the rows are split into train, validation and holdout."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Discriminator, Field, Tag, WithJsonSchema, model_validator

from homestead.problem.sections.part import ProblemPart
from homestead.problem.values.times import parse_time

# What a split without a kind is, as in all files of earlier versions.
TIME: Literal["time"] = "time"
KINDS = (TIME, "random", "stratified", "grouped", "column")

_RELATIVE_TIME = re.compile(r"last (?P<amount>[0-9]+(\.[0-9]+)?) ?(?P<unit>%|hours?|days?|weeks?)")
_HOURS = {"hour": 1, "day": 24, "week": 168}
_ALLOWED_TIMES = "a date, a time such as 2015-02-01T12:00, or 'last 10%' or 'last 30 days'"


def _parse_split_time(value: Any) -> Any:
    """Return a date, a time in UTC without a zone, or the text of a relative time."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    if isinstance(value, date):
        return value
    text = " ".join(value.split()) if isinstance(value, str) else ""
    if _RELATIVE_TIME.fullmatch(text):
        return text
    seconds = parse_time(text)
    if seconds is None:
        raise ValueError(f"found {value!r}, allowed is {_ALLOWED_TIMES}")
    moment = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
    has_clock = ":" in text or "T" in text
    return moment if has_clock else moment.date()


# A relative time is counted back from the rows at hand, so that it moves as they grow.
SplitTime = Annotated[date | datetime | str, BeforeValidator(_parse_split_time)]
# Values of a column as YAML reads them without quotes: texts, numbers, truth values and dates.
_PLAIN_VALUE = {"type": ["string", "number", "boolean"]}
PartValues = Annotated[
    tuple[str, ...],
    WithJsonSchema(
        {"anyOf": [_PLAIN_VALUE, {"type": "array", "minItems": 1, "items": _PLAIN_VALUE}]}
    ),
]
PartShare = Annotated[float, Field(gt=0, lt=1)]


class RelativeTime:
    """A time counted back from the end of the rows, such as ``last 10%`` or ``last 30 days``.

    Attributes:
        share: share of the rows in the order of time, or None.
        hours: hours before the newest row, or None.
    """

    def __init__(self, text: str) -> None:
        """Read a text of the form that :data:`SplitTime` allows."""
        match = _RELATIVE_TIME.fullmatch(text)
        if match is None:
            raise ValueError(f"found {text!r}, allowed is 'last 10%' or 'last 30 days'")
        amount, unit = float(match["amount"]), match["unit"].rstrip("s")
        self.share = amount / 100 if unit == "%" else None
        self.hours = None if unit == "%" else amount * _HOURS[unit]


class TimeSplit(ProblemPart):
    """Times that split the rows: train, then validation, then the holdout."""

    kind: Literal["time"] = TIME
    validation_from: SplitTime = Field(
        description="Where the validation rows begin: a date or time (UTC unless it has a zone),"
        " 'last 20%' of the rows, or 'last 60 days' before the newest row."
    )
    holdout_from: SplitTime = Field(
        description="Where the holdout begins, the newest rows; as validation_from."
    )
    origins: int = Field(
        1,
        ge=1,
        le=50,
        description="Parameters are chosen by the mean over so many validation periods of equal"
        " length, one before the other: each model is fitted on the rows before its period.",
    )

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        bounds = (_order(self.validation_from), _order(self.holdout_from))
        for place, (unit, _) in zip(("validation_from", "holdout_from"), bounds, strict=True):
            text = getattr(self, place)
            if unit == "share" and not 0 < (RelativeTime(text).share or 0) < 1:
                raise ValueError(f"{place}: found {text!r}, allowed is more than 0%, below 100%")
        (unit, first), (other_unit, second) = bounds
        if unit == other_unit and first >= second:
            raise ValueError(
                f"validation_from {self.validation_from} must be before"
                f" holdout_from {self.holdout_from}"
            )
        return self


def _order(time: date | datetime | str) -> tuple[str, float]:
    """Return what a split time is counted in, and a number that grows from the past to the end."""
    if isinstance(time, str):
        relative = RelativeTime(time)
        if relative.share is not None:
            return "share", -relative.share
        return "hours", -(relative.hours or 0)
    moment = time if isinstance(time, datetime) else datetime(time.year, time.month, time.day)
    return "time", moment.replace(tzinfo=UTC).timestamp()


class _ShareSplit(ProblemPart):
    """Shares of the rows. The seed draws other rows; the same seed draws the same ones."""

    validation: PartShare = Field(0.2, description="Share of the rows in validation.")
    holdout: PartShare = Field(0.2, description="Share of the rows in the holdout.")
    seed: int = Field(0, ge=0, lt=2**32, description="Draws other rows.")

    @model_validator(mode="after")
    def _leaves_rows_to_train(self) -> Self:
        if self.validation + self.holdout >= 1:
            raise ValueError(
                f"validation {self.validation:g} and holdout {self.holdout:g} leave no rows to"
                " train on; allowed is a sum below 1"
            )
        return self


class RandomSplit(_ShareSplit):
    """A random part for each row, drawn from what identifies it: new rows move no others."""

    kind: Literal["random"]


class StratifiedSplit(_ShareSplit):
    """The same shares of each value of a column, such as of each class."""

    kind: Literal["stratified"]
    column: str | None = Field(
        None, description="By default the target. A number with many values counts by tenths."
    )

    def part_sizes(self, count: int) -> tuple[int, int]:
        """Return how many rows of a stratum are holdout and validation; one is left to train on.

        Args:
            count: of the stratum's rows, at least 1.
        """
        holdout = min(round(count * self.holdout), count - 1)
        return holdout, min(round(count * self.validation), count - 1 - holdout)


class GroupedSplit(_ShareSplit):
    """A random part for each group of rows, so that no group is in two parts."""

    kind: Literal["grouped"]
    column: str = Field(description="The column whose rows of one value stay together.")


class ColumnSplit(ProblemPart):
    """A column of the source says each row's part."""

    kind: Literal["column"]
    column: str
    train: PartValues = Field(("train",), min_length=1, description="Values of train rows.")
    validation: PartValues = Field(("validation",), min_length=1)
    holdout: PartValues = Field(("holdout",), min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _read_numbers_as_text(cls, content: Any) -> Any:
        """Accept values without quotes, such as ``train: [0, 1]`` or ``holdout: 2``."""
        if not isinstance(content, dict):
            return content
        texts = {}
        for part in ("train", "validation", "holdout"):
            if part in content:
                values = content[part]
                listed = values if isinstance(values, list | tuple) else [values]
                texts[part] = [_plain_text(value) for value in listed]
        return {**content, **texts}

    @model_validator(mode="after")
    def _names_each_value_once(self) -> Self:
        values = [*self.train, *self.validation, *self.holdout]
        twice = sorted({value for value in values if values.count(value) > 1})
        if twice:
            raise ValueError(f"found {', '.join(twice)} twice, allowed is one part for each value")
        return self


def _plain_text(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return str(value)
    return str(value) if isinstance(value, int | float) else value


def _kind_of(content: Any) -> str:
    kind = content.get("kind", TIME) if isinstance(content, dict) else getattr(content, "kind", "")
    return kind if isinstance(kind, str) else repr(kind)


Split = Annotated[
    Annotated[TimeSplit, Tag("time")]
    | Annotated[RandomSplit, Tag("random")]
    | Annotated[StratifiedSplit, Tag("stratified")]
    | Annotated[GroupedSplit, Tag("grouped")]
    | Annotated[ColumnSplit, Tag("column")],
    Discriminator(_kind_of),
]
ShareSplit = RandomSplit | StratifiedSplit | GroupedSplit
