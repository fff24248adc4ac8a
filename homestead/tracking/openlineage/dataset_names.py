"""Names of data sets as OpenLineage has them: one data set has one name, however it is addressed.

By the naming rules of OpenLineage's specification: a namespace for the place, a name within it.
"""

import hashlib
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from homestead.problem.values.source_urls import SPARK_SCHEME, is_sql, parse_sql_source, sqlite_path

# Other names of a place's scheme, as Hadoop and Spark have them.
_SCHEMES = {"s3a": "s3", "s3n": "s3", "gcs": "gs", "postgresql": "postgres"}
_BUCKETS = ("s3", "gs")
_POSTGRES_PORT = 5432
_QUERY_DIGITS = 12


class DatasetName(NamedTuple):
    """A data set's namespace, and its name there."""

    namespace: str
    name: str


def dataset_name(uri: str) -> DatasetName:
    """Return the name of the data set at a path or URI.

    Accounts and parameters of addresses, which may be secrets, are no part of it. A query has the
    name of its database with a part of the query's SHA-256.
    """
    if is_sql(uri):
        return _query_name(uri)
    parts = urlsplit(uri)
    scheme = _SCHEMES.get(parts.scheme.lower(), parts.scheme.lower())
    if scheme in _BUCKETS:
        return DatasetName(f"{scheme}://{parts.netloc}", _path(parts.path))
    if scheme in ("", "file"):
        path = unquote(parts.path) if scheme else uri
        return DatasetName("file", str(Path(path).absolute()))
    if scheme == "dvc":
        repo, _, rest = uri.removeprefix("dvc://").rpartition("@")
        return DatasetName(f"dvc://{_without_account(repo)}", rest.partition("/")[2])
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return DatasetName(f"{scheme}://{host}{port}", _path(parts.path))


def _query_name(source: str) -> DatasetName:
    sql = parse_sql_source(source)
    if sql.url.lower().startswith(f"{SPARK_SCHEME}://"):
        return DatasetName(SPARK_SCHEME, unquote(sql.url.partition("://")[2]))
    query = f"query-{hashlib.sha256(sql.query.encode()).hexdigest()[:_QUERY_DIGITS]}"
    parts = urlsplit(sql.url)
    scheme = parts.scheme.lower().partition("+")[0]
    if scheme == "sqlite":
        path = Path(sqlite_path(sql.url.partition("?")[0])).absolute()
        return DatasetName("file", f"{path}/{query}")
    scheme = _SCHEMES.get(scheme, scheme)
    namespace = f"{scheme}://{parts.hostname or 'localhost'}:{parts.port or _POSTGRES_PORT}"
    return DatasetName(namespace, f"{_path(parts.path)}.{query}")


def _path(path: str) -> str:
    """Return a path within a place, / for the place itself."""
    return unquote(path).strip("/") or "/"


def _without_account(address: str) -> str:
    """Return the address of a repository without a user's name and password."""
    before, mark, after = address.rpartition("@")
    scheme = before.partition("://")
    return f"{scheme[0]}://{after}" if mark and scheme[1] else address
