"""What makes a problem train again by itself."""

from pydantic import Field

from homestead.problem.sections.part import ProblemPart


class RetrainingPolicy(ProblemPart):
    """Causes of a new training run; a problem without this section trains when it is told to."""

    measured_harm: bool = Field(
        True,
        description="Whether harm that labels show, in the newest performance report, is a cause.",
    )
    estimated_harm: bool = Field(
        False, description="Whether harm that is estimated without labels is a cause, too."
    )
    drift: bool = Field(
        False,
        description="Whether a drift that the calibrated test finds is a cause. The share of"
        " drifted columns never is.",
    )
    max_age_days: float | None = Field(
        None,
        gt=0,
        description="Age of the champion, since its registration or the latest training that"
        " confirmed it, that is a cause.",
    )
    new_labels: int | None = Field(
        None,
        ge=1,
        description="Number of rows labelled since the latest training that is a cause.",
    )
    alerts: tuple[str, ...] = Field(
        (),
        description="Names of alerts that are causes when Alertmanager sends them to `homestead"
        " retrain serve`.",
    )
    cooldown_hours: float = Field(
        24,
        ge=0,
        description="Least time between the end of a training run that had a cause and the start"
        " of the next one; a person's request does not wait for it.",
    )
