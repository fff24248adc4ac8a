"""Sources of problems on a cluster: a step's pod reads no file of the machine that submits."""

import ipaddress
import re
from pathlib import Path, PurePosixPath
from urllib.parse import SplitResult, urlsplit

from homestead.bundled import IMAGE_ROOT, path_in_image
from homestead.errors import UserError
from homestead.problem.schema import Problem

_GIT_ADDRESS = re.compile(r"(?!file:)(\w[\w+.-]*://|[\w.-]+@[\w.-]+:)")
# Databases in a file, which is on this machine.
_FILE_DATABASES = ("sqlite", "duckdb")


def with_pod_source(problem: Problem) -> Problem:
    """Return the problem with a source that a pod can read.

    A file of the project's ``data`` folder becomes the image's copy of it.

    Raises:
        UserError: the source is a file, a database or a DVC repository of this machine, or its
            address holds a password.
    """
    source = problem.source
    parts = urlsplit(source)
    scheme = parts.scheme
    if scheme == "dvc":
        repository = source.removeprefix("dvc://").rpartition("@")[0]
        if not _GIT_ADDRESS.match(repository):
            raise _unreadable(problem, f"the DVC repository {repository or '.'}")
    elif scheme in ("", "file"):
        path = parts.path if scheme else source
        inside = path_in_image(Path(path))
        if inside is None and not PurePosixPath(path).is_relative_to(IMAGE_ROOT):
            raise _unreadable(problem, source)
        return problem.model_copy(update={"source": inside or path})
    elif scheme.partition("+")[0] in _FILE_DATABASES or _is_this_machine(parts):
        raise _unreadable(problem, _without_password(parts))
    elif parts.password:
        raise UserError(
            f"problem {problem.name}: source: found a password in {_without_password(parts)}, which"
            " everyone would see who sees the problem on the cluster; allowed is the address"
            " without it: pods read HOMESTEAD_SOURCE_PASSWORD from the problem's own Secret"
        )
    return problem


def _is_this_machine(parts: SplitResult) -> bool:
    """Return whether an address means the machine that reads it."""
    host = parts.hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _without_password(parts: SplitResult) -> str:
    if not parts.password:
        return parts.geturl()
    user, _, address = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user.partition(':')[0]}:***@{address}").geturl()


def _unreadable(problem: Problem, found: str) -> UserError:
    return UserError(
        f"problem {problem.name}: source: found {found}, which is on this machine, where a pod"
        " cannot read it; allowed are s3://…, gs://…, https://…, postgresql://…?query=…,"
        " dvc://<address that git can clone>@…, and a file in the pipeline image, below"
        f" {IMAGE_ROOT}. homestead data push FILE puts a table into the cluster's bucket and"
        " prints the address to write as source"
    )
