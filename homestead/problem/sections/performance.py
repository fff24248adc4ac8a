"""When a served model counts as worse than its certificate promised."""

from typing import Self

from pydantic import Field, model_validator

from homestead.problem.sections.part import ProblemPart


class PerformancePolicy(ProblemPart):
    """Conditions under which a served model does harm: it is worse than it was promised to be."""

    tolerance: float = Field(
        0.1,
        ge=0,
        description="How much worse than promised the metric may be, relative to the promised"
        " value.",
    )
    window_days: float = Field(30, gt=0, description="How old the judged predictions may be.")
    min_rows: int = Field(100, ge=2, description="With fewer rows nothing is found.")
    max_rows: int = Field(
        10_000, ge=100, description="Of more rows in the window, so many are drawn at random."
    )
    error_level: float = Field(
        0.01,
        gt=0,
        lt=0.5,
        description="Largest probability of finding harm in a month where there is none, however"
        " often one looks.",
    )
    report_age_hours: float = Field(
        26, gt=0, description="Age of the newest performance report that is still no alert."
    )

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        if self.min_rows > self.max_rows:
            raise ValueError(f"min_rows {self.min_rows} is more than max_rows {self.max_rows}")
        return self
