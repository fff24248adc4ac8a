"""Release plan: the versions that answer requests. Servers read a changed plan within a second."""

import hashlib
import json
import posixpath
import reprlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urljoin

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from homestead.errors import NoChampionError, UserError, first_fault
from homestead.files import write_text
from homestead.problem.renamed_keys import RenamedKey, rename_keys

# The largest share of requests that a challenger may answer: all of them.
MAX_TRAFFIC_SHARE = 1.0
_MAX_SHOWN = 300
_SHORTEN = reprlib.Repr()
_SHORTEN.maxstring = _SHORTEN.maxother = 100
_RENAMED_KEYS = (RenamedKey("", "share", "traffic_share", renamed_in="0.2", removed_in="0.3"),)


def _is_none(value: object) -> bool:
    return value is None


class ModelVersion(BaseModel):
    """A registered model version.

    Attributes:
        version: its number in the registry; at most as long as the prediction log's column.
        digest: SHA-256 of its ``model.onnx``.
        uri: path or fsspec URI of that file. In a plan's file it may be relative to that file, so
            that a home can be moved or copied with its plans.
        created: when it was registered.
        certificate: URI of the signed certificate of its promotion, in the same form as ``uri``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    version: str = Field(max_length=32)
    digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    uri: str
    created: AwareDatetime | None = None
    certificate: str | None = Field(None, exclude_if=_is_none)

    def map_uris(self, function: Callable[[str], str]) -> Self:
        """Return the version with the function's value for each of its URIs."""
        uris = {"uri": function(self.uri)}
        if self.certificate is not None:
            uris["certificate"] = function(self.certificate)
        return self.model_copy(update=uris)


class ReleaseStep(BaseModel):
    """The step of a release that a plan carries out.

    Attributes:
        id: of the release.
        step: its number, from 0.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str = Field(pattern=r"^[A-Za-z0-9._:-]{1,64}$")
    step: int = Field(ge=0, lt=1_000_000)

    @property
    def mark(self) -> str:
        """The text by which the prediction log names the step."""
        return f"{self.id}/{self.step}"


class ReleasePlan(BaseModel):
    """Champion, challenger, and the share of requests that the challenger answers.

    Attributes:
        schema_version: version of this document's format; a plan without the key has version 1.
        traffic_share: share of requests that the challenger answers, 0 to ``MAX_TRAFFIC_SHARE``.
        paired_share: share of requests that both predict: one answers, the other's prediction is
            only logged.
        release: the release that is under way, None for a plan of none.
        revision: counts the writes of a plan's store. Of two copies, the one with the higher
            revision is newer.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    schema_version: Literal[1] = 1
    problem: str
    champion: ModelVersion
    challenger: ModelVersion | None = None
    traffic_share: float = Field(0.0, ge=0, le=MAX_TRAFFIC_SHARE)
    # Keys that earlier versions do not know are left out where they say nothing.
    paired_share: float = Field(0.0, ge=0, le=1, exclude_if=lambda share: share == 0)
    release: ReleaseStep | None = Field(None, exclude_if=_is_none)
    revision: int = Field(0, ge=0, exclude_if=lambda revision: revision == 0)

    @model_validator(mode="after")
    def _share_needs_challenger(self) -> Self:
        if (self.traffic_share or self.paired_share) and self.challenger is None:
            key = "traffic_share" if self.traffic_share else "paired_share"
            raise ValueError(f"a {key} above 0 needs a challenger")
        return self

    @property
    def is_certified(self) -> bool:
        """Whether each version names its certificate, unlike in plans of earlier versions."""
        versions = (self.champion, self.challenger)
        return all(version is None or version.certificate is not None for version in versions)

    @property
    def digest(self) -> str:
        """SHA-256 of what the plan says, as canonical JSON: sorted keys, and none that is unset.

        Where files are, when versions were registered, and the revision are left out: plans of
        equal digests let the same models answer the same requests.
        """
        kept = {"version", "digest"}
        content = self.model_dump(
            mode="json",
            include={
                "problem": True,
                "champion": kept,
                "challenger": kept,
                "traffic_share": True,
                "paired_share": True,
                "release": True,
            },
            exclude_none=True,
        )
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def after(self, previous: Self | None) -> Self:
        """Return the plan with the revision of what replaces the previous one, None if first."""
        return self.model_copy(update={"revision": (previous.revision if previous else 0) + 1})

    def to_json(self) -> str:
        """Return the document as it is stored."""
        return self.model_dump_json(indent=2) + "\n"

    def map_uris(self, function: Callable[[str], str]) -> Self:
        """Return the plan with the function's value for each URI of its versions."""
        versions = {
            role: version.map_uris(function)
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
        NoChampionError: the file does not exist.
        UserError: it is not a valid plan; the message names the key.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UserError(f"{path}: not a text in UTF-8") from None
    except FileNotFoundError:
        raise NoChampionError(
            f"{path}: no release yet: run homestead train first", path.parent.name
        ) from None
    base = path.absolute().as_uri()

    def absolute(uri: str) -> str:
        return uri if uri.startswith("/") else urljoin(base, uri)

    return parse_plan(text, str(path)).map_uris(absolute)


def parse_plan(text: str, origin: str) -> ReleasePlan:
    """Parse the JSON text of a plan.

    The old key ``share`` is read with a :class:`homestead.errors.RenamedKeyWarning`, once for
    each text: servers read their plan again and again. The old key ``paired`` is read without
    one, since earlier versions wrote it into every plan.

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
    if isinstance(content.get("paired"), bool) and "paired_share" not in content:
        content["paired_share"] = float(content.pop("paired"))
    return rename_keys(content, origin, _RENAMED_KEYS)
