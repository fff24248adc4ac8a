"""What the analysis of a release found: each test's figures, and the verdict over all of them."""

from typing import ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

TestVerdict = Literal["harm", "passed", "undecided"]
Verdict = Literal["harm", "go_on", "undecided"]


class TestResult(BaseModel):
    """One test of a release, with all observations so far.

    Attributes:
        name: ``failures``, ``error``, ``distance``, ``slower``, ``slowest``, or ``slice`` with
            column and value, such as ``slice grade=7``.
        title: what is estimated, in words that fit before a number.
        verdict: ``harm``: the challenger is worse, at ``level``; ``passed``: it is within the
            limit; ``undecided``: the observations do not tell, or are too few.
        estimate: None without observations.
        low, high: confidence sequence of what is estimated: it holds at all looks together that
            ``low`` is below it but for a probability of ``level``, and ``high`` above it but for
            the level of going on. Finite; without observations the bounds of what is possible.
        harmful_above: ``low`` above this is harm.
        passed_below: ``high`` below this is a pass; None where the test cannot pass.
        observations: how many count; see the test's module for which do.
        e_value: largest evidence of harm so far; harm from 1/``level`` on.
        level: the test's part of the release's error level.
        note: what a reader of the figures must know besides; empty for nothing.
    """

    __test__: ClassVar[bool] = False  # not one of pytest's

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    title: str
    verdict: TestVerdict
    estimate: float | None
    low: float
    high: float
    harmful_above: float
    passed_below: float | None
    observations: int = Field(ge=0)
    e_value: float = Field(ge=0)
    level: float = Field(gt=0, lt=1)
    note: str = ""


class Analysis(BaseModel):
    """The verdict on a challenger, with the tests that it rests on.

    Attributes:
        verdict: ``harm``: roll back; ``go_on``: nothing speaks against the next step;
            ``undecided``: wait for more requests.
        reason: the verdict's test, its numbers and its limit, in a sentence.
        decided_by: name of that test; None where no single one decides.
        tests: those with a verdict of harm first, then in the order of the kinds.
        error_level: the release's, spent over all tests.
        challenger_requests, champion_requests: of the current step.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    schema_version: Literal[1] = 1
    verdict: Verdict
    reason: str
    decided_by: str | None = None
    tests: tuple[TestResult, ...] = ()
    error_level: float
    challenger_requests: int = 0
    champion_requests: int = 0

    def to_json(self) -> str:
        """Return the analysis as JSON on one line."""
        return self.model_dump_json()

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read an analysis.

        Raises:
            pydantic.ValidationError: the text is not one.
        """
        return cls.model_validate_json(text)
