"""Names, columns and places of the log's Parquet files.

A file ``predictions/problem=<problem>/hour=<UTC>/<segment>-<kind>.parquet`` below the log's root
holds the rows of one segment of a spool, of one hour, model file and list of features. Its name
follows from what it holds, so that a segment that is written again gives the same files.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

# Raised with each change of the columns, and written into each file: readers know what they read.
SCHEMA_VERSION: Final = 1
# The columns of the SQL table, whose ``features`` are columns of their own here.
COLUMNS: Final = {
    **dict.fromkeys(("prediction_id", "problem", "version", "digest", "request_id"), "VARCHAR"),
    **{"row": "INTEGER", "at": "DOUBLE", "entity": "VARCHAR", "prediction": "DOUBLE"},
    **{"label": "VARCHAR", "shadow_of": "VARCHAR", "release": "VARCHAR", "latency_s": "DOUBLE"},
    "sample_order": "BIGINT",
}
FEATURE_PREFIX: Final = "feature_"
_FOLDER: Final = "predictions"
_PROBLEM: Final = "problem="
_HOUR: Final = "%Y-%m-%dT%H"
_HOUR_S: Final = 3600
_KIND_BYTES: Final = 6


def hour_of(timestamp_s: float) -> str:
    """Return the hour (UTC) of a time in seconds since 1970."""
    return datetime.fromtimestamp(timestamp_s, UTC).strftime(_HOUR)


def problem_folder(root: str, problem: str) -> str:
    """Return the folder of a problem's hours."""
    return f"{root.rstrip('/')}/{_FOLDER}/{_PROBLEM}{problem}"


def logged_problems(root: str) -> list[str]:
    """Return the names of the problems that a log has folders of, sorted."""
    files, path = filesystem(root)
    try:
        found = files.ls(f"{path}/{_FOLDER}", detail=False)
    except FileNotFoundError:
        return []
    names = [place.rstrip("/").rpartition("/")[2] for place in found]
    return sorted(n.removeprefix(_PROBLEM) for n in names if n.startswith(_PROBLEM))


def file_path(root: str, problem: str, hour: str, segment: str, kind: str) -> str:
    """Return the place of the rows of a segment that are of an hour and a kind."""
    return f"{problem_folder(root, problem)}/hour={hour}/{segment}-{kind}.parquet"


def kind_name(digest: str, columns: dict[str, str]) -> str:
    """Return a name of what rows have in common: their model file and their columns."""
    said = "\n".join((digest, *(f"{name} {kind}" for name, kind in columns.items())))
    return hashlib.blake2b(said.encode(), digest_size=_KIND_BYTES).hexdigest()


def kind_of(path: str) -> str:
    """Return the kind of rows in a file, as its name says."""
    return path.rpartition("-")[2].removesuffix(".parquet")


def feature_columns(names: tuple[str, ...]) -> dict[str, str]:
    """Return the column of each feature, by the feature's name; case makes no two columns."""
    columns: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        column, number = f"{FEATURE_PREFIX}{name}", 1
        while column.lower() in taken:
            number += 1
            column = f"{FEATURE_PREFIX}{name}_{number}"
        taken.add(column.lower())
        columns[name] = column
    return columns


def filesystem(root: str) -> tuple[Any, str]:
    """Return fsspec's file system of a URI, and the path that it has there."""
    from fsspec.core import url_to_fs

    files, path = url_to_fs(root)
    # A long-lived process must see what others have written meanwhile.
    files.use_listings_cache = False
    files.invalidate_cache()
    return files, path.rstrip("/")


def hour_folders(
    files: Any, root: str, problem: str, since_s: float | None = None, until_s: float | None = None
) -> Iterator[tuple[datetime, str]]:
    """Yield the hours of a problem that have files, the oldest first.

    Args:
        since_s: of rows, seconds since 1970: the hours before are left out.
        until_s: the same for the hours after it.
    """
    folder = problem_folder(root, problem)
    try:
        found = files.ls(folder, detail=False)
    except FileNotFoundError:
        return
    for path in sorted(found):
        name = path.rstrip("/").rpartition("/")[2]
        hour = _parse_hour(name)
        if hour is None:
            continue
        start_s = hour.timestamp()
        if since_s is not None and start_s + _HOUR_S <= since_s:
            continue
        if until_s is not None and start_s >= until_s:
            continue
        yield hour, f"{folder}/{name}"


def end_of_hour(hour: datetime) -> float:
    """Return when an hour is over, in seconds since 1970."""
    return (hour + timedelta(hours=1)).timestamp()


def _parse_hour(name: str) -> datetime | None:
    """Return the hour that a folder's name says; None for what somebody else has put there."""
    try:
        return datetime.strptime(name.removeprefix("hour="), _HOUR).replace(tzinfo=UTC)
    except ValueError:
        return None


def quoted(name: str) -> str:
    """Return a name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'
