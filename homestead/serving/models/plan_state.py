"""What a server has in effect: told to the process beside it, which writes it to the database."""

import msgspec

# A line of this state must fit into one write to a pipe.
_MAX_ERROR_LENGTH = 500


class PlanState(msgspec.Struct, frozen=True, omit_defaults=True):
    """The plan in effect, and why a newer one is not.

    Attributes:
        digest, revision: of the plan in effect; None and 0 before the first.
        champion, challenger: versions.
        since: when it came into effect, seconds since 1970.
        error: why the newest plan is not in effect; None if it is.
    """

    digest: str | None = None
    revision: int = 0
    champion: str | None = None
    champion_digest: str | None = None
    challenger: str | None = None
    challenger_digest: str | None = None
    since: float | None = None
    error: str | None = None

    def with_error(self, error: str | None) -> "PlanState":
        """Return the same state with another error, which is cut at some length."""
        return msgspec.structs.replace(self, error=error and error[:_MAX_ERROR_LENGTH])

    def to_line(self) -> bytes:
        """Return the state as a line of JSON."""
        return msgspec.json.encode(self) + b"\n"
