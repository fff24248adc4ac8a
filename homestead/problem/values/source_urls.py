"""Sources that are no files: web servers, databases with a query, tables of a catalog of Spark."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

# A table of a catalog of Spark: spark://catalog.database.table.
SPARK_SCHEME = "spark"
SQL_SCHEMES = ("postgresql", "postgresql+psycopg", "postgres", "sqlite", SPARK_SCHEME)
WEB_SCHEMES = ("https", "http")
_S3_SCHEMES = ("s3", "s3a", "s3n")
_LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
# Characters of a query that messages show.
_SHOWN_QUERY = 60
_QUERY = re.compile(r"[?&]query=")
_SECRET_PARAMETERS = re.compile(
    r"(?i)(ssl)?password|passwd|pwd|secret|([\w-]*[-_])?(token|api[-_]?key|signature)|apikey|sig"
)


@dataclass(frozen=True)
class SqlSource:
    """A query on a database.

    Attributes:
        url: SQLAlchemy's URL, without the query.
        query: a SELECT.
    """

    url: str
    query: str


def canonical_source(source: str) -> str:
    """Return a source by the one name of its scheme: ``s3://`` for Hadoop's ``s3a`` and ``s3n``."""
    scheme, mark, rest = source.partition("://")
    return f"s3://{rest}" if mark and scheme.lower() in _S3_SCHEMES else source


def is_sql(source: str) -> bool:
    """Return whether a source is a database with a query, or a table of a catalog of Spark."""
    return _scheme(source) in SQL_SCHEMES


def is_web(source: str) -> bool:
    """Return whether a source is a file on a web server."""
    return _scheme(source) in WEB_SCHEMES


def parse_sql_source(source: str) -> SqlSource:
    """Split a database's source.

    Args:
        source: ``postgresql://host/database?query=SELECT …``, whose query is the last parameter;
            a ``%`` in it is written ``%25``. Or ``spark://[catalog.]database.table``; a dot within
            a name is written ``%2E``.
    """
    if _is_table(source):
        names = [unquote(name).replace("`", "``") for name in _table_names(source)]
        quoted = ".".join(f"`{name}`" for name in names)
        return SqlSource(source, f"SELECT * FROM {quoted}")  # noqa: S608 - quoted names
    url, query = [*_QUERY.split(source, maxsplit=1), ""][:2]
    return SqlSource(url, unquote(query).strip())


def source_place(source: str) -> str:
    """Return a source as messages name it: of a database with the beginning of its query alone."""
    if not is_sql(source) or _is_table(source):
        return source
    sql = parse_sql_source(source)
    query = " ".join(sql.query.split())
    head = query if len(query) <= _SHOWN_QUERY else f"{query[:_SHOWN_QUERY].rstrip()} …"
    return f"{sql.url.partition('?')[0]}?query={head}"


def sqlite_path(url: str) -> str:
    """Return the path in a URL ``sqlite:///relative.db`` or ``sqlite:////absolute.db``."""
    return unquote(url.partition("://")[2].removeprefix("/"))


def is_safe_address(address: str) -> bool:
    """Return whether nobody on the way can change what an address gives: HTTPS, or this machine."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL_HOSTS)


def resolve_source(source: str, folder: Path) -> str:
    """Return a source with a path that does not depend on the working folder.

    Args:
        folder: what a relative path is relative to.
    """
    if _scheme(source) == "sqlite":
        url, mark, query = source.partition("?")
        path = sqlite_path(url)
        return f"sqlite:///{(folder / path).resolve()}{mark}{query}" if path else source
    if "://" in source or Path(source).is_absolute():
        return source
    return str((folder / source).resolve())


def source_errors(source: str) -> Iterator[str]:
    """Yield what is wrong with a source that is no file; no text shows a secret in it."""
    if not (is_sql(source) or is_web(source)):
        return
    if _is_table(source):
        if not all(_table_names(source)) or set(source.partition("://")[2]) & {*"/?#:@"}:
            yield (
                f"source: found {source!r}, allowed is spark://database.table or"
                " spark://catalog.database.table; other characters than letters, digits and _ are"
                " written as %2E"
            )
        return
    address = _QUERY.split(source, maxsplit=1)[0]
    parts = urlsplit(address)
    names = [name for name, _ in parse_qsl(parts.query) if _SECRET_PARAMETERS.fullmatch(name)]
    if parts.password is not None or "password" in map(str.lower, names):
        yield (
            "source: found a password, which is no part of a problem file; remove it, and set"
            " HOMESTEAD_SOURCE_PASSWORD where the source is read"
        )
    elif names:
        yield (
            f"source: found the secret {names[0]!r}, which is no part of a problem file; remove it,"
            " and set HOMESTEAD_SOURCE_TOKEN, which is sent as a bearer token"
        )
    if is_web(source) and not is_safe_address(source):
        yield (
            "source: found http://, over which anybody on the way may change the table; allowed is"
            " https://, and http:// of this machine"
        )
    if is_sql(source) and not parse_sql_source(source).query:
        yield (
            f"source: found {parts.scheme}:// without a query, allowed is"
            f" {parts.scheme}://…?query=SELECT …"
        )


def _is_table(source: str) -> bool:
    return _scheme(source) == SPARK_SCHEME


def _table_names(source: str) -> list[str]:
    return source.partition("://")[2].split(".")


def _scheme(source: str) -> str:
    scheme, mark, _ = source.partition("://")
    return scheme.lower() if mark else ""
