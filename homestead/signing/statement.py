"""In-toto Statement v1: a predicate about subjects, which are named by their digests."""

import json
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from homestead.errors import UserError, first_fault
from homestead.signing.strict_json import parse_strictly

PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
STATEMENT_TYPE: Final = "https://in-toto.io/Statement/v1"
_DIGEST_ALGORITHM: Final = "sha256"


class _Subject(BaseModel):
    model_config = ConfigDict(strict=True)
    name: str = ""
    digest: dict[str, str] = Field(min_length=1)


class _Document(BaseModel):
    # Other keys are ignored, as the specification asks.
    model_config = ConfigDict(strict=True)
    statement_type: Literal["https://in-toto.io/Statement/v1"] = Field(alias="_type")
    subject: list[_Subject] = Field(min_length=1)
    predicate_type: str = Field(alias="predicateType")
    predicate: dict[str, Any]


@dataclass(frozen=True)
class Statement:
    """What a payload says.

    Attributes:
        digests: SHA-256 of each subject that has one, in hex.
    """

    digests: tuple[str, ...]
    predicate: dict[str, Any]


def statement_payload(
    name: str, digest: str, predicate_type: str, predicate: dict[str, Any]
) -> bytes:
    """Return a statement about one file as JSON; equal arguments give equal bytes.

    Args:
        digest: SHA-256 of the file, in hex.
        predicate_type: URI that names the predicate's format.
    """
    statement = {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": name, "digest": {_DIGEST_ALGORITHM: digest}}],
        "predicateType": predicate_type,
        "predicate": predicate,
    }
    return json.dumps(
        statement, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def parse_statement(payload: bytes, predicate_type: str, origin: str) -> Statement:
    """Read a statement.

    Args:
        predicate_type: the only one that is allowed.
        origin: where the payload comes from, for messages.

    Raises:
        UserError: not a statement, of another version or predicate, or without a subject that has
            a SHA-256.
    """
    try:
        document = _Document.model_validate(parse_strictly(payload, origin))
    except ValidationError as error:
        raise UserError(f"{origin}: statement: {first_fault(error)}") from None
    if document.predicate_type != predicate_type:
        raise UserError(
            f"{origin}: predicateType: found {document.predicate_type[:100]!r},"
            f" allowed is {predicate_type!r}"
        )
    found = (subject.digest.get(_DIGEST_ALGORITHM) for subject in document.subject)
    digests = tuple(digest.lower() for digest in found if digest)
    if not digests:
        raise UserError(f"{origin}: subject: found none with the digest {_DIGEST_ALGORITHM}")
    return Statement(digests, document.predicate)
