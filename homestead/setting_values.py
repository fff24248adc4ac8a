"""Values of settings: how they are checked, and how they are shown."""

import re
import shlex
from pathlib import Path
from typing import Any, get_args

from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

_DATABASES = ("sqlite", "postgresql", "postgres")
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]+)?|https?://\[[0-9a-f:]+\](:[0-9]+)?")
_MEMORY = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?([kmgt]?)(i?)b?", re.IGNORECASE)
_LEAST_MEMORY = 128 * 10**6
_SECRETS = (
    "log_key",
    "feedback_token",
    "labels_token",
    "alerts_token",
    "source_password",
    "source_token",
)
_PASSWORD = re.compile(r"(?<=://)([^:@/]*):.*(?=@)|(?<=password=)[^,]*")


def sqlite_url(path: Path) -> str:
    """Return the SQLAlchemy URL of a sqlite file, whatever characters its path has."""
    quoted = path.as_posix().replace("%", "%25").replace("?", "%3F")
    # MLflow creates the folder of a URL, and takes the quoted path for its name. It leaves that to
    # the driver where the URL names one.
    scheme = "sqlite" if quoted == path.as_posix() else "sqlite+pysqlite"
    return f"{scheme}:///{quoted}"


def finish_s(fields: dict[str, Any]) -> float:
    """Return how long a stopping server may take, by the sink of its prediction log.

    A log in Parquet files is written by whole segments: the last one, 16 MB, takes 3.4 s of CPU
    (benchmarks/log_sinks), and longer where a core is shared.

    Args:
        fields: settings, of which ``log_uri`` says where the log goes.
    """
    return 30.0 if fields["log_uri"] else 4.0


def check_database(url: str) -> str:
    """Return the SQLAlchemy URL of a database that Homestead can use.

    Raises:
        ValueError: it is that of another kind of database.
    """
    scheme = url.partition(":")[0]
    if scheme.partition("+")[0] not in _DATABASES:
        # The rest of the URL may hold a password.
        raise ValueError(f"found {scheme}:…, allowed are sqlite:/// and postgresql://")
    return url


def check_web_address(url: str) -> str:
    """Return an address for browsers, or an empty one.

    Raises:
        ValueError: it does not begin with http.
    """
    if url and not url.startswith(("http://", "https://")):
        raise ValueError(
            f"found {url!r}, allowed is an address that begins with http:// or https://"
        )
    return url


def check_origins(origins: str) -> str:
    """Return origins of web pages, separated by commas, or ``*``, or nothing.

    Raises:
        ValueError: one is no origin as browsers send it.
    """
    for origin in filter(None, map(str.strip, origins.split(","))):
        if origin != "*" and not _ORIGIN.fullmatch(origin):
            raise ValueError(
                f"found {origin!r}, allowed are * and origins like https://example.org"
            )
    return origins


def check_memory(text: str) -> str:
    """Return an amount of memory as it was written, or nothing.

    Raises:
        ValueError: it is no number with a unit, or too little for any step.
    """
    if text and (not _MEMORY.fullmatch(text.strip()) or memory_bytes(text) < _LEAST_MEMORY):
        raise ValueError(
            f"found {text!r}, allowed is at least 128 MB, as a number with a unit: bytes if it has"
            " none, or kB, MB, GB, TB, Ki, Mi, Gi, Ti"
        )
    return text


def memory_bytes(text: str) -> int:
    """Return an amount of memory that :func:`check_memory` allows, in bytes.

    Units are powers of 1000, or of 1024 with an ``i``, as Kubernetes and DuckDB have them.
    """
    match = _MEMORY.fullmatch(text.strip())
    if match is None:
        raise ValueError(text)
    base = 1024 if match[3] else 1000
    return int(float(match[1]) * base ** " kmgt".index(match[2].lower() or " "))


def check_spark_options(text: str) -> str:
    """Return options of Spark as they were written, or nothing.

    Raises:
        ValueError: one is no name of Spark with a value, or a quotation mark is not closed.
    """
    spark_options(text)
    return text


def spark_options(text: str) -> dict[str, str]:
    """Return options of Spark by name; values with spaces are in quotation marks, as in a shell.

    Raises:
        ValueError: as for :func:`check_spark_options`.
    """
    try:
        options = dict(part.partition("=")[::2] for part in shlex.split(text))
    except ValueError as error:
        raise ValueError(f"{error}; allowed are spark.NAME=VALUE, separated by spaces") from None
    for name in options:
        if not name.startswith("spark."):
            raise ValueError(
                f"found {name!r}, allowed are spark.NAME=VALUE, separated by spaces; a value with"
                " spaces is in quotation marks"
            )
    return options


def bounds(field: FieldInfo) -> tuple[float, float] | None:
    """Return the lowest and highest value of a numeric setting, None for any other."""
    if field.annotation not in (float, int):
        return None
    low = next(limit.ge for limit in field.metadata if hasattr(limit, "ge"))
    high = next(limit.le for limit in field.metadata if hasattr(limit, "le"))
    return low, high


def explain(error: ErrorDetails, field: FieldInfo) -> str:
    """Return the variable that has an error, what was found and what is allowed."""
    variable = str(error["loc"][0])
    if error["type"] == "value_error":
        return f"{variable}: {error['ctx']['error']}"
    limits = bounds(field)
    allowed = (
        f"allowed is a number, {limits[0]:g} to {limits[1]:g}"
        if limits
        else f"allowed are {', '.join(get_args(field.annotation))}"
    )
    return f"{variable}: found {error['input']!r}, {allowed}"


def mask_passwords(text: str) -> str:
    """Return a URL or a list of options with *** in place of its password."""
    return _PASSWORD.sub(lambda match: f"{match[1]}:***" if match[1] is not None else "***", text)


def without_secrets(field: str | None, value: Any) -> Any:
    """Return a setting's value as logs may show it: *** for a secret and for a password in it."""
    if field in _SECRETS:
        return "***" if value else ""
    return mask_passwords(value) if isinstance(value, str) else value
