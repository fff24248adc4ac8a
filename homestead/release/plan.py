"""Release plan: the versions that answer requests. Servers read a changed plan within a second."""

import json
import posixpath
import reprlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urljoin

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from homestead.errors import UserError, first_fault
from homestead.files import write_text
from homestead.problem.renamed_keys import RenamedKey, rename_keys

# The largest share of requests that a challenger may answer: all of them.
MAX_TRAFFIC_SHARE = 1.0
_MAX_SHOWN = 300
_SHORTEN = reprlib.Repr()
_SHORTEN.maxstring = _SHORTEN.maxother = 100
_RENAMED_KEYS = (RenamedKey("", "share", "traffic_share", renamed_in="0.2", removed_in="0.3"),)


class ModelVersion(BaseModel):
    """A registered model version.

    Attributes:
        version: its number in the registry; at most as long as the prediction log's column.
        digest: SHA-256 of its ``model.onnx``.
        uri: path or fsspec URI of that file. In a plan's file it may be relative to that file, so
            that a home can be moved or copied with its plans.
        created: when it was registered.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    version: str = Field(max_length=32)
    digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    uri: str
    created: AwareDatetime | None = None


class ReleasePlan(BaseModel):
    """Champion, challenger, and the share of requests that the challenger answers.

    Attributes:
        schema_version: version of this document's format; a plan without the key has version 1.
        traffic_share: share of requests that the challenger answers, 0 to ``MAX_TRAFFIC_SHARE``.
        paired: whether both predict each request: one answers, the other's prediction is only
            logged.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    schema_version: Literal[1] = 1
    problem: str
    champion: ModelVersion
    challenger: ModelVersion | None = None
    traffic_share: float = Field(0.0, ge=0, le=MAX_TRAFFIC_SHARE)
    paired: bool = False

    @model_validator(mode="after")
    def _share_needs_challenger(self) -> Self:
        if (self.traffic_share or self.paired) and self.challenger is None:
            key = "a traffic_share above 0" if self.traffic_share else "paired"
            raise ValueError(f"{key} needs a challenger")
        return self

    def to_json(self) -> str:
        """Return the document as it is stored."""
        return self.model_dump_json(indent=2) + "\n"

    def map_uris(self, function: Callable[[str], str]) -> Self:
        """Return the plan with the function's value for each version's URI."""
        versions = {
            role: version.model_copy(update={"uri": function(version.uri)})
            for role, version in (("champion", self.champion), ("challenger", self.challenger))
            if version
        }
        return self.model_copy(update=versions)


def write_plan(path: Path, plan: ReleasePlan) -> None:
    """Write a plan to a file atomically; URIs of files in the same home become relative."""
    folder = path.absolute().parent
    # A home's plans are in release/<problem>.
    home = f"{folder.parent.parent.as_uri()}/"

    def relative(uri: str) -> str:
        return posixpath.relpath(uri, folder.as_uri()) if uri.startswith(home) else uri

    write_text(path, plan.map_uris(relative).to_json())


def read_plan(path: Path) -> ReleasePlan:
    """Read a plan from a file.

    Raises:
        UserError: the file does not exist or is not a valid plan; the message names the key.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UserError(f"{path}: not a text in UTF-8") from None
    except FileNotFoundError:
        raise UserError(f"{path}: no release yet: run homestead train first") from None
    base = path.absolute().as_uri()

    def absolute(uri: str) -> str:
        return uri if uri.startswith("/") else urljoin(base, uri)

    return parse_plan(text, str(path)).map_uris(absolute)


def parse_plan(text: str, origin: str) -> ReleasePlan:
    """Parse the JSON text of a plan.

    The old key ``share`` is read with a :class:`homestead.errors.RenamedKeyWarning`, once for
    each text: servers read their plan again and again.

    Args:
        text: the plan.
        origin: the file or Kubernetes object that holds it, for messages.

    Raises:
        UserError: the text is not a valid plan; the message names the origin and the key.
    """
    try:
        content, errors = _read_keys(text, origin)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{origin}: invalid JSON: {error}") from None
    if errors:
        raise UserError(f"{origin}: {errors[0][:_MAX_SHOWN]}")
    try:
        return ReleasePlan.model_validate(content)
    except ValidationError as error:
        # Of a document that is no plan at all, the beginning tells enough.
        found = _SHORTEN.repr(error.errors()[0]["input"])
        raise UserError(f"{origin}: {first_fault(error)[:_MAX_SHOWN]} (found {found})") from None


@lru_cache(maxsize=16)
def _read_keys(text: str, origin: str) -> tuple[Any, list[str]]:
    """Return the content under its new keys, and errors; cached, so each text warns only once."""
    content = json.loads(text)
    if not isinstance(content, dict):
        return content, []
    return rename_keys(content, origin, _RENAMED_KEYS)
