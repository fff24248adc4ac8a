"""How a new model comes to answer requests: at once, in steps, or unseen beside the champion."""

from itertools import pairwise
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from homestead.problem.sections.part import ProblemPart, Share


class ReleaseLimits(ProblemPart):
    """How much worse than the champion a challenger may be, on the requests of its release."""

    error: float = Field(
        0.05,
        gt=0,
        description="How much larger, relative to the champion's, the challenger's mean error on"
        " labelled requests may be for it to go on.",
    )
    distance: float = Field(
        0.25,
        gt=0,
        le=1,
        description="Largest mean distance of the two models' predictions on the same requests, as"
        " a share of the larger one, or of the champion's usual one if that is larger (regression),"
        " or of requests with another class (classification).",
    )
    slower: float = Field(
        0.15,
        gt=0,
        le=0.5,
        description="By how much the share of the challenger's requests above the champion's median"
        " latency may exceed one half.",
    )
    slowest: float = Field(
        0.03,
        gt=0,
        le=0.5,
        description="The same for the champion's 99th percentile, which 1% of requests exceed.",
    )


class ReleasePolicy(ProblemPart):
    """How a new champion is released; a problem without this section releases at once."""

    strategy: Literal["immediate", "canary", "shadow"] = Field(
        "canary",
        description="'immediate': it answers all requests at once. 'canary': a growing share of"
        " them. 'shadow': none; it predicts beside the champion until it is judged.",
    )
    steps: tuple[Share, ...] = Field(
        (0.05, 0.25, 0.5, 1.0),
        min_length=1,
        description="Shares of the subjects that the challenger answers, one after the other.",
    )
    min_step_minutes: float = Field(10, ge=0, description="Least duration of a step.")
    min_step_requests: int = Field(
        500, ge=1, description="Least number of requests in a step that the challenger predicted."
    )
    min_labels: int = Field(
        0,
        ge=0,
        description="Least number of labelled pairs of requests before a step may end. 0: while"
        " there are too few labels for a verdict, the distance of the models' predictions stands"
        " in. Set it where the truth arrives within minutes or hours, 200 for example.",
    )
    max_hours: float = Field(
        72, gt=0, description="A release that is not decided by then is rolled back."
    )
    without_traffic: Literal["wait", "promote", "roll_back"] = Field(
        "wait", description="What becomes of a release whose step gets too few requests."
    )
    without_traffic_hours: float = Field(
        24, gt=0, description="How long a step waits for requests before that."
    )
    paired_share: Share = Field(
        0.1, description="Share of the requests that both models predict, for the comparison."
    )
    error_level: float = Field(
        0.01,
        gt=0,
        lt=0.5,
        description="Largest probability that a release of an equally good model is rolled back,"
        " over all its tests together.",
    )
    approval: Literal["none", "required"] = Field(
        "none",
        description="'required': the last step waits for a person's `homestead release approve`.",
    )
    while_releasing: Literal["replace", "wait"] = Field(
        "replace",
        description="What a new winner does while a release is under way: take the challenger's"
        " place, or wait for the end.",
    )
    limits: ReleaseLimits = Field(default_factory=ReleaseLimits)

    @field_validator("steps")
    @classmethod
    def _grow(cls, steps: tuple[float, ...]) -> tuple[float, ...]:
        if steps[0] <= 0 or any(after <= before for before, after in pairwise(steps)):
            raise ValueError(f"found {list(steps)}, allowed are growing shares above 0")
        return steps

    @model_validator(mode="after")
    def _labels_need_pairs(self) -> Self:
        if self.min_labels and self.paired_share == 0:
            raise ValueError(
                f"min_labels: found {self.min_labels}, but without paired requests"
                " (paired_share: 0) no label is ever compared"
            )
        return self

    @model_validator(mode="after")
    def _shadow_has_pairs(self) -> Self:
        if self.strategy == "shadow" and self.paired_share == 0:
            raise ValueError(
                "paired_share: found 0, but 'shadow' judges by requests of both models"
            )
        return self
