"""Sources of problems on a cluster: a step's pod reads no file of the machine that submits."""

import re
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from homestead.bundled import IMAGE_ROOT, path_in_image
from homestead.errors import UserError
from homestead.problem.schema import Problem

_GIT_ADDRESS = re.compile(r"(?!file:)(\w[\w+.-]*://|[\w.-]+@[\w.-]+:)")


def with_pod_source(problem: Problem) -> Problem:
    """Return the problem with a source that a pod can read.

    A file of the project's ``data`` folder becomes the image's copy of it.

    Raises:
        UserError: the source is a file, or a DVC repository, of this machine.
    """
    source = problem.source
    scheme = urlsplit(source).scheme
    if scheme == "dvc":
        repository = source.removeprefix("dvc://").rpartition("@")[0]
        if not _GIT_ADDRESS.match(repository):
            raise _unreadable(problem, f"the DVC repository {repository or '.'}")
    elif scheme in ("", "file"):
        path = urlsplit(source).path if scheme else source
        inside = path_in_image(Path(path))
        if inside is None and not PurePosixPath(path).is_relative_to(IMAGE_ROOT):
            raise _unreadable(problem, source)
        return problem.model_copy(update={"source": inside or path})
    return problem


def _unreadable(problem: Problem, found: str) -> UserError:
    return UserError(
        f"problem {problem.name}: source: found {found}, which is on this machine, where a pod"
        " cannot read it; allowed are s3://…, gs://…, dvc://<address that git can clone>@…, and a"
        f" file in the pipeline image, below {IMAGE_ROOT}: upload the table, or put it into data/"
        " and build the image (make images)"
    )
