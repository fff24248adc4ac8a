"""Times as options: ISO 8601, with a time zone or in UTC."""

from datetime import UTC, datetime
from typing import Any

import click

from homestead.problem.values.times import ALLOWED_TIMES, is_allowed_time, parse_time


class Instant(click.ParamType[datetime]):
    """A time with its zone: 2026-11-03T13:30-08:00 and 2026-11-03T21:30 are the same."""

    name = "time"

    def convert(self, value: Any, param: Any, ctx: Any) -> datetime:
        """Read a time; one without a zone is in UTC."""
        if isinstance(value, datetime):
            return value if value.tzinfo else value.replace(tzinfo=UTC)
        seconds = parse_time(str(value))
        if seconds is None or not is_allowed_time(seconds):
            self.fail(
                f"found {value!r}, allowed is {ALLOWED_TIMES} such as 2026-11-03 or"
                " 2026-11-03T13:30-08:00; without a time zone it is UTC",
                param,
                ctx,
            )
        return datetime.fromtimestamp(seconds, UTC)


INSTANT = Instant()
