"""What became true after a prediction: when it can be known, and how it finds its prediction."""

from pydantic import Field

from homestead.problem.sections.part import ProblemPart

_SECONDS_PER_DAY = 86400.0


class LabelPolicy(ProblemPart):
    """How labels, which say what became true, are joined to logged predictions."""

    after_days: float = Field(
        0,
        ge=0,
        le=36_500,
        description="How long after a prediction its outcome is final; younger predictions do not"
        " count, even if they are labelled.",
    )
    earlier_days: float = Field(
        1,
        ge=0,
        le=36_500,
        description="Of a label with a key and a time: how much earlier than this time its"
        " prediction may have been made. The nearest one is labelled.",
    )
    later_days: float = Field(
        1,
        ge=0,
        le=36_500,
        description="The same, how much later; 0 if the time is that of the outcome.",
    )
    wait_days: float = Field(
        30,
        gt=0,
        le=36_500,
        description="How long a label that matches no prediction waits for one.",
    )

    train: bool = Field(
        False,
        exclude_if=lambda train: not train,
        description="Whether labelled predictions are rows to train on, beside those of the"
        " source. They have the time of the prediction, the values of that time, and the outcome.",
    )

    @property
    def after_s(self) -> float:
        """How old a prediction must be for its outcome to be final, in seconds."""
        return self.after_days * _SECONDS_PER_DAY

    @property
    def earlier_s(self) -> float:
        """How much earlier than a label's time its prediction may be, in seconds."""
        return self.earlier_days * _SECONDS_PER_DAY

    @property
    def later_s(self) -> float:
        """How much later than a label's time its prediction may be, in seconds."""
        return self.later_days * _SECONDS_PER_DAY

    @property
    def wait_s(self) -> float:
        """How long a label waits for its prediction, in seconds."""
        return self.wait_days * _SECONDS_PER_DAY
