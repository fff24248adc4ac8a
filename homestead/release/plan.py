"""The release plan: which model versions answer. The server reads it again within a second."""

import time
from pathlib import Path
from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from homestead.errors import UserError
from homestead.files import write_text


class ModelVersion(BaseModel):
    """A model version: its SHA-256, where its ``model.onnx`` lies (path or fsspec URI), and when
    it was registered."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    version: str = Field(max_length=32)  # as the prediction log's column
    digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    uri: str
    created: AwareDatetime | None = None


class ReleasePlan(BaseModel):
    """Champion, challenger, and the share of requests that the challenger answers.

    Attributes:
        paired: both predict each request; one answers, the other's goes to the prediction log.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    problem: str
    champion: ModelVersion
    challenger: ModelVersion | None = None
    traffic_share: float = Field(0.0, ge=0, le=1)
    paired: bool = False

    @model_validator(mode="after")
    def _share_needs_challenger(self) -> Self:
        if (self.traffic_share or self.paired) and self.challenger is None:
            raise ValueError(f"{'a share' if self.traffic_share else 'paired'} needs a challenger")
        return self


def write_plan(path: Path, plan: ReleasePlan) -> None:
    """Write the plan in one go."""
    write_text(path, plan.model_dump_json(indent=2) + "\n")


def read_plan(path: Path) -> ReleasePlan:
    """Read a plan.

    Raises:
        UserError: there is none, or it is wrong; the message names the key.
    """
    try:
        text = path.read_text()
    except FileNotFoundError:
        raise UserError(f"{path}: no release yet: run homestead train first") from None
    return parse_plan(text, str(path))


def parse_plan(text: str, origin: str) -> ReleasePlan:
    """A plan from its text.

    Raises:
        UserError: it is wrong; the message names the origin and the key.
    """
    try:
        return ReleasePlan.model_validate_json(text)
    except ValidationError as error:
        item = error.errors()[0]
        key = ".".join(map(str, item["loc"]))
        raise UserError(f"{origin}: {key}: {item['msg']} (found {item['input']!r})") from None


def wait_for_plan(path: Path, timeout_s: float | None = None, pause_s: float = 0.5) -> ReleasePlan:
    """The plan, as soon as there is one.

    Raises:
        UserError: there is none after ``timeout_s``, or it is wrong.
    """
    begin = time.monotonic()
    while not path.exists():
        if timeout_s is not None and time.monotonic() - begin > timeout_s:
            raise UserError(f"{path}: no release after {timeout_s:g} s")
        time.sleep(pause_s)
    return read_plan(path)
