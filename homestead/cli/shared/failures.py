"""What went wrong, as one message that names the remedy, in place of a traceback."""

import errno
import os
import shlex
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from homestead.cli.shared.homes import other_homes, released_problems
from homestead.cli.shared.options import read_settings
from homestead.errors import NoChampionError, UserError

# Modules of optional dependencies, and the extra that installs each.
_EXTRAS = {
    **{"boto3": "kubernetes", "gcsfs": "kubernetes", "kubernetes": "kubernetes"},
    **{"psycopg": "serving", "redis": "serving", "s3fs": "serving"},
    "dvc": "dvc",
}
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
_NO_RIGHT = (errno.EACCES, errno.EPERM, errno.EROFS)


def failure_message(error: Exception) -> str | None:
    """Return what a person can do about an error; None for an error of the program."""
    if isinstance(error, NoChampionError):
        return "\n".join([str(error), *_other_homes(error)])
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, ModuleNotFoundError):
        return _missing_extra(error)
    if failure := _outside_failure(error):
        return failure
    return None


def _missing_extra(error: ModuleNotFoundError) -> str | None:
    package = (error.name or "").partition(".")[0]
    if package == "homestead":
        return None
    if not _is_complete():
        return (
            f"{package} is not installed: this is homestead-serving, with what a server needs;"
            " for all commands, in an environment of their own: pip install homestead"
        )
    if package not in _EXTRAS:
        return None
    return f"{package} is not installed: pip install 'homestead[{_EXTRAS[package]}]'"


def _is_complete() -> bool:
    """Return whether the distribution is here that can train, not only the small one."""
    try:
        return bool(distribution("homestead"))
    except PackageNotFoundError:
        return False


def _outside_failure(error: Exception) -> str | None:
    """Return what a file system, MLflow or a database refuses, None for any other error."""
    # Most commands need neither a database nor MLflow, and importing them takes time.
    if "sqlalchemy" in sys.modules:
        from homestead.database.failures import database_failure

        if failure := database_failure(error):
            return failure
    for cause in _causes(error):
        if isinstance(cause, OSError) and (failure := _file_failure(cause)):
            return failure
    if "mlflow" in sys.modules:
        from mlflow.exceptions import MlflowException

        if isinstance(error, MlflowException):
            return _mlflow_failure(error)
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, and those that it was raised from."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__


def _file_failure(error: OSError) -> str | None:
    """Return what a file system refuses, and what to do; None for errors of other kinds."""
    path = None if error.filename is None else Path(os.fsdecode(error.filename))
    if error.errno in _NO_SPACE:
        place = path or read_settings().home
        return (
            f"{place}: {error.strerror}. Free some (df -h {shlex.quote(str(_existing(place)))}), or"
            " name a folder on another disk with HOMESTEAD_HOME."
        )
    if path is None or not error.strerror:
        return None
    text = f"{path}: {error.strerror}"
    if error.errno in (*_NO_RIGHT, errno.ENOTDIR, errno.ENOENT):
        found = _existing(path)
        if path.absolute().is_relative_to(read_settings().home):
            return (
                f"{text}. The home must be a folder that you may write: name another with"
                f" HOMESTEAD_HOME, or look at this one: ls -ld {shlex.quote(str(found))}"
            )
        if error.errno in _NO_RIGHT:
            return f"{text}. Who may use it says: ls -ld {shlex.quote(str(found))}"
    return text


def _existing(path: Path) -> Path:
    """Return the nearest part of a path that exists."""
    return next((part for part in (path, *path.parents) if part.exists()), path)


def _mlflow_failure(error: Exception) -> str:
    text = f"MLflow: {error}"
    uri = read_settings().tracking_uri
    if uri.startswith("http"):
        return f"{text}\nMLFLOW_TRACKING_URI is {uri}: is the server there? curl {uri}/health"
    return text


def _other_homes(error: NoChampionError) -> Iterator[str]:
    """Yield where champions are: here in another problem, or in a home beside or above this one."""
    from homestead.setting_values import mask_passwords

    settings = read_settings()
    yield f"The home is {settings.home}, the registry {mask_passwords(settings.tracking_uri)}."
    here = released_problems(settings.home)
    if here and error.problem not in here:
        yield f"It has a champion of: {', '.join(here)}; name that problem's file with --problem."
    for home in other_homes(settings.home, error.problem) if error.problem else ():
        yield (
            f"{home} has one: cd {shlex.quote(str(home.parent))}, or"
            f" export HOMESTEAD_HOME={shlex.quote(str(home))}"
        )
        return
    yield "next: homestead train"
