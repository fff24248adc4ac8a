"""Outcome of rebuilding a version."""

from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict

InputState = Literal["same", "differs", "missing"]


class RecordedInput(BaseModel):
    """An input of a training, as it was recorded and as it is here.

    Attributes:
        recorded, found: what they are, shortened for people; empty if missing.
        explanation: what differs, and where the right one is; empty if it is the same.
        is_needed: whether a version cannot be rebuilt without it.
    """

    model_config = ConfigDict(frozen=True)
    name: str
    state: InputState
    recorded: str = ""
    found: str = ""
    explanation: str = ""
    is_needed: bool = False


class ReproductionReport(BaseModel):
    """A version beside what was built from its recorded inputs.

    Attributes:
        digest: SHA-256 of the version's file.
        rebuilt_digest: of the rebuilt file; None if it was not built.
        training_set_is_same: whether the rebuilt training set has the recorded hash; None if none
            was recorded or built.
        error: why building failed; empty if it did not.
    """

    model_config = ConfigDict(frozen=True)
    problem: str
    version: str
    digest: str
    inputs: tuple[RecordedInput, ...]
    rebuilt_digest: str | None = None
    training_set_is_same: bool | None = None
    seconds: float | None = None
    error: str = ""

    @property
    def is_identical(self) -> bool:
        """Whether the rebuilt file has the bytes of the version."""
        return self.rebuilt_digest == self.digest

    @property
    def other_inputs(self) -> tuple[RecordedInput, ...]:
        """Inputs that are missing, or not as recorded."""
        return tuple(found for found in self.inputs if found.state != "same")


def reproduction_lines(report: ReproductionReport) -> Iterator[str]:
    """Yield each input, and whether the same bytes were built; else from where on they differ."""
    width = max(len(item.name) for item in report.inputs)
    for item in report.inputs:
        if item.state == "same":
            yield f"{item.name:<{width}}  same      {item.recorded}"
        else:
            yield f"{item.name:<{width}}  {item.state:<8}  {item.explanation}"
    yield _verdict(report)


def _verdict(report: ReproductionReport) -> str:
    title = f"version {report.version} of {report.problem}"
    others = ", ".join(item.name for item in report.other_inputs)
    if report.rebuilt_digest is None:
        missing = [item.name for item in report.other_inputs if item.is_needed]
        cause = report.error or f"missing or different: {', '.join(missing)}"
        return f"{title} was not rebuilt: {cause}"
    took = "" if report.seconds is None else f" in {report.seconds:.1f} s"
    if report.is_identical:
        suffix = f", although these inputs are not as recorded: {others}" if others else ""
        return f"{title} was rebuilt{took}, bit-identical: {report.digest}{suffix}"
    stage = {
        True: "the training set is the same, so the difference arose in training",
        False: "the training set differs already",
        None: "no hash of the training set was recorded",
    }[report.training_set_is_same]
    cause = f"not as recorded: {others}" if others else "all recorded inputs are the same"
    return (
        f"{title} was rebuilt{took}, but DIFFERS: recorded {report.digest}, built"
        f" {report.rebuilt_digest}; {stage}; {cause}"
    )
